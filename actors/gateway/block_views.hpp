#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "net/rpc/chain_view.hpp"
#include "runtime/store/chain_store.hpp"

namespace ashlar::gateway {

/// Blocks in the form that JSON-RPC wants, the last used kept. Thread-safe.
class block_views {
 public:
  /// `store` outlives this.
  block_views(const store::chain_store& store, std::size_t bytes_max)
      : store_(store), bytes_max_(bytes_max) {}

  /// Null where the block is not published.
  rpc::sealed_block_ptr get(block_number number);

 private:
  struct entry {
    rpc::sealed_block_ptr block;
    std::size_t bytes = 0;
    std::list<u64>::iterator age;
  };
  void keep(const rpc::sealed_block_ptr& block, std::size_t bytes);

  const store::chain_store& store_;
  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::list<u64> by_age_;  // most recent first
  std::unordered_map<u64, entry> blocks_;
  std::size_t bytes_ = 0;
};

}  // namespace ashlar::gateway
