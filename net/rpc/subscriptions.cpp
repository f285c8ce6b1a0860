#include "net/rpc/subscriptions.hpp"

#include "net/rpc/encode.hpp"
#include "net/rpc/json_out.hpp"

namespace ashlar::rpc {
namespace {

/// The frame around an event; the caller appends the result between begin and end.
std::string begin_event(const fixed_bytes<16>& id) {
  std::string out = R"({"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":)";
  append_data(out, id);
  out += R"(,"result":)";
  return out;
}
std::string end_event(std::string out) {
  out += "}}";
  return out;
}

bool is_pending(subscription_kind kind) {
  return kind == subscription_kind::pending_hashes || kind == subscription_kind::pending_txns;
}

}  // namespace

void subscription_hub::on_block(const sealed_block_ptr& block) noexcept {
  if (block_subscriptions_ == 0) return;
  enqueue({block, {}});
}

void subscription_hub::on_pending(std::span<const pending_txn_ptr> txns) noexcept {
  if (filters_.any_pending()) ring_.push(txns);
  if (pending_subscriptions_ == 0) return;
  enqueue({nullptr, {txns.begin(), txns.end()}});
}

bool subscription_hub::add(const fixed_bytes<16>& id, u64 connection,
                           std::shared_ptr<http::ws_channel> to, subscription_kind kind,
                           log_filter filter) {
  const std::lock_guard lock(mutex_);
  std::size_t& here = by_connection_[connection];
  if (here >= config_.subscriptions_per_connection_max) return false;
  ++here;
  subscriptions_.emplace(id, subscription{connection, std::move(to), kind, std::move(filter)});
  count(kind, 1);
  return true;
}

void subscription_hub::activate(const fixed_bytes<16>& id) {
  u64 closed = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto at = subscriptions_.find(id);
    if (at == subscriptions_.end()) return;
    at->second.active = true;
    if (at->second.to->open()) return;
    closed = at->second.connection;
  }
  // The connection went away while the subscription was made.
  remove_connection(closed);
}

bool subscription_hub::remove(const fixed_bytes<16>& id, u64 connection) {
  const std::lock_guard lock(mutex_);
  const auto at = subscriptions_.find(id);
  if (at == subscriptions_.end() || at->second.connection != connection) return false;
  count(at->second.kind, -1);
  subscriptions_.erase(at);
  const auto owner = by_connection_.find(connection);
  if (--owner->second == 0) by_connection_.erase(owner);
  return true;
}

void subscription_hub::remove_connection(u64 connection) {
  const std::lock_guard lock(mutex_);
  if (by_connection_.erase(connection) == 0) return;
  for (auto at = subscriptions_.begin(); at != subscriptions_.end();) {
    if (at->second.connection != connection) {
      ++at;
      continue;
    }
    count(at->second.kind, -1);
    at = subscriptions_.erase(at);
  }
}

std::size_t subscription_hub::size() const {
  const std::lock_guard lock(mutex_);
  return subscriptions_.size();
}

void subscription_hub::count(subscription_kind kind, int by) noexcept {
  auto& counter = is_pending(kind) ? pending_subscriptions_ : block_subscriptions_;
  counter += static_cast<std::size_t>(by);
}

void subscription_hub::enqueue(event e) {
  {
    const std::lock_guard lock(events_mutex_);
    if (events_.size() >= config_.event_queue_max) {
      // Nobody may miss an event without knowing: all subscribers must come again.
      events_.clear();
      const std::lock_guard subscribers(mutex_);
      for (auto& [id, s] : subscriptions_) s.to->close();
      return;
    }
    events_.push_back(std::move(e));
    if (draining_) return;
    draining_ = true;
  }
  if (!pool_) return drain();
  if (pool_->post(http::lane::quick, [self = shared_from_this()] { self->drain(); })) return;
  const std::lock_guard lock(events_mutex_);
  draining_ = false;  // The next event tries again.
}

void subscription_hub::drain() {
  for (;;) {
    event next;
    {
      const std::lock_guard lock(events_mutex_);
      if (events_.empty()) {
        draining_ = false;
        return;
      }
      next = std::move(events_.front());
      events_.pop_front();
    }
    publish(next);
  }
}

void subscription_hub::publish(const event& e) {
  std::vector<u64> closed;
  {
    const std::lock_guard lock(mutex_);
    std::string head;
    for (const auto& [id, s] : subscriptions_) {
      if (!s.active) continue;
      if (e.block) publish_block(id, s, *e.block, head);
      for (const pending_txn_ptr& t : e.pending) publish_pending(id, s, *t);
      if (!s.to->open()) closed.push_back(s.connection);
    }
  }
  for (const u64 connection : closed) remove_connection(connection);
}

void subscription_hub::publish_block(const fixed_bytes<16>& id, const subscription& s,
                                     const sealed_block& block, std::string& head) const {
  if (s.kind == subscription_kind::heads) {
    if (head.empty()) append_head(head, block);
    s.to->send(end_event(begin_event(id) + head));
    return;
  }
  if (s.kind != subscription_kind::logs) return;
  if (!bloom_may_match(s.filter, block.header.logs_bloom)) return;
  for (u32 i = 0; i < block.txns.size(); ++i) {
    const auto& logs = block.txns[i].outcome.logs;
    for (u32 k = 0; k < logs.size(); ++k) {
      if (!log_matches(s.filter, logs[k])) continue;
      std::string out = begin_event(id);
      append_log(out, log_of(block, i, k));
      s.to->send(end_event(std::move(out)));
    }
  }
}

void subscription_hub::publish_pending(const fixed_bytes<16>& id, const subscription& s,
                                       const pending_txn& t) const {
  if (!is_pending(s.kind)) return;
  std::string out = begin_event(id);
  if (s.kind == subscription_kind::pending_txns) {
    append_pending_txn(out, t);
  } else {
    append_data(out, t.hash);
  }
  s.to->send(end_event(std::move(out)));
}

}  // namespace ashlar::rpc
