#pragma once

#include <chrono>
#include <mutex>
#include <unordered_map>

#include "runtime/base/bytes.hpp"

namespace ashlar::http {

/// Who is counted: an IPv4 address (mapped into IPv6), or the /64 of an IPv6 address.
using address_key = fixed_bytes<16>;

/// One token bucket per address, full at first sight. Thread-safe.
class rate_limiter {
 public:
  using time = std::chrono::nanoseconds;  ///< steady, since any origin

  rate_limiter(u64 per_second, u64 burst, std::size_t addresses_max);

  /// Takes `cost` tokens, or none and says no. A cost over the burst is taken from a full bucket
  /// and leaves it in debt, so that it is possible at all and is paid for.
  bool take(const address_key& who, u64 cost, time now);
  /// Takes `cost` tokens that were used already: the bucket may be in debt then, and gives nothing
  /// until that is paid.
  void owe(const address_key& who, u64 cost, time now);
  std::size_t addresses() const;

 private:
  struct bucket {
    double tokens;
    time at;
  };
  bucket& bucket_of(const address_key& who, time now);
  void make_room(time now);
  double refilled(const bucket& b, time now) const;

  const double per_ns_;
  const double burst_;
  const std::size_t addresses_max_;
  mutable std::mutex mutex_;
  std::unordered_map<address_key, bucket> buckets_;
};

}  // namespace ashlar::http
