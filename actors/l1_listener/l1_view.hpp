#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/l1_listener/block_gate.hpp"
#include "net/l1/client.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/store/batch_store.hpp"
#include "runtime/store/database.hpp"
#include "runtime/types/priority.hpp"

namespace ashlar::l1_listener {

/// A block whose events are in the view.
struct seen_block {
  l1::l1_block_number number;
  hash256 hash;
  friend bool operator==(const seen_block&, const seen_block&) = default;
};

/// What L1 shows of one batch.
struct batch_row {
  store::batch_settlement settlement;
  /// Of the public input that L1 has; zero in rows that were written without it.
  hash256 input_hash;
  bool foreign = false;  ///< L1 has a batch of this number that is not ours
  bool final = false;    ///< the block of its present stage is final
  friend bool operator==(const batch_row&, const batch_row&) = default;
};

/// The contract's counters as events tell them.
struct batch_totals {
  u64 committed = 0, proved = 0, executed = 0;
  friend bool operator==(const batch_totals&, const batch_totals&) = default;
};

/// One operation of the priority queue.
struct queued_operation {
  priority_id id;
  hash256 hash;           ///< canonical
  hash256 rolling_after;  ///< h(id + 1)
  unix_seconds requested_at, deadline;
  u64 l1_block = 0;
  bytes canonical;  ///< abi.encode(L2CanonicalTransaction)
  friend bool operator==(const queued_operation&, const queued_operation&) = default;
};

/// The last block of L1 that was read.
struct l1_sight {
  unix_seconds until;    ///< its time; zero where none was read
  clock::duration at{};  ///< when it was read, by the steady clock; zero where another process did

  /// The latest time of a block that L1 takes soon: L1's clock has moved on at least by the steady
  /// time since, whatever this machine's clock was set to, and takes what is `lead_s` ahead of it.
  /// Without bound where nothing was read: then nothing is made.
  unix_seconds date_max(clock::duration now, u64 lead_s) const {
    if (until.value == 0) return unix_seconds{~u64{0}};
    const auto since = std::chrono::duration_cast<std::chrono::seconds>(now - std::min(now, at));
    return unix_seconds{until.value + static_cast<u64>(since.count()) + lead_s};
  }
};

/// What was read from L1, durable, with all that is needed to take the last blocks back. One
/// writer; `operation`, `priority_deadline`, `operations_total`, `seen`, `committed` and `gate` may
/// be used by any thread.
class l1_view {
 public:
  static result<std::unique_ptr<l1_view>, store::error> open(const store::database_config& config);

  // -- for everyone -----------------------------------------------------------------------------
  /// None where L1 has not shown it (yet). Includes operations that are not deep enough to be
  /// credited.
  result<std::optional<queued_operation>, store::error> operation(priority_id id) const;
  /// From then on no batch can be committed without the operation; L1's clock. None as above: what
  /// cannot be read is not what is not there.
  result<std::optional<unix_seconds>, store::error> priority_deadline(priority_id id) const;
  /// Operations seen: the id of the next one.
  u64 operations_total() const;
  /// L1's time of the last block that was read: every operation requested up to then is here. Zero
  /// where none was read yet.
  unix_seconds seen_until() const { return seen().until; }
  l1_sight seen() const;
  /// The last of this chain's blocks that a batch of ours on L1 has. In memory: block 0 until the
  /// listener has begun.
  block_number committed() const;

  /// Whether blocks may be made; it outlives the listener's role.
  block_gate& gate() noexcept { return gate_; }

  // -- for the listener -------------------------------------------------------------------------
  /// Forgets what is not on disk: a writer that ended in the middle of a range leaves that.
  status<store::error> reload();
  const std::optional<seen_block>& cursor() const noexcept { return cursor_; }
  /// Blocks up to the cursor whose hash is known, oldest first, consecutive.
  const std::deque<seen_block>& window() const noexcept { return window_; }
  const batch_totals& totals() const noexcept { return totals_; }
  /// The last batch that is executed in a final block.
  batch_number finalized() const noexcept { return finalized_; }
  /// The greatest block that `finalize` was called with; nothing at or below it can be taken back.
  /// Zero: none was.
  u64 final_block() const noexcept { return final_block_; }
  /// All events up to this block are here: the contract's counters agreed when they were read up to
  /// it. On disk with the next range.
  u64 complete_to() const noexcept { return complete_to_; }
  /// The cursor is such a block.
  void set_complete() noexcept { complete_to_ = cursor_->number.value; }
  /// Rows behind `finalized()`, by number.
  const std::map<u64, batch_row>& rows() const noexcept { return rows_; }
  hash256 rolling_hash() const noexcept { return rolling_; }
  /// The first operation that the sequencer cannot have taken.
  priority_id taken() const noexcept { return taken_; }
  /// That L1 has another operation than one that was executed; empty while it has none. It ends
  /// when L1 shows the executed one again.
  const std::string& divergence() const noexcept { return divergence_; }

  /// Changes of one range of blocks; durable together at `finish`.
  void begin(const seen_block& start);
  void set_row(l1::l1_block_number at, u64 batch, const batch_row& row, const batch_totals& then);
  /// What a comparison with our batch of this number gave. In memory: it is made again at a start.
  void set_foreign(u64 batch, bool foreign) { rows_[batch].foreign = foreign; }
  void set_committed(block_number last);
  /// The time of the range's last block.
  void set_seen(const l1_sight& last);
  /// Precondition: `op.id` is `operations_total()`.
  status<store::error> add_operation(const queued_operation& op);
  status<store::error> finish(const std::vector<seen_block>& read, u32 window_max);

  /// Takes back all behind `ancestor`, which is on L1's chain and not below `final_block()`. Gives
  /// the numbers of the batches whose rows changed.
  result<std::vector<u64>, store::error> roll_back(const seen_block& ancestor);
  /// Marks rows as final; forgets rows up to `finalized` and what undoes blocks up to `block`.
  status<store::error> finalize(l1::l1_block_number block, const std::vector<u64>& final_rows,
                                batch_number finalized);
  /// Those behind it were given to nobody, or to a sequencer that has forgotten them.
  status<store::error> set_taken(priority_id next);

 private:
  explicit l1_view(std::unique_ptr<store::database> db) : db_(std::move(db)) {}
  status<store::error> load();
  void set_operations(u64 total);
  result<std::string, store::error> find_divergence(u64 below) const;
  void put_head(store::write_batch& rows) const;

  std::unique_ptr<store::database> db_;
  std::optional<seen_block> cursor_;
  std::deque<seen_block> window_;
  batch_totals totals_;
  batch_number finalized_;
  std::map<u64, batch_row> rows_;
  hash256 rolling_;
  priority_id taken_;
  std::string divergence_;
  u64 final_block_ = 0;
  u64 complete_to_ = 0;
  block_gate gate_;
  mutable std::mutex mutex_;  // for these three only: the rest has one thread
  u64 operations_ = 0;
  l1_sight seen_;
  block_number committed_;

  store::write_batch pending_;
  u64 undo_next_ = 0;  // orders undo records
};

}  // namespace ashlar::l1_listener
