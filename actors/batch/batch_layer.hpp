#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>

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
  nothing_to_seal,
};

struct layer_error {
  layer_error_code code{};
  std::string text;
};

/// What a block adds to a batch at most, known before it is replayed: its header tells gas, what
/// its transactions' pubdata was charged for and what memory they make a proof hold, in a block of
/// a chain with this configuration.
batch_totals bound_of(const chain_config& chain, const ashlar::block& block) noexcept;

/// Lays the chain's blocks into batches: replays each block on the open batch's overlay, closes
/// the batch when a limit is reached, writes tree, witness and batch. Blocking; one thread.
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
    /// L1's deadline for a priority operation; none where it is not known.
    std::function<std::optional<unix_seconds>(u64)> priority_deadline;
    /// Held alone while the tree changes, for those who read it meanwhile; null: nobody does.
    std::shared_mutex* tree_changing = nullptr;
  };

  static result<std::unique_ptr<batch_layer>, layer_error> open(const batch_config& config,
                                                                const chain_config& chain,
                                                                const parts& p);

  /// Takes blocks up to the store's head, at most `blocks_max` of them; seals where a limit says
  /// so, at most one batch a call. True where there is more to do at once.
  result<bool, layer_error> advance(u32 blocks_max = 256);
  /// Seals what is open now. Errors: nothing_to_seal.
  result<batch_number, layer_error> seal(seal_reason reason);

  batch_number last_sealed() const { return parts_.batches.last(); }
  /// The last block that is laid in the open batch or a sealed one.
  block_number laid() const;
  const batch_totals& totals() const noexcept { return totals_; }
  u64 open_age_ms() const;

 private:
  batch_layer(const batch_config& config, const chain_config& chain, const parts& p)
      : config_(config), chain_(chain), parts_(p), space_(config.execution) {}
  std::unique_lock<std::shared_mutex> tree_alone() const;
  status<layer_error> align_tree();
  status<layer_error> begin();
  status<layer_error> lay(const store::stored_block& block);
  ashlar::clock::duration age_of(unix_seconds made) const;
  std::optional<seal_reason> due(const batch_totals* next, u64 age_ms);
  void drop_old_witnesses();
  void measure_pubdata();
  u64 pubdata_bound() const noexcept;

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
  /// Pubdata of the open batch when it was last encoded, with what may come on top when more
  /// changes move its dictionaries; and what was charged and laid up to then.
  struct {
    u64 bytes = 0;
    u64 charged = 0;
    u64 blocks = 0;
  } measured_;
  ashlar::clock::duration opened_at_{};
  batch_number witnesses_dropped_;  ///< of all batches up to it
};

}  // namespace ashlar::batch
