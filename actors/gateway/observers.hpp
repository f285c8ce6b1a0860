#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "net/rpc/backend.hpp"

namespace ashlar::gateway {

/// Who wants to hear of blocks and pending transactions: told on one thread at a time, dropped
/// when gone. Thread-safe.
class observers {
 public:
  void add(std::weak_ptr<rpc::chain_observer> one) {
    std::lock_guard lock{mutex_};
    all_.push_back(std::move(one));
  }
  bool want_blocks() {
    bool any = false;
    each([&](rpc::chain_observer& o) { any |= o.wants_blocks(); });
    return any;
  }
  bool want_pending() {
    bool any = false;
    each([&](rpc::chain_observer& o) { any |= o.wants_pending(); });
    return any;
  }
  void on_block(const rpc::sealed_block_ptr& block) {
    each([&](rpc::chain_observer& o) {
      if (o.wants_blocks()) o.on_block(block);
    });
  }
  void on_pending(std::span<const rpc::pending_txn_ptr> txns) {
    each([&](rpc::chain_observer& o) {
      if (o.wants_pending()) o.on_pending(txns);
    });
  }

 private:
  template <class F>
  void each(F f) {
    std::lock_guard lock{mutex_};
    std::erase_if(all_, [&](const std::weak_ptr<rpc::chain_observer>& w) {
      const auto o = w.lock();
      if (o) f(*o);
      return !o;
    });
  }

  std::mutex mutex_;
  std::vector<std::weak_ptr<rpc::chain_observer>> all_;
};

}  // namespace ashlar::gateway
