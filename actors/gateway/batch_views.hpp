#pragma once

#include <map>
#include <mutex>
#include <optional>

#include "net/rpc/settlement.hpp"
#include "runtime/store/batch_store.hpp"
#include "runtime/store/chain_store.hpp"

namespace ashlar::gateway {

/// What JSON-RPC tells of batches. Thread-safe.
class batch_views {
 public:
  /// The stores outlive this. `batches` null: no batch is known.
  batch_views(const store::chain_store& blocks, const store::batch_store* batches)
      : blocks_(blocks), batches_(batches) {}

  std::optional<batch_number> last() const;
  std::optional<batch_number> number_of(block_number block) const;
  std::optional<rpc::batch_position> position_of(block_number block);
  /// The batch behind the last sealed one is `open` where it has a block. `now`: what its estimate
  /// counts from.
  std::optional<rpc::batch_status> status_of(batch_number n, unix_seconds now);
  /// Where the batch is on L1; nothing where it is not sealed.
  std::optional<rpc::batch_stage> stage_of(batch_number n) const;
  std::optional<rpc::message_proof> prove_message(const store::txn_location& where,
                                                  u32 index) const;

  struct reached {
    std::optional<batch_number> sealed, committed, proved, executed;
    block_number committed_block, executed_block;
  };
  /// The last batch of each stage, looking back over at most `batches_max`.
  reached heads(u32 batches_max) const;

 private:
  /// What does not change while a batch is what it is.
  struct summary {
    block_number first_block, last_block;
    unix_seconds sealed_at;
    rpc::batch_status status;
  };
  std::optional<summary> summary_of(batch_number n);
  rpc::batch_status open_batch(batch_number n, block_number first) const;
  /// When a batch came into a stage behind `open`; 0: it has not, or nobody knows.
  unix_seconds reached_at(batch_number n, rpc::batch_stage stage);
  std::optional<u64> time_in(batch_number n, rpc::batch_stage stage);
  std::optional<u64> estimate(batch_number n, rpc::batch_stage stage, unix_seconds since,
                              unix_seconds now);
  u64 txns_up_to(u64 block) const;

  const store::chain_store& blocks_;
  const store::batch_store* const batches_;
  std::mutex mutex_;
  std::map<batch_number, summary> settled_;  // committed ones alone: others may be laid again
};

}  // namespace ashlar::gateway
