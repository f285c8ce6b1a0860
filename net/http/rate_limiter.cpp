#include "net/http/rate_limiter.hpp"

#include <algorithm>

namespace ashlar::http {

rate_limiter::rate_limiter(u64 per_second, u64 burst, std::size_t addresses_max)
    : per_ns_(static_cast<double>(per_second) / 1e9),
      burst_(static_cast<double>(burst)),
      addresses_max_(addresses_max) {}

bool rate_limiter::take(const address_key& who, u64 cost, time now) {
  const std::lock_guard lock(mutex_);
  bucket& b = bucket_of(who, now);
  const double price = static_cast<double>(cost);
  if (b.tokens < std::min(price, burst_)) return false;
  b.tokens -= price;
  return true;
}

void rate_limiter::owe(const address_key& who, u64 cost, time now) {
  const std::lock_guard lock(mutex_);
  bucket_of(who, now).tokens -= static_cast<double>(cost);
}

rate_limiter::bucket& rate_limiter::bucket_of(const address_key& who, time now) {
  auto at = buckets_.find(who);
  if (at == buckets_.end()) {
    if (buckets_.size() >= addresses_max_) make_room(now);
    at = buckets_.emplace(who, bucket{burst_, now}).first;
  }
  bucket& b = at->second;
  b.tokens = refilled(b, now);
  b.at = std::max(b.at, now);
  return b;
}

std::size_t rate_limiter::addresses() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

double rate_limiter::refilled(const bucket& b, time now) const {
  const double waited = std::max(0.0, static_cast<double>((now - b.at).count()));
  return std::min(burst_, b.tokens + waited * per_ns_);
}

void rate_limiter::make_room(time now) {
  // Full buckets carry no memory: dropping them forgives nothing. A flood of fresh addresses can
  // still leave every bucket in use; then the one that owes least is forgotten.
  std::erase_if(buckets_, [&](const auto& kv) { return refilled(kv.second, now) >= burst_; });
  if (buckets_.size() < addresses_max_) return;
  const auto fullest =
      std::max_element(buckets_.begin(), buckets_.end(), [&](const auto& a, const auto& b) {
        return refilled(a.second, now) < refilled(b.second, now);
      });
  buckets_.erase(fullest);
}

}  // namespace ashlar::http
