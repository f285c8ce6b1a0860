#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/strong.hpp"
#include "runtime/store/database.hpp"
#include "runtime/types/batch.hpp"
#include "runtime/types/batch_stage.hpp"
#include "runtime/types/l2_log.hpp"

namespace ashlar::store {

/// A sealed batch: what the publisher needs to commit it, what the RPC tells of it, and what the
/// next batch continues from.
struct sealed_batch {
  batch_number number;
  block_number first_block;
  block_number last_block;
  u64 txn_count = 0;
  u64 gas_used = 0;
  unix_seconds sealed_at;
  public_input input;
  chain_state state;  ///< after the batch: what input.state_after commits to
  bytes pubdata;
  std::vector<l2_log> logs;     ///< leaves of the L2 -> L1 log tree
  std::vector<bytes> messages;  ///< behind the logs that carry messages, in order
  u64 priority_next = 0;        ///< id of the first priority operation behind the batch
  hash256 witness_hash;         ///< content address; zero where no witness was kept
  std::string seal_reason;      ///< which criterion sealed it
  friend bool operator==(const sealed_batch&, const sealed_batch&) = default;
};

bytes encode_sealed_batch(const sealed_batch& b);
result<sealed_batch, error> decode_sealed_batch(bytes_view raw);

/// Where a batch is on L1, kept apart from the batch because it changes.
struct batch_settlement {
  batch_stage stage = batch_stage::sealed;
  hash256 commit_txn, prove_txn, execute_txn;                ///< zero: none yet
  u64 commit_block = 0, prove_block = 0, execute_block = 0;  ///< on L1
  unix_seconds commit_at, prove_at, execute_at;              ///< of those blocks; 0 where not known
  u64 commit_gas = 0, prove_gas = 0, execute_gas = 0;
  friend bool operator==(const batch_settlement&, const batch_settlement&) = default;
};

/// Sealed batches by number. Every write is synchronous. Thread-safe.
class batch_store {
 public:
  static result<std::unique_ptr<batch_store>, error> open(const database_config& config);

  /// The next batch. Errors: not_contiguous, write_failed (fatal).
  status<error> append(const sealed_batch& batch);
  /// Forgets the batches behind `last`: they were never committed and are laid again.
  status<error> truncate(batch_number last);
  /// The last sealed batch; 0 when there is none.
  batch_number last() const;
  /// Errors: not_found, damaged.
  result<sealed_batch, error> get(batch_number number) const;
  /// The batch that holds a block; none where the block is not in a sealed batch. One seek.
  std::optional<batch_number> batch_of(block_number block) const;

  /// Errors: not_found, write_failed (fatal).
  status<error> set_settlement(batch_number number, const batch_settlement& s);
  result<batch_settlement, error> settlement(batch_number number) const;

 private:
  explicit batch_store(std::unique_ptr<database> db) : db_(std::move(db)) {}
  std::unique_ptr<database> db_;
  mutable std::mutex mutex_;
  batch_number last_;
};

}  // namespace ashlar::store
