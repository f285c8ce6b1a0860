#pragma once

#include <memory>
#include <mutex>
#include <unordered_map>

#include "net/http/rate_limiter.hpp"
#include "runtime/base/bytes.hpp"

namespace ashlar::http {

/// Counts the bytes that requests and answers hold, in all and per address. Thread-safe.
class byte_ledger {
 public:
  byte_ledger(u64 total_max, u64 per_address_max)
      : total_max_(total_max), per_address_max_(per_address_max) {}

  /// All of `bytes` or none. An address holds at most as much as it leaves free for others, so that
  /// a few of them cannot hold all.
  [[nodiscard]] bool take(const address_key& who, u64 bytes);
  /// Precondition: so many are held by `who`.
  void give(const address_key& who, u64 bytes) noexcept;
  u64 held() const;

 private:
  const u64 total_max_;
  const u64 per_address_max_;
  mutable std::mutex mutex_;
  u64 total_ = 0;
  std::unordered_map<address_key, u64> by_address_;
};

/// One request's part of a ledger, given back when it is destroyed. A default one weighs nothing
/// and refuses nothing. Not thread-safe: it goes from hand to hand.
class byte_hold {
 public:
  byte_hold() = default;
  byte_hold(std::shared_ptr<byte_ledger> in, const address_key& who)
      : ledger_(std::move(in)), who_(who) {}
  byte_hold(byte_hold&& other) noexcept;
  byte_hold& operator=(byte_hold&& other) noexcept;
  ~byte_hold() { clear(); }

  /// Holds `bytes` in all from now on. False: there is no room for that; holds what it held.
  [[nodiscard]] bool set(u64 bytes);
  /// Holds at most `bytes`.
  void shrink_to(u64 bytes) noexcept;
  void clear() noexcept { shrink_to(0); }
  explicit operator bool() const noexcept { return ledger_ != nullptr; }

 private:
  std::shared_ptr<byte_ledger> ledger_;
  address_key who_;
  u64 bytes_ = 0;
};

}  // namespace ashlar::http
