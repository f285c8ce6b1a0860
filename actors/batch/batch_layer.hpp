#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

#include "actors/batch/pubdata_bound.hpp"
#include "actors/batch/sealing.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/stf/apply_batch.hpp"
#include "runtime/store/batch_store.hpp"
#include "runtime/store/chain_store.hpp"
#include "runtime/store/content_store.hpp"
#include "runtime/store/tree_store.hpp"

namespace ashlar::batch {

struct batch_config {
  sealing_config sealing;
  /// Applies each sealed batch once more from its witness alone, as the prover will, and refuses
  /// to go on where the public input differs. Senders are those of the log, not recovered again.
  bool check_witness = true;
  /// Witnesses of so many last batches are kept, and of every batch that L1 has not executed:
  /// without its witness a batch cannot be proved, and the chain stands still.
  u64 witnesses_kept_max = 10'000;
  evm::workspace_config execution;
};

enum class layer_error_code : u8 {
  storage,          ///< see `text`; fatal
  replay_differs,   ///< a block's replay gave another hash than the log's: fatal
  witness_differs,  ///< the witness does not give the public input: fatal
  not_for_l1,       ///< the open batch is full and L1 would never take it: fatal
  nothing_to_seal,
};

struct layer_error {
  layer_error_code code{};
  std::string text;
};

/// What L1 has of an operation of its priority queue.
struct queued_operation {
  unix_seconds deadline;
  u64 gas_limit = 0;
};

/// What a block adds to a batch at most, known before it is replayed: its header tells gas, what
/// its transactions' pubdata was charged for and what memory they make a proof hold, in a block of
/// a chain with this configuration.
batch_totals bound_of(const chain_config& chain, const ashlar::block& block) noexcept;

/// Lays the chain's blocks into batches: replays each block on the open batch's overlay, closes
/// the batch when a limit is reached, writes tree, witness and batch. Blocking; one thread.
///
/// No batch ends where it would leave operations to the next that L1 demands of it
/// (types/priority_limits.hpp): it would never be committed, nor would any behind it. One that has
/// to take some begins with the block that has the first of them, and is closed by the limits of L1
/// and of a proof alone, which what is demanded cannot reach, until it has them.
///
/// Crash order: the witness, then the tree (batch n), then the batch record. A tree that is ahead
/// of the records is rolled back when the object is made, and the batch is laid again.
class batch_layer {
 public:
  struct parts {
    store::chain_store& chain;
    store::tree_store& tree;  ///< holds genesis as batch 0
    store::batch_store& batches;
    store::content_store& witnesses;
    const ashlar::clock& time;
    /// An operation of L1's queue, by its id; none where there is none or it is not known. Empty:
    /// nobody knows of any.
    std::function<std::optional<queued_operation>(u64)> queued;
    /// Held alone while the tree changes, for those who read it meanwhile; null: nobody does.
    std::shared_mutex* tree_changing = nullptr;
    /// L1's time, as well as it is known, for what is due by it. Empty: the wall's.
    std::function<unix_seconds()> l1_now = {};
  };

  static result<std::unique_ptr<batch_layer>, layer_error> open(const batch_config& config,
                                                                const chain_config& chain,
                                                                const parts& p);

  /// Takes blocks up to the store's head, at most `blocks_max` of them; seals where a limit says
  /// so, at most one batch a call. True where there is more to do at once.
  result<bool, layer_error> advance(u32 blocks_max = 256);
  /// Seals what is open now. Errors: nothing_to_seal, also where L1 would not take it yet.
  result<batch_number, layer_error> seal(seal_reason reason);

  batch_number last_sealed() const { return parts_.batches.last(); }
  /// The last block that is laid in the open batch or a sealed one.
  block_number laid() const;
  const batch_totals& totals() const noexcept { return totals_; }
  u64 open_age_ms() const;

 private:
  batch_layer(const batch_config& config, const chain_config& chain, const parts& p)
      : config_(config),
        chain_(chain),
        parts_(p),
        space_(config.execution),
        found_(p.chain.head().number) {}
  std::unique_lock<std::shared_mutex> tree_alone() const;
  status<layer_error> align_tree();
  status<layer_error> begin();
  status<layer_error> lay(const store::stored_block& block);
  ashlar::clock::duration age_of(const block_header& header) const;
  unix_seconds l1_now() const;
  bool is_enough(u64 taken, u64 gas_taken, u64 next, unix_seconds ends) const;
  bool may_end() const;
  bool is_last_before(const ashlar::block& next) const;
  result<std::optional<seal_reason>, layer_error> due(const batch_totals* next, u64 age_ms);
  std::optional<seal_reason> due_by(const sealing_config& c, const batch_totals* next, u64 age_ms);
  void drop_old_witnesses();
  u64 metered_cycles(const store::stored_block& block);

  batch_config config_;
  chain_config chain_;
  parts parts_;
  stf::batch_start start_;
  evm::workspace space_;
  std::unique_ptr<evm::state_reader> under_;
  std::unique_ptr<stf::batch_run> run_;
  std::vector<stf::batch_witness::block_input> inputs_;
  stf::sender_lists senders_;  ///< of the inputs
  batch_totals totals_;
  pubdata_bound pubdata_;  ///< of the open batch
  u64 priority_gas_ = 0;   ///< gas limits of its priority operations
  block_number found_;     ///< the chain's head when this layer was made
  ashlar::clock::duration opened_at_{};
  batch_number witnesses_dropped_;  ///< of all batches up to it
};

}  // namespace ashlar::batch
