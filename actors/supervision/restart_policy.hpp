#pragma once

#include <chrono>
#include <deque>
#include <string>

#include "runtime/base/bytes.hpp"

namespace ashlar::supervision {

using duration = std::chrono::nanoseconds;

/// How often a supervisor may restart children before it gives up itself (Erlang/OTP's intensity
/// and period): more than `restarts_max` within any `period` is too often.
struct intensity_limit {
  u32 restarts_max = 1;
  duration period = std::chrono::seconds(5);
};

/// Wait before restart k = 0, 1, ...: initial * 2^k up to `longest`, times a random factor within
/// 1 +- jitter, so that parts which failed together do not come back together.
struct backoff_limits {
  duration initial = std::chrono::milliseconds(100);
  duration longest = std::chrono::seconds(30);
  u32 jitter_percent = 20;  ///< 0 to 100
  /// A child that ran this long starts again at k = 0.
  duration reset_after = std::chrono::seconds(30);
};

/// Remembers restarts within the period.
class restart_history {
 public:
  explicit restart_history(intensity_limit limit) : limit_(limit) {}
  /// Notes a restart; false where it is one too many. `now` never decreases.
  bool note(duration now);
  const intensity_limit& limit() const noexcept { return limit_; }

 private:
  intensity_limit limit_;
  std::deque<duration> times_;
};

/// xorshift64*: jitter needs no secrecy, tests need it repeatable.
class jitter_source {
 public:
  explicit jitter_source(u64 seed) noexcept : state_(seed ? seed : 0x9e3779b97f4a7c15ull) {}
  u64 next() noexcept;

 private:
  u64 state_;
};

/// The wait before restart number `k` of a row.
duration backoff_delay(const backoff_limits& limits, u32 k, jitter_source& jitter) noexcept;

}  // namespace ashlar::supervision
