#include "net/http/connection_ledger.hpp"

#include <utility>

namespace ashlar::http {

connection_ledger::ticket::ticket(ticket&& other) noexcept
    : ledger_(std::exchange(other.ledger_, nullptr)), who_(other.who_) {}

connection_ledger::ticket& connection_ledger::ticket::operator=(ticket&& other) noexcept {
  if (this == &other) return *this;
  if (ledger_) ledger_->release(who_);
  ledger_ = std::exchange(other.ledger_, nullptr);
  who_ = other.who_;
  return *this;
}

connection_ledger::ticket::~ticket() {
  if (ledger_) ledger_->release(who_);
}

connection_ledger::ticket connection_ledger::admit(const address_key& who) {
  const std::lock_guard lock(mutex_);
  if (total_ >= total_max_) return {};
  u32& here = by_address_[who];
  if (here >= per_address_max_) return {};
  ++here;
  ++total_;
  return {this, who};
}

u32 connection_ledger::open() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

void connection_ledger::release(const address_key& who) noexcept {
  const std::lock_guard lock(mutex_);
  --total_;
  const auto at = by_address_.find(who);
  if (at != by_address_.end() && --at->second == 0) by_address_.erase(at);
}

}  // namespace ashlar::http
