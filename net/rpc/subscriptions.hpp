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
#include "net/rpc/config.hpp"
#include "net/rpc/filters.hpp"

namespace ashlar::rpc {

enum class subscription_kind : u8 { heads, logs, pending_hashes, pending_txns };

/// eth_subscribe: fans chain events out to WebSockets. Events are queued on the chain's thread and
/// encoded on a worker, in order; with `pool` null they are encoded where they come. Thread-safe.
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

  /// False: the connection has subscriptions_per_connection_max. Events flow after `activate`, so
  /// that the client knows the id before the first of them.
  bool add(const fixed_bytes<16>& id, u64 connection, std::shared_ptr<http::ws_channel> to,
           subscription_kind kind, log_filter filter);
  void activate(const fixed_bytes<16>& id);
  /// False: not this connection's.
  bool remove(const fixed_bytes<16>& id, u64 connection);
  void remove_connection(u64 connection);
  std::size_t size() const;

  const pending_ring& ring() const noexcept { return ring_; }

 private:
  struct subscription {
    u64 connection;
    std::shared_ptr<http::ws_channel> to;
    subscription_kind kind;
    log_filter filter;
    bool active = false;
  };
  struct event {
    sealed_block_ptr block;
    std::vector<pending_txn_ptr> pending;
  };
  void enqueue(event e);
  void drain();
  void publish(const event& e);
  void publish_block(const fixed_bytes<16>& id, const subscription& s, const sealed_block& block,
                     std::string& head) const;
  void publish_pending(const fixed_bytes<16>& id, const subscription& s,
                       const pending_txn& t) const;
  void count(subscription_kind kind, int by) noexcept;

  const rpc_config& config_;
  filter_store& filters_;
  const std::shared_ptr<http::worker_pool> pool_;
  pending_ring ring_;
  std::atomic<std::size_t> block_subscriptions_{0};
  std::atomic<std::size_t> pending_subscriptions_{0};

  mutable std::mutex mutex_;
  std::map<fixed_bytes<16>, subscription> subscriptions_;
  std::map<u64, std::size_t> by_connection_;

  std::mutex events_mutex_;
  std::deque<event> events_;
  bool draining_ = false;
};

}  // namespace ashlar::rpc
