#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "net/http/service.hpp"
#include "net/http/worker_pool.hpp"
#include "net/rpc/backend.hpp"
#include "net/rpc/bloom_query.hpp"
#include "net/rpc/config.hpp"
#include "net/rpc/filters.hpp"

namespace ashlar::rpc {

enum class subscription_kind : u8 { heads, logs, pending_hashes, pending_txns };

enum class subscribe_errc : u8 {
  too_many,               ///< the connection has subscriptions_per_connection_max
  too_many_alternatives,  ///< the address would have more than log_alternatives_per_address_max
};

/// eth_subscribe: fans chain events out to WebSockets. Events are queued on the chain's thread and
/// encoded on a worker, in order; with `pool` null they are encoded where they come. Neither lock
/// is held while an event is encoded or a channel called. Thread-safe.
class subscription_hub final : public chain_observer,
                               public std::enable_shared_from_this<subscription_hub> {
 public:
  subscription_hub(const rpc_config& config, filter_store& filters,
                   std::shared_ptr<http::worker_pool> pool)
      : config_(config),
        filters_(filters),
        pool_(std::move(pool)),
        ring_(config.pending_hashes_max) {}

  void on_block(const sealed_block_ptr& block) noexcept override;
  void on_pending(std::span<const pending_txn_ptr> txns) noexcept override;
  bool wants_pending() const noexcept override {
    return pending_subscriptions_ > 0 || filters_.any_pending();
  }
  bool wants_blocks() const noexcept override { return block_subscriptions_ > 0; }

  /// Who subscribes, over what.
  struct subscriber {
    u64 connection = 0;
    http::address_key who;
    std::shared_ptr<http::ws_channel> to;
  };
  /// Events flow after `activate`, so that the client knows the id before the first of them.
  status<subscribe_errc> add(const fixed_bytes<16>& id, subscriber from, subscription_kind kind,
                             log_filter filter);
  void activate(const fixed_bytes<16>& id);
  /// False: not this connection's.
  bool remove(const fixed_bytes<16>& id, u64 connection);
  void remove_connection(u64 connection);
  std::size_t size() const;

  const pending_ring& ring() const noexcept { return ring_; }

 private:
  struct subscription {
    subscriber from;
    subscription_kind kind;
    log_filter filter;
    bloom_query may_match;  ///< hashed when it is made, not at every block
    std::size_t alternatives;
    std::atomic<bool> active{false};
  };
  using table = std::map<fixed_bytes<16>, std::shared_ptr<subscription>>;
  struct event {
    sealed_block_ptr block;
    std::vector<pending_txn_ptr> pending;
  };
  void enqueue(event e);
  void close_all();
  void drain();
  void publish(const event& e);
  void publish_block(const fixed_bytes<16>& id, const subscription& s, const sealed_block& block,
                     std::string& head) const;
  void publish_pending(const fixed_bytes<16>& id, const subscription& s,
                       const pending_txn& t) const;
  void count(subscription_kind kind, int by) noexcept;
  /// What goes with a subscription, but its connection's count. Under mutex_.
  table::iterator drop(table::iterator at);
  /// Those that were activated, as they are now.
  std::vector<table::value_type> active() const;

  const rpc_config& config_;
  filter_store& filters_;
  const std::shared_ptr<http::worker_pool> pool_;
  pending_ring ring_;
  std::atomic<std::size_t> block_subscriptions_{0};
  std::atomic<std::size_t> pending_subscriptions_{0};

  mutable std::mutex mutex_;
  table subscriptions_;
  std::map<u64, std::size_t> by_connection_;
  std::map<http::address_key, std::size_t> alternatives_;  ///< of all of an address's filters

  std::mutex events_mutex_;
  std::deque<event> events_;
  bool draining_ = false;
};

}  // namespace ashlar::rpc
