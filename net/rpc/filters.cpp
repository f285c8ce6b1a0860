#include "net/rpc/filters.hpp"

namespace ashlar::rpc {

result<fixed_bytes<16>, filter_errc> filter_store::add(filter_state state,
                                                       const http::address_key& owner, time now) {
  const std::lock_guard lock(mutex_);
  const bool full = filters_.size() >= config_.filters_max;
  if (full || now - swept_ >= config_.filter_timeout / 4) expire(now);
  if (filters_.size() >= config_.filters_max) return fail(filter_errc::too_many);
  const std::size_t alternatives = alternatives_of(state.logs);
  if (!check_share(owner, alternatives)) {
    expire(now);
    ASHLAR_CHECK(check_share(owner, alternatives));
  }
  fixed_bytes<16> id;
  do random_.fill({id.data(), id.size()});
  while (filters_.contains(id));
  if (state.kind == filter_kind::pending) ++pending_filters_;
  filters_.emplace(id, entry{std::move(state), owner, now});
  share& mine = by_owner_[owner];
  ++mine.filters;
  mine.alternatives += alternatives;
  return id;
}

std::optional<filter_state> filter_store::find(const fixed_bytes<16>& id, time now) {
  const std::lock_guard lock(mutex_);
  const auto at = filters_.find(id);
  if (at == filters_.end()) return std::nullopt;
  if (now - at->second.used > config_.filter_timeout) {
    drop(at);
    return std::nullopt;
  }
  at->second.used = now;
  return at->second.state;
}

void filter_store::advance(const fixed_bytes<16>& id, block_number next_block, u64 next_pending) {
  const std::lock_guard lock(mutex_);
  const auto at = filters_.find(id);
  if (at == filters_.end()) return;
  filter_state& s = at->second.state;
  s.next_block = std::max(s.next_block, next_block);
  s.next_pending = std::max(s.next_pending, next_pending);
}

bool filter_store::remove(const fixed_bytes<16>& id) {
  const std::lock_guard lock(mutex_);
  const auto at = filters_.find(id);
  if (at == filters_.end()) return false;
  drop(at);
  return true;
}

std::size_t filter_store::size() const {
  const std::lock_guard lock(mutex_);
  return filters_.size();
}

status<filter_errc> filter_store::check_share(const http::address_key& owner,
                                              std::size_t alternatives) const {
  const auto at = by_owner_.find(owner);
  const share has = at == by_owner_.end() ? share{} : at->second;
  if (has.filters >= config_.filters_per_address_max) return fail(filter_errc::too_many_of_address);
  if (has.alternatives + alternatives > config_.log_alternatives_per_address_max)
    return fail(filter_errc::too_many_alternatives);
  return nothing{};
}

void filter_store::expire(time now) {
  swept_ = now;
  for (auto at = filters_.begin(); at != filters_.end();)
    at = now - at->second.used > config_.filter_timeout ? drop(at) : std::next(at);
}

filter_store::table::iterator filter_store::drop(table::iterator at) {
  if (at->second.state.kind == filter_kind::pending) --pending_filters_;
  const auto owned = by_owner_.find(at->second.owner);
  if (owned != by_owner_.end()) {
    owned->second.alternatives -= alternatives_of(at->second.state.logs);
    if (--owned->second.filters == 0) by_owner_.erase(owned);
  }
  return filters_.erase(at);
}

void pending_ring::push(std::span<const pending_txn_ptr> txns) {
  const std::lock_guard lock(mutex_);
  for (const pending_txn_ptr& t : txns) {
    hashes_.push_back(t->hash);
    ++next_;
    if (hashes_.size() > hashes_max_) hashes_.pop_front();
  }
}

u64 pending_ring::next() const {
  const std::lock_guard lock(mutex_);
  return next_;
}

std::vector<hash256> pending_ring::since(u64& from) const {
  const std::lock_guard lock(mutex_);
  const u64 oldest = next_ - hashes_.size();
  const std::size_t skip = from > oldest ? static_cast<std::size_t>(from - oldest) : 0;
  std::vector<hash256> out;
  if (skip < hashes_.size())
    out.assign(hashes_.begin() + static_cast<std::ptrdiff_t>(skip), hashes_.end());
  from = next_;
  return out;
}

}  // namespace ashlar::rpc
