#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/api/messages.hpp"
#include "actors/l1_listener/l1_view.hpp"
#include "actors/l1_listener/listener_config.hpp"
#include "actors/l1_listener/trouble.hpp"
#include "net/l1/chain_contract.hpp"
#include "net/l1/client.hpp"
#include "net/l1/log_scan.hpp"
#include "runtime/base/clock.hpp"

namespace ashlar::l1_listener {

/// Follows the chain's contract on L1: what it says of batches, at once and taken back when a
/// reorg takes it back; and its priority queue, given on only when it lies deep enough. Blocking
/// calls; one thread at a time; knows nothing of actors. The only writer of batch settlements.
class chain_follower {
 public:
  /// All references must outlive the follower.
  chain_follower(listener_config config, l1::client& l1, const clock& time, l1_view& view,
                 store::batch_store& batches);

  /// One round; answers how long nothing is worth doing. Errors of L1 are kept for `status`; an
  /// error is given only where the process must end.
  result<clock::duration, store::error> step();

  /// Events since the last call, in L1 order.
  std::vector<api::l1_batch_event> take_events();
  /// The present stage of each batch that is not final, for a follower that begins.
  std::vector<api::l1_batch_event> snapshot() const;

  /// Operations for a sequencer whose next one is `due`: deep enough, consecutive, and their
  /// rolling hash compared with the contract's. Null where there is nothing to give (yet). They
  /// count as taken, durably, before they are given. Errors only as `step`.
  result<api::priority_list_ptr, store::error> operations(priority_id due);

  api::settled_heads heads() const noexcept { return heads_; }
  api::role_status status() const;

 private:
  outcome round();
  outcome start();
  /// Whether the view is on L1's chain and may be extended.
  sure<bool> settle_on_chain();
  outcome take_back();
  sure<bool> read_range();
  sure<std::vector<l1::l1_block>> read_headers(u64 from, u64 to);
  /// One event with all that is needed to apply it without asking L1 again.
  struct read_event {
    l1::l1_log log;
    l1::chain_event event;
    unix_seconds at;   ///< of its block; reverts have none
    u64 gas_used = 0;  ///< of its transaction; settlement steps only
  };
  sure<std::vector<read_event>> complete(std::vector<l1::l1_log> logs,
                                         const std::vector<l1::l1_block>& headers);
  /// What is missing before an event; empty where they continue what was seen.
  std::string gap_in(const std::vector<read_event>& events) const;
  result<nothing, store::error> apply(const read_event& e);
  result<nothing, store::error> apply_commit(const read_event& e, const l1::batch_committed& c);
  result<nothing, store::error> apply_request(const read_event& e, const l1::priority_requested& r);
  void change(const read_event& e, u64 batch, const batch_row& row, const batch_totals& then);
  outcome rescan(std::string why);
  sure<seen_block> block_read(u64 number);
  void note_reorg(u64 ancestor, u64 last);
  outcome roll_back_to(seen_block ancestor);
  outcome advance_finality();
  outcome audit();
  sure<bool> compare_tip(const l1::chain_progress& p);
  void judge();
  outcome mirror();
  outcome mirror_row(u64 batch);
  outcome compare(u64 batch);
  outcome update_heads();
  static api::l1_batch_event event_of(u64 batch, const batch_row& row, bool reorged);
  void emit(u64 batch, bool reorged);
  void note_trouble(const trouble& t, clock::duration now);
  result<api::priority_list_ptr, store::error> choose_operations(priority_id due);

  listener_config config_;
  l1::client& l1_;
  const clock& time_;
  l1_view& view_;
  store::batch_store& batches_;
  supervision::jitter_source jitter_;
  l1::log_range range_;

  bool started_ = false;
  std::optional<l1::l1_block> head_;
  u64 final_block_ = 0;
  std::deque<api::l1_batch_event> events_;
  api::settled_heads heads_;
  std::set<u64> changed_;  ///< rows changed by the range that is read now
  batch_number mirrored_;  ///< the store's last batch when its rows were written
  u64 verified_operations_ = 0;

  u32 disagreements_ = 0;  ///< polls in a row that found another block at the cursor
  u32 audit_misses_ = 0;
  u64 rescan_further_ = 0;   ///< blocks that the next rescan goes back in addition
  std::string ahead_;        ///< of which batches of L1 the folder lacks, by the contract's counter
  bool audited_ = false;     ///< once at least, at L1's head
  batch_number compared_;    ///< the batch at L1's tip that was compared with ours
  hash256 compared_tip_;     ///< and the state behind it
  u32 tip_misses_ = 0;       ///< comparisons in a row that found another
  std::string foreign_tip_;  ///< what is wrong with it
  clock::duration not_before_{};
  u32 failures_ = 0;
  std::string endpoint_trouble_;
  std::string lag_;
  std::string queue_trouble_;
  std::string last_reorg_;  ///< for the status, since this role started

  struct counters {
    u64 reorgs = 0, blocks_lost = 0, deepest = 0, rescans = 0, endpoint_errors = 0, lagging = 0;
    u64 events = 0;
  } counters_;
};

}  // namespace ashlar::l1_listener
