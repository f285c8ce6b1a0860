#include "actors/supervision/restart_policy.hpp"

#include <algorithm>

namespace ashlar::supervision {

bool restart_history::note(duration now) {
  while (!times_.empty() && now - times_.front() >= limit_.period) times_.pop_front();
  times_.push_back(now);
  return times_.size() <= limit_.restarts_max;
}

u64 jitter_source::next() noexcept {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return state_ * 0x2545f4914f6cdd1dull;
}

duration backoff_delay(const backoff_limits& limits, u32 k, jitter_source& jitter) noexcept {
  duration wait = limits.initial;
  for (u32 i = 0; i < k && wait < limits.longest; ++i) wait *= 2;
  wait = std::min(wait, limits.longest);
  const i64 swing = wait.count() / 100 * std::min<u32>(limits.jitter_percent, 100);
  if (swing == 0) return wait;
  const u64 span = 2 * static_cast<u64>(swing) + 1;
  return wait + duration(static_cast<i64>(jitter.next() % span) - swing);
}

}  // namespace ashlar::supervision
