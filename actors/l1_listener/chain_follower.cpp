#include "actors/l1_listener/chain_follower.hpp"

#include <algorithm>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::l1_listener {

using l1::l1_block_number;
using l1::l1_error;
using l1::l1_error_code;
using std::chrono::milliseconds;

chain_follower::chain_follower(listener_config config, l1::client& l1, const clock& time,
                               l1_view& view, store::batch_store& batches)
    : config_(std::move(config)),
      l1_(l1),
      time_(time),
      view_(view),
      batches_(batches),
      jitter_(config_.jitter_seed),
      range_(std::max(1u, config_.log_range_max)) {
  ensure(config_.validate().empty());
}

result<clock::duration, store::error> chain_follower::step() {
  const clock::duration now = time_.steady();
  if (now < not_before_) return not_before_ - now;
  const outcome done = round();
  if (done.ok()) {
    if (!endpoint_trouble_.empty()) config_.log.info("L1 answers again", {});
    failures_ = 0;
    endpoint_trouble_.clear();
    return clock::duration(milliseconds(config_.poll_ms));
  }
  if (done.error().is_fatal()) return fail(*done.error().store);
  note_trouble(done.error(), now);
  return not_before_ - now;
}

void chain_follower::note_trouble(const trouble& t, clock::duration now) {
  ++counters_.endpoint_errors;
  if (endpoint_trouble_ != t.text())
    config_.log.warning("L1 fails", {{"role", "l1_listener"}, {"why", t.text()}});
  endpoint_trouble_ = t.text();
  not_before_ = now + backoff_delay(config_.backoff, failures_++, jitter_);
}

outcome chain_follower::round() {
  ASHLAR_CHECK(start());
  ASHLAR_TRY(const l1::l1_block head, l1_.latest());
  head_ = head;
  lag_.clear();
  ASHLAR_TRY(const bool on_chain, settle_on_chain());
  if (!on_chain) {
    ASHLAR_CHECK(mirror());
    return nothing{};
  }
  for (u32 i = 0; i < config_.ranges_per_step && view_.cursor()->number < head_->number; ++i) {
    ASHLAR_TRY(const bool went, read_range());
    if (!went) break;
  }
  ASHLAR_CHECK(audit());
  ASHLAR_CHECK(advance_finality());
  ASHLAR_CHECK(mirror());
  judge();
  return nothing{};
}

/// After a whole round: what L1 shows is either against more blocks, or it was audited and is not.
void chain_follower::judge() {
  std::string why = contradiction(view_, batches_);
  if (why.empty()) why = ahead_;
  if (why.empty()) why = foreign_tip_;
  if (why.empty() && !audited_) return;
  if (why != view_.gate().why_closed() && !why.empty())
    config_.log.error("no block is made", {{"why", why}});
  view_.gate().close(std::move(why));
}

outcome chain_follower::start() {
  if (started_) return nothing{};
  // The view outlives the role: the last one may have ended in the middle of a change.
  if (const auto loaded = view_.reload(); !loaded.ok()) return fail(ending(loaded.error()));
  final_block_ = view_.final_block();
  ASHLAR_TRY(const u64 chain, l1_.chain_id());
  if (chain != config_.l1_chain_id)
    return fail(trouble(l1_error{l1_error_code::wrong_chain,
                                 "the endpoint serves chain " + std::to_string(chain) +
                                     ", configured is " + std::to_string(config_.l1_chain_id),
                                 static_cast<i64>(chain),
                                 {}}));
  if (!view_.cursor()) {
    ASHLAR_TRY(const auto first, l1_.block(config_.start_block));
    if (!first)
      return fail(inconsistent("the endpoint does not have block " +
                               std::to_string(config_.start_block.value) +
                               ", where the contract was created"));
    view_.begin({l1_block_number{config_.start_block.value - 1}, first->parent_hash});
    ASHLAR_CHECK(view_.finish({*view_.cursor()}, config_.hash_window));
  }
  // The process may have ended between the view's write and the batch store's.
  for (const auto& [number, row] : view_.rows()) {
    ASHLAR_CHECK(mirror_row(number));
  }
  mirrored_ = batches_.last();
  started_ = true;
  return update_heads();
}

sure<bool> chain_follower::settle_on_chain() {
  const seen_block cursor = *view_.cursor();
  if (head_->number < cursor.number) {
    // Behind what was read: either an endpoint that lags, or a chain that became shorter. Only
    // another block where one is known shows the latter; nothing is taken back on lag.
    const auto& window = view_.window();
    const auto known = std::find_if(window.begin(), window.end(),
                                    [&](const seen_block& b) { return b.number == head_->number; });
    if (known == window.end() || known->hash == head_->hash) {
      ++counters_.lagging;
      disagreements_ = 0;
      lag_ = "the L1 endpoint is at block " + std::to_string(head_->number.value) + ", block " +
             std::to_string(cursor.number.value) + " was read already";
      return false;
    }
  } else if (head_->number == cursor.number
                 ? head_->hash == cursor.hash
                 : head_->number == cursor.number.next() && head_->parent_hash == cursor.hash) {
    disagreements_ = 0;
    return true;
  } else if (head_->number > cursor.number) {
    ASHLAR_TRY(const auto at, l1_.block(cursor.number));
    if (!at)
      return fail(inconsistent("block " + std::to_string(cursor.number.value) +
                               " is missing below the head"));
    if (at->hash == cursor.hash) {
      disagreements_ = 0;
      return true;
    }
  }
  if (++disagreements_ < config_.agreeing_polls) return false;
  ASHLAR_CHECK(take_back());
  disagreements_ = 0;
  return true;
}

/// Walks back to the last block that is on L1's present chain.
outcome chain_follower::take_back() {
  const auto& window = view_.window();
  for (auto b = window.rbegin(); b != window.rend(); ++b) {
    if (b->number > head_->number) continue;
    ASHLAR_TRY(const auto at, l1_.block(b->number));
    if (at && at->hash == b->hash) {
      const u64 ancestor = b->number.value, last = view_.cursor()->number.value;
      ASHLAR_CHECK(roll_back_to(*b));
      note_reorg(ancestor, last);
      return nothing{};
    }
  }
  return fail(inconsistent(
      "a reorg deeper than the " + std::to_string(window.size()) +
      " blocks that are kept: check that the endpoint is on the right chain, then remove the L1 "
      "view's folder so that it is read anew"));
}

void chain_follower::note_reorg(u64 ancestor, u64 last) {
  const u64 depth = last - ancestor;
  ++counters_.reorgs;
  counters_.blocks_lost += depth;
  counters_.deepest = std::max(counters_.deepest, depth);
  config_.log.warning("L1 reorganised", {{"depth", depth}, {"l1_block", ancestor}});
  last_reorg_ = "; the last reorg of L1 took back its blocks " + std::to_string(ancestor + 1) +
                " to " + std::to_string(last);
}

/// Takes back what blocks behind it said: of a reorg, or to read them again.
outcome chain_follower::roll_back_to(seen_block ancestor) {
  if (ancestor.number.value < final_block_)
    return fail(inconsistent("a reorg went below final block " + std::to_string(final_block_)));
  const auto rolled = view_.roll_back(ancestor);
  if (!rolled.ok()) return fail(ending(rolled.error()));
  verified_operations_ = std::min(verified_operations_, view_.operations_total());
  for (const u64 n : *rolled) {
    ASHLAR_CHECK(mirror_row(n));
    emit(n, true);
  }
  return update_heads();
}

/// A block becomes final: what its events say stays, so they have to be all. The tag may be unknown
/// to an endpoint; then nothing becomes final, and the rest goes on.
outcome chain_follower::advance_finality() {
  u64 final_block = 0;
  if (config_.finality_depth) {
    const u64 head = head_->number.value;
    final_block = head > *config_.finality_depth ? head - *config_.finality_depth : 0;
  } else {
    const auto tagged = l1_.block("finalized");
    if (!tagged.ok() && tagged.error().transient() &&
        tagged.error().code != l1_error_code::malformed)
      return fail(trouble(tagged.error()));
    if (tagged.ok()) final_block = tagged->number.value;
  }
  final_block = std::min(final_block, view_.complete_to());
  if (final_block <= final_block_) return nothing{};
  final_block_ = final_block;
  std::vector<u64> rows;
  batch_number finalized = view_.finalized();
  for (const auto& [n, row] : view_.rows()) {
    const store::batch_settlement& s = row.settlement;
    const u64 at = s.stage == batch_stage::executed    ? s.execute_block
                   : s.stage == batch_stage::proved    ? s.prove_block
                   : s.stage == batch_stage::committed ? s.commit_block
                                                       : ~u64{0};
    if (at > final_block) continue;
    // A row is kept until it was compared with ours, and for good where it is another.
    if (s.stage == batch_stage::executed && n == finalized.value + 1 && !row.foreign &&
        n <= batches_.last().value)
      finalized = batch_number{n};
    if (!row.final) rows.push_back(n);
  }
  std::vector<api::l1_batch_event> reached;
  for (const u64 n : rows)
    if (const batch_row& row = view_.rows().at(n); !row.foreign) {
      reached.push_back(event_of(n, row, false));
      reached.back().final = true;
    }
  if (const auto done = view_.finalize(l1_block_number{final_block}, rows, finalized); !done.ok())
    return fail(ending(done.error()));
  counters_.events += reached.size();
  events_.insert(events_.end(), reached.begin(), reached.end());
  return update_heads();
}

/// Compares what events told with the contract's own counters, when nothing moved in between: an
/// endpoint may have left logs out. Then the last blocks are read again.
outcome chain_follower::audit() {
  if (view_.cursor()->hash != head_->hash) return nothing{};
  ASHLAR_TRY(const l1::chain_progress p, l1::read_progress(l1_, config_.contract));
  ASHLAR_TRY(const l1::l1_block again, l1_.latest());
  if (again.hash != head_->hash) return nothing{};
  // Whatever events tell: what the counters say of more batches is no endpoint's omission.
  ahead_ = older_than(p.committed, batches_.last());
  if (!ahead_.empty()) view_.gate().close(ahead_);
  const batch_totals& seen = view_.totals();
  if (p.committed.value == seen.committed && p.proved.value == seen.proved &&
      p.executed.value == seen.executed && p.priority_total == view_.operations_total()) {
    audit_misses_ = 0;
    rescan_further_ = 0;
    view_.set_complete();
    ASHLAR_TRY(const bool is_compared, compare_tip(p));
    if (!is_compared) return nothing{};
    audited_ = true;
    return nothing{};
  }
  if (++audit_misses_ < config_.agreeing_polls) return nothing{};
  audit_misses_ = 0;
  return rescan(std::to_string(p.committed.value) + " batches against " +
                std::to_string(seen.committed) + ", " + std::to_string(p.priority_total) +
                " operations against " + std::to_string(view_.operations_total()));
}

/// Rows are forgotten when they are final, and batches may have been laid anew since: the state at
/// L1's tip says whether it is still this chain. False: it is not known yet, as the answers are of
/// different blocks, or have another state than ours for the first time.
sure<bool> chain_follower::compare_tip(const l1::chain_progress& p) {
  if (p.tip != p.committed) return false;
  if (p.committed > batches_.last()) return true;
  if (p.tip == compared_ && p.tip_state == compared_tip_) {
    tip_misses_ = 0;
    return true;
  }
  std::string foreign;
  if (p.committed.value != 0) {
    ASHLAR_TRY(const store::sealed_batch ours, batches_.get(p.committed));
    if (ours.input.state_after != p.tip_state)
      foreign = "L1 has another state behind batch " + std::to_string(p.committed.value) +
                " than this node: nothing behind it can settle";
  }
  if (!foreign.empty() && ++tip_misses_ < config_.agreeing_polls) return false;
  tip_misses_ = 0;
  compared_ = p.tip;
  compared_tip_ = p.tip_state;
  foreign_tip_ = std::move(foreign);
  return true;
}

/// Events are missing: the blocks that may have held them are read again, those of the window and
/// back to where the counters agreed last. Where that does not do, an answer that made them agree
/// was behind: then from further back each time, as far as blocks are not final.
outcome chain_follower::rescan(std::string why) {
  ++counters_.rescans;
  const auto& window = view_.window();
  u64 to = view_.complete_to();
  if (!window.empty()) to = std::min(to, window.front().number.value);
  to -= std::min(to, rescan_further_);
  to = std::max({to, final_block_, config_.start_block.value - 1});
  rescan_further_ = rescan_further_ == 0 ? config_.hash_window : 2 * rescan_further_;
  if (to < view_.cursor()->number.value) {
    ASHLAR_TRY(const seen_block ancestor, block_read(to));
    ASHLAR_CHECK(roll_back_to(ancestor));
  }
  return fail(inconsistent("the contract's counters and its events differ: " + why +
                           "; the last blocks are read again"));
}

/// A block that was read, whether or not its hash was kept.
sure<seen_block> chain_follower::block_read(u64 number) {
  for (const seen_block& b : view_.window())
    if (b.number.value == number) return b;
  ASHLAR_TRY(const auto at, l1_.block(l1_block_number{number}));
  if (!at) return fail(inconsistent("block " + std::to_string(number) + " is missing"));
  return seen_block{at->number, at->hash};
}

outcome chain_follower::mirror() {
  const batch_number last = batches_.last();
  if (last == mirrored_) return nothing{};
  // New in the store, or laid again: they may be on L1 already.
  for (const auto& [n, row] : view_.rows())
    if (n > std::min(mirrored_, last).value) {
      ASHLAR_CHECK(mirror_row(n));
    }
  mirrored_ = last;
  return update_heads();
}

/// Whether what L1 has is our batch of this number: one may have come before the other. What was
/// told of it while ours was not there is taken back where it is not.
outcome chain_follower::compare(u64 batch) {
  const auto row = view_.rows().find(batch);
  if (row == view_.rows().end() || batch > batches_.last().value) return nothing{};
  if (row->second.input_hash.is_zero()) return nothing{};
  ASHLAR_TRY(const store::sealed_batch ours, batches_.get(batch_number{batch}));
  const bool foreign = public_input_hash(ours.input) != row->second.input_hash;
  if (foreign == row->second.foreign) return nothing{};
  view_.set_foreign(batch, foreign);
  if (!foreign) return nothing{};
  ++counters_.events;
  events_.push_back(event_of(batch, batch_row{}, true));
  config_.log.warning("another batch than ours on L1", {{"batch", batch}});
  return nothing{};
}

outcome chain_follower::mirror_row(u64 batch) {
  ASHLAR_CHECK(compare(batch));
  const auto row = view_.rows().find(batch);
  if (row == view_.rows().end() || batch > batches_.last().value) return nothing{};
  const store::batch_settlement& wanted =
      row->second.foreign ? store::batch_settlement{} : row->second.settlement;
  const auto present = batches_.settlement(batch_number{batch});
  if (present.ok() && *present == wanted) return nothing{};
  ASHLAR_CHECK(batches_.set_settlement(batch_number{batch}, wanted));
  return nothing{};
}

outcome chain_follower::update_heads() {
  const auto last_block = [&](u64 batch, block_number& head) -> outcome {
    if (batch == 0 || batch > batches_.last().value) return nothing{};
    ASHLAR_TRY(const store::sealed_batch b, batches_.get(batch_number{batch}));
    head = b.last_block;
    return nothing{};
  };
  u64 committed = view_.totals().committed;
  for (const auto& [n, row] : view_.rows())
    if (row.foreign) {
      committed = std::min(committed, n - 1);
      break;
    }
  heads_.safe = block_number{};
  ASHLAR_CHECK(last_block(committed, heads_.safe));
  view_.set_committed(heads_.safe);
  return last_block(std::min(view_.finalized().value, committed), heads_.finalized);
}

api::l1_batch_event chain_follower::event_of(u64 batch, const batch_row& row, bool reorged) {
  const store::batch_settlement& s = row.settlement;
  api::l1_batch_event e;
  e.number = batch_number{batch};
  e.stage = s.stage;
  e.reorged = reorged;
  e.final = row.final;
  switch (s.stage) {
    case batch_stage::executed:
      e.l1_block = s.execute_block;
      e.l1_txn = s.execute_txn;
      break;
    case batch_stage::proved:
      e.l1_block = s.prove_block;
      e.l1_txn = s.prove_txn;
      break;
    case batch_stage::committed:
      e.l1_block = s.commit_block;
      e.l1_txn = s.commit_txn;
      break;
    default:
      break;
  }
  return e;
}

void chain_follower::emit(u64 batch, bool reorged) {
  const auto row = view_.rows().find(batch);
  if (row == view_.rows().end() || row->second.foreign) return;
  ++counters_.events;
  events_.push_back(event_of(batch, row->second, reorged));
  config_.log.info(reorged ? "batch taken back by L1" : "batch on L1",
                   {{"batch", batch}, {"stage", to_text(events_.back().stage)}});
}

std::vector<api::l1_batch_event> chain_follower::take_events() {
  std::vector<api::l1_batch_event> out(events_.begin(), events_.end());
  events_.clear();
  return out;
}

std::vector<api::l1_batch_event> chain_follower::snapshot() const {
  std::vector<api::l1_batch_event> out;
  for (const auto& [n, row] : view_.rows())
    if (!row.foreign) out.push_back(event_of(n, row, row.settlement.stage == batch_stage::sealed));
  return out;
}

/// Whoever gets them may have executed them long before his answer is here, or there is none.
result<api::priority_list_ptr, store::error> chain_follower::operations(priority_id due) {
  queue_trouble_.clear();
  if (!started_ || !head_) return api::priority_list_ptr{};
  ASHLAR_TRY(auto list, choose_operations(due));
  ASHLAR_CHECK(view_.set_taken(list ? priority_id{list->items.back().id.value + 1} : due));
  return list;
}

result<api::priority_list_ptr, store::error> chain_follower::choose_operations(priority_id due) {
  if (due.value > view_.operations_total()) {
    queue_trouble_ = "the sequencer has executed operations up to " +
                     std::to_string(due.value - 1) + ", L1 shows " +
                     std::to_string(view_.operations_total());
    return api::priority_list_ptr{};
  }
  if (!view_.divergence().empty()) {
    queue_trouble_ = view_.divergence();
    return api::priority_list_ptr{};
  }
  // The sequencer makes no block of them, and says why.
  if (!view_.gate().why_closed().empty()) return api::priority_list_ptr{};
  auto list = std::make_shared<api::priority_list>();
  hash256 rolling;
  for (u64 id = due.value; list->items.size() < config_.operations_per_message; ++id) {
    ASHLAR_TRY(const auto op, view_.operation(priority_id{id}));
    if (!op || op->l1_block + config_.confirmations > head_->number.value) break;
    const auto decoded = abi_decode_priority(op->canonical);
    auto body =
        decoded.ok() ? to_txn(*decoded) : result<txn, priority_error>(fail(decoded.error()));
    if (!body.ok()) {
      queue_trouble_ = "operation " + std::to_string(id) + ": " + to_text(body.error().code);
      break;
    }
    list->items.push_back({op->id, std::make_shared<const txn>(std::move(*body)), op->hash,
                           op->l1_block, op->requested_at});
    rolling = op->rolling_after;
  }
  if (list->items.empty()) return api::priority_list_ptr{};
  const u64 total = list->items.back().id.value + 1;
  if (total > verified_operations_) {
    const auto raw = l1_.call({{},
                               config_.contract,
                               l1::abi_encoder().number(u256{total}).call("priorityHash(uint64)"),
                               {}});
    if (!raw.ok()) {
      queue_trouble_ = "L1 endpoint: " + raw.error().text;
      return api::priority_list_ptr{};
    }
    l1::abi_reader r(*raw);
    if (r.word() != rolling || !r.ok()) {
      queue_trouble_ = "the contract's queue has another hash than operations 0 to " +
                       std::to_string(total - 1) + " give; nothing is credited until they agree";
      return api::priority_list_ptr{};
    }
    verified_operations_ = total;
  }
  return api::priority_list_ptr(std::move(list));
}

api::role_status chain_follower::status() const {
  api::role_status s;
  s.role = "l1_listener";
  const u64 at = view_.cursor() ? view_.cursor()->number.value : 0;
  const u64 head = head_ ? head_->number.value : 0;
  s.doing = !started_ ? "connecting to L1"
                      : "read L1 up to block " + std::to_string(at) + " of " +
                            std::to_string(head) + last_reorg_;
  for (const std::string* why : {&endpoint_trouble_, &queue_trouble_, &lag_})
    if (s.waits_for.empty()) s.waits_for = *why;
  u64 foreign = 0;
  for (const auto& [n, row] : view_.rows())
    if (row.foreign) {
      ++foreign;
      if (s.waits_for.empty())
        s.waits_for = "L1 has another batch " + std::to_string(n) + " than this node";
    }
  s.healthy = s.waits_for.empty();
  s.counters = {{"l1_head", head},
                {"l1_block", at},
                {"l1_final_block", final_block_},
                {"batches_committed", view_.totals().committed},
                {"batches_proved", view_.totals().proved},
                {"batches_executed", view_.totals().executed},
                {"batches_final", view_.finalized().value},
                {"foreign_batches", foreign},
                {"operations_seen", view_.operations_total()},
                {"operations_taken", view_.taken().value},
                {"reorgs_total", counters_.reorgs},
                {"reorg_blocks_total", counters_.blocks_lost},
                {"reorg_deepest", counters_.deepest},
                {"rescans_total", counters_.rescans},
                {"lagging_total", counters_.lagging},
                {"events_total", counters_.events},
                {"endpoint_errors_total", counters_.endpoint_errors}};
  return s;
}

}  // namespace ashlar::l1_listener
