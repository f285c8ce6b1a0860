#include "net/http/byte_ledger.hpp"

#include <utility>

namespace ashlar::http {

bool byte_ledger::take(const address_key& who, u64 bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes > total_max_ - total_) return false;
  const auto at = by_address_.find(who);
  const u64 here = at == by_address_.end() ? 0 : at->second;
  if (bytes > per_address_max_ - here) return false;
  if (here + bytes > total_max_ - total_ - bytes) return false;
  if (at == by_address_.end())
    by_address_.emplace(who, bytes);
  else
    at->second += bytes;
  total_ += bytes;
  return true;
}

void byte_ledger::give(const address_key& who, u64 bytes) noexcept {
  const std::lock_guard lock(mutex_);
  total_ -= bytes;
  const auto at = by_address_.find(who);
  if (at != by_address_.end() && (at->second -= bytes) == 0) by_address_.erase(at);
}

u64 byte_ledger::held() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

byte_hold::byte_hold(byte_hold&& other) noexcept
    : ledger_(std::move(other.ledger_)), who_(other.who_), bytes_(std::exchange(other.bytes_, 0)) {}

byte_hold& byte_hold::operator=(byte_hold&& other) noexcept {
  if (this == &other) return *this;
  clear();
  ledger_ = std::move(other.ledger_);
  who_ = other.who_;
  bytes_ = std::exchange(other.bytes_, 0);
  return *this;
}

bool byte_hold::set(u64 bytes) {
  if (!ledger_) return true;
  if (bytes <= bytes_) {
    shrink_to(bytes);
    return true;
  }
  if (!ledger_->take(who_, bytes - bytes_)) return false;
  bytes_ = bytes;
  return true;
}

void byte_hold::shrink_to(u64 bytes) noexcept {
  if (!ledger_ || bytes >= bytes_) return;
  ledger_->give(who_, bytes_ - bytes);
  bytes_ = bytes;
}

}  // namespace ashlar::http
