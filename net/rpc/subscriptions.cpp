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

status<subscribe_errc> subscription_hub::add(const fixed_bytes<16>& id, subscriber from,
                                             subscription_kind kind, log_filter filter) {
  const auto made = std::make_shared<subscription>();
  made->alternatives = alternatives_of(filter);
  made->may_match = bloom_query(filter);
  made->from = std::move(from);
  made->kind = kind;
  made->filter = std::move(filter);
  const subscriber& by = made->from;
  const std::lock_guard lock(mutex_);
  const auto open = by_connection_.find(by.connection);
  if (open != by_connection_.end() && open->second >= config_.subscriptions_per_connection_max)
    return fail(subscribe_errc::too_many);
  const auto asked = alternatives_.find(by.who);
  const std::size_t before = asked == alternatives_.end() ? 0 : asked->second;
  if (before + made->alternatives > config_.log_alternatives_per_address_max)
    return fail(subscribe_errc::too_many_alternatives);
  ++by_connection_[by.connection];
  if (made->alternatives != 0) alternatives_[by.who] = before + made->alternatives;
  subscriptions_.emplace(id, made);
  count(kind, 1);
  return nothing{};
}

void subscription_hub::activate(const fixed_bytes<16>& id) {
  u64 closed = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto at = subscriptions_.find(id);
    if (at == subscriptions_.end()) return;
    at->second->active = true;
    if (at->second->from.to->open()) return;
    closed = at->second->from.connection;
  }
  // The connection went away while the subscription was made.
  remove_connection(closed);
}

bool subscription_hub::remove(const fixed_bytes<16>& id, u64 connection) {
  const std::lock_guard lock(mutex_);
  const auto at = subscriptions_.find(id);
  if (at == subscriptions_.end() || at->second->from.connection != connection) return false;
  drop(at);
  const auto owner = by_connection_.find(connection);
  if (--owner->second == 0) by_connection_.erase(owner);
  return true;
}

void subscription_hub::remove_connection(u64 connection) {
  const std::lock_guard lock(mutex_);
  if (by_connection_.erase(connection) == 0) return;
  for (auto at = subscriptions_.begin(); at != subscriptions_.end();)
    at = at->second->from.connection == connection ? drop(at) : std::next(at);
}

subscription_hub::table::iterator subscription_hub::drop(table::iterator at) {
  const subscription& s = *at->second;
  count(s.kind, -1);
  const auto asked = alternatives_.find(s.from.who);
  if (asked != alternatives_.end() && (asked->second -= s.alternatives) == 0)
    alternatives_.erase(asked);
  return subscriptions_.erase(at);
}

std::vector<subscription_hub::table::value_type> subscription_hub::active() const {
  const std::lock_guard lock(mutex_);
  std::vector<table::value_type> out;
  for (const auto& entry : subscriptions_)
    if (entry.second->active) out.push_back(entry);
  return out;
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
  bool full = false;
  {
    const std::lock_guard lock(events_mutex_);
    full = events_.size() >= config_.event_queue_max;
    if (full)
      events_.clear();
    else
      events_.push_back(std::move(e));
    if (!full && draining_) return;
    if (!full) draining_ = true;
  }
  // Nobody may miss an event without knowing: all subscribers must come again.
  if (full) return close_all();
  if (!pool_) return drain();
  if (pool_->post(http::lane::quick, [self = shared_from_this()] { self->drain(); })) return;
  const std::lock_guard lock(events_mutex_);
  draining_ = false;  // The next event tries again.
}

void subscription_hub::close_all() {
  std::vector<std::shared_ptr<http::ws_channel>> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [id, s] : subscriptions_) all.push_back(s->from.to);
  }
  for (const auto& to : all) to->close();
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
  std::string head;
  for (const auto& [id, s] : active()) {
    if (e.block) publish_block(id, *s, *e.block, head);
    for (const pending_txn_ptr& t : e.pending) publish_pending(id, *s, *t);
    if (!s->from.to->open()) closed.push_back(s->from.connection);
  }
  for (const u64 connection : closed) remove_connection(connection);
}

void subscription_hub::publish_block(const fixed_bytes<16>& id, const subscription& s,
                                     const sealed_block& block, std::string& head) const {
  if (s.kind == subscription_kind::heads) {
    if (head.empty()) append_head(head, block);
    s.from.to->send(end_event(begin_event(id) + head));
    return;
  }
  if (s.kind != subscription_kind::logs) return;
  if (!s.may_match.may_match(block.header.logs_bloom)) return;
  for (u32 i = 0; i < block.txns.size(); ++i) {
    const auto& logs = block.txns[i].outcome.logs;
    for (u32 k = 0; k < logs.size(); ++k) {
      if (!log_matches(s.filter, logs[k])) continue;
      std::string out = begin_event(id);
      append_log(out, log_of(block, i, k));
      s.from.to->send(end_event(std::move(out)));
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
  s.from.to->send(end_event(std::move(out)));
}

}  // namespace ashlar::rpc
