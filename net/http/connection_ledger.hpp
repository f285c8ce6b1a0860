#pragma once

#include <mutex>
#include <unordered_map>

#include "net/http/rate_limiter.hpp"
#include "runtime/base/bytes.hpp"

namespace ashlar::http {

/// Counts open connections, in all and per address. Thread-safe. Tickets must not outlive it.
class connection_ledger {
 public:
  /// Holds one place until it is destroyed. Empty when there was none.
  class ticket {
   public:
    ticket() = default;
    ticket(ticket&& other) noexcept;
    ticket& operator=(ticket&& other) noexcept;
    ~ticket();
    explicit operator bool() const noexcept { return ledger_ != nullptr; }

   private:
    friend class connection_ledger;
    ticket(connection_ledger* ledger, const address_key& who) : ledger_(ledger), who_(who) {}
    connection_ledger* ledger_ = nullptr;
    address_key who_;
  };

  connection_ledger(u32 total_max, u32 per_address_max)
      : total_max_(total_max), per_address_max_(per_address_max) {}

  ticket admit(const address_key& who);
  u32 open() const;

 private:
  void release(const address_key& who) noexcept;

  const u32 total_max_;
  const u32 per_address_max_;
  mutable std::mutex mutex_;
  u32 total_ = 0;
  std::unordered_map<address_key, u32> by_address_;
};

}  // namespace ashlar::http
