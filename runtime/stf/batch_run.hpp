#pragma once

#include <span>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/stf/batch_error.hpp"
#include "runtime/stf/block.hpp"
#include "runtime/stf/hashes.hpp"
#include "runtime/stf/tree_updates.hpp"
#include "runtime/tree/leaf.hpp"
#include "runtime/types/batch.hpp"
#include "runtime/types/l2_log.hpp"

namespace ashlar::stf {

/// What a batch continues from. The state commitment before it binds every field but the
/// priority queue's, which the public input binds.
struct batch_start {
  batch_number number;
  tree::summary tree;
  block_header parent;          ///< of the block before the first
  std::vector<hash256> hashes;  ///< oldest first, at most 256, the parent's last
  hash256 priority_hash;        ///< rolling hash over the operations taken so far
  u64 priority_next = 0;        ///< id of the first operation that is not taken
};

chain_state state_of(const batch_start& start);

/// Replays the blocks of a batch on one overlay, so that its diff is netted over the whole batch.
/// The same object serves the batch role (over the database) and the proved program (over a
/// witness).
class batch_run {
 public:
  /// `config`, `under` and the executing thread's workspace outlive the object; without a
  /// workspace it makes its own.
  batch_run(const chain_config& config, const batch_start& start, evm::state_reader& under,
            evm::workspace* shared = nullptr);

  /// The next block. `senders` and `hashes` are one a transaction and trusted: the caller has
  /// recovered them. `encoded` is empty or has the encoding of each. On an error the object is
  /// spent.
  result<executed_block, batch_error> add_block(unix_seconds timestamp, std::span<const txn> txns,
                                                std::span<const address> senders,
                                                std::span<const hash256> hashes,
                                                std::span<const bytes> encoded = {});

  const evm::state& state() const noexcept { return state_; }
  std::size_t block_count() const noexcept { return timestamps_.size(); }
  const std::vector<unix_seconds>& timestamps() const noexcept { return timestamps_; }
  u64 txn_count() const noexcept { return txn_count_; }
  u64 gas_used() const noexcept { return gas_used_; }
  /// Sum of what transactions were charged for: an upper estimate of the batch's pubdata, since
  /// the diff is netted.
  u64 pubdata_bytes_charged() const noexcept { return pubdata_bytes_; }
  const std::vector<l2_log>& logs() const noexcept { return logs_; }
  const std::vector<bytes>& messages() const noexcept { return messages_; }
  /// What its transactions make a proof hold; see types/memory_limits.hpp.
  memory_use memory() const noexcept { return state_.whole_memory(); }
  const hash256& priority_hash() const noexcept { return priority_hash_; }
  u64 priority_next() const noexcept { return priority_next_; }
  const block_header& last_header() const noexcept { return parent_; }
  const recent_hashes& hashes() const noexcept { return hashes_; }

 private:
  const chain_config& config_;
  evm::state state_;
  block_header parent_;
  recent_hashes hashes_;
  u64 leaf_count_;  ///< of the tree at its start
  hash256 priority_hash_;
  u64 priority_next_;
  std::vector<unix_seconds> timestamps_;
  u64 txn_count_ = 0;
  u64 gas_used_ = 0;
  u64 pubdata_bytes_ = 0;
  std::vector<l2_log> logs_;
  std::vector<bytes> messages_;
};

}  // namespace ashlar::stf
