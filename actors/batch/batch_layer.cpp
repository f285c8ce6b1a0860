#include "actors/batch/batch_layer.hpp"

#include "runtime/stf/fees.hpp"
#include "runtime/stf/make_witness.hpp"
#include "runtime/stf/publication.hpp"
#include "runtime/types/priority_limits.hpp"

namespace ashlar::batch {
namespace {

failure<layer_error> storage(const store::error& e) {
  return fail(layer_error{layer_error_code::storage, store::to_text(e)});
}

}  // namespace

result<std::unique_ptr<batch_layer>, layer_error> batch_layer::open(const batch_config& config,
                                                                    const chain_config& chain,
                                                                    const parts& p) {
  std::unique_ptr<batch_layer> layer(new batch_layer(config, chain, p));
  ASHLAR_CHECK(layer->align_tree());
  ASHLAR_CHECK(layer->begin());
  return layer;
}

std::unique_lock<std::shared_mutex> batch_layer::tree_alone() const {
  return parts_.tree_changing ? std::unique_lock{*parts_.tree_changing}
                              : std::unique_lock<std::shared_mutex>{};
}

status<layer_error> batch_layer::align_tree() {
  const batch_number last = parts_.batches.last();
  const auto height = parts_.tree.height();
  if (!height) return fail(layer_error{layer_error_code::storage, "the state tree has no genesis"});
  if (*height < last)
    return fail(layer_error{layer_error_code::storage,
                            "the state tree ends at batch " + std::to_string(height->value) +
                                ", the batch store at " + std::to_string(last.value)});
  if (*height > last || parts_.tree.is_torn()) {
    const auto alone = tree_alone();
    if (const auto back = parts_.tree.rollback(last); !back) return storage(back.error());
  }
  return nothing{};
}

/// Starts the batch behind the last sealed one.
status<layer_error> batch_layer::begin() {
  const batch_number last = parts_.batches.last();
  start_ = {};
  start_.number = last.next();
  start_.tree = parts_.tree.state();
  block_number parent{0};
  if (last.value != 0) {
    const auto sealed = parts_.batches.get(last);
    if (!sealed) return storage(sealed.error());
    if (sealed->state.tree_root != start_.tree.root)
      return fail(layer_error{layer_error_code::storage,
                              "the state tree is not that of batch " + std::to_string(last.value)});
    parent = sealed->last_block;
    start_.priority_hash = sealed->input.priority_hash_after;
    start_.priority_next = sealed->priority_next;
  }
  const auto block = parts_.chain.block_at(parent);
  if (!block)
    return fail(layer_error{layer_error_code::storage,
                            "block " + std::to_string(parent.value) + " is missing"});
  start_.parent = block->block.header;
  const u64 known = std::min<u64>(parent.value, block_hash_window - 1);
  for (u64 n = parent.value - known; n <= parent.value; ++n) {
    const auto hash = parts_.chain.hash_of(block_number{n});
    if (!hash)
      return fail(layer_error{layer_error_code::storage,
                              "the hash of block " + std::to_string(n) + " is missing"});
    start_.hashes.push_back(*hash);
  }
  run_.reset();
  under_ = parts_.chain.state_at(parent);
  if (!under_)
    return fail(layer_error{layer_error_code::storage,
                            "the state at block " + std::to_string(parent.value) + " is missing"});
  run_ = std::make_unique<stf::batch_run>(chain_, start_, *under_, &space_);
  inputs_.clear();
  senders_.clear();
  totals_ = {};
  totals_.leaf_count = start_.tree.leaf_count;
  pubdata_ = {};
  priority_gas_ = 0;
  return nothing{};
}

block_number batch_layer::laid() const {
  return run_->last_header().number;
}

u64 batch_layer::open_age_ms() const {
  if (totals_.blocks == 0) return 0;
  return static_cast<u64>(
      std::chrono::duration_cast<std::chrono::milliseconds>(parts_.time.steady() - opened_at_)
          .count());
}

/// How old a block is at least. Only what was there at the start is as old as its date says, which
/// counts whole seconds: L1 bounds dates, so that the wall may be far from that of a new block.
ashlar::clock::duration batch_layer::age_of(const block_header& header) const {
  if (header.number > found_) return {};
  const u64 now = parts_.time.wall().value, made = header.timestamp.value;
  return std::chrono::seconds(now > made + 1 ? now - made - 1 : 0);
}

unix_seconds batch_layer::l1_now() const {
  return parts_.l1_now ? parts_.l1_now() : parts_.time.wall();
}

batch_totals bound_of(const chain_config& chain, const block& block) noexcept {
  /// A message is charged for its 88 bytes as a log and two words of its event at least.
  constexpr u64 message_bytes_min = 88 + 64;
  batch_totals t;
  t.blocks = 1;
  t.txns = block.txns.size();
  t.l2_gas = block.header.gas_used;
  t.metered_cycles = evm::metered_cycles_max(block.header.gas_used);
  const u64 charged =
      stf::pubdata_charged(block.header).value_or(block_charge_max(chain.pubdata_txn_bytes_max));
  t.pubdata_bytes = published_bytes_max(charged) + pubdata_bytes_per_block;
  t.messages = charged / message_bytes_min;
  const auto memory = stf::memory_used(block.header);
  t.memory = memory ? *memory + block_memory_unmetered : block_memory_max();
  for (const txn& x : block.txns) t.messages += x.is_priority() ? 1 : 0;
  return t;
}

/// Whether L1 takes a batch that has so many operations of so much gas and ends then, `next` being
/// the first that it leaves out.
bool batch_layer::is_enough(u64 taken, u64 gas_taken, u64 next, unix_seconds ends) const {
  if (!parts_.queued) return true;
  const auto left_out = parts_.queued(next);
  return !left_out || ends <= left_out->deadline ||
         is_full_of_priority(taken, gas_taken, left_out->gas_limit);
}

/// Whether L1 takes the open batch as it is.
bool batch_layer::may_end() const {
  return is_enough(run_->priority_next() - start_.priority_next, priority_gas_,
                   run_->priority_next(), run_->last_header().timestamp);
}

/// Whether L1 takes the open batch as it is, and would not with this block behind it.
bool batch_layer::is_last_before(const ashlar::block& next) const {
  if (totals_.blocks == 0) return false;
  u64 id = run_->priority_next(), gas = priority_gas_;
  for (const txn& t : next.txns) {
    if (!t.is_priority()) continue;
    ++id;
    gas += t.gas_limit;
  }
  return !is_enough(id - start_.priority_next, gas, id, next.header.timestamp) && may_end();
}

/// Why the open batch is to be sealed now, `next` being a block that would be added. An error where
/// it is full and L1 would not take it as it is.
result<std::optional<seal_reason>, layer_error> batch_layer::due(const batch_totals* next,
                                                                 u64 age_ms) {
  using reason_if_any = std::optional<seal_reason>;
  const auto reason = due_by(config_.sealing, next, age_ms);
  if (!reason || may_end()) return reason_if_any(reason);
  if (!next) return reason_if_any();
  // What this node would rather have a batch hold counts less than that L1 takes it.
  sealing_config widest;
  widest.blocks_max = widest.l2_gas_max = widest.proving_cycles_max = ~u64{0};
  widest.txns_max = 0xffff;
  widest.messages_max = 16'384;
  widest.pubdata_bytes_max = l1_pubdata_bytes_max;
  const auto full = due_by(widest, next, 0);
  if (!full) return reason_if_any();
  return fail(layer_error{layer_error_code::not_for_l1,
                          "batch " + std::to_string(start_.number.value) + ": it has no room (" +
                              to_text(*full) + ") for block " + std::to_string(laid().value + 1) +
                              ", and without it leaves out operation " +
                              std::to_string(run_->priority_next()) + ", which L1 demands of it"});
}

/// Pubdata is encoded only where the bound of it is the reason, and then not again until an eighth
/// of the limit was charged.
std::optional<seal_reason> batch_layer::due_by(const sealing_config& c, const batch_totals* next,
                                               u64 age_ms) {
  const auto ask = [&] {
    return next ? must_seal_before(c, totals_, *next) : must_seal(c, totals_, age_ms, l1_now());
  };
  const auto reason = ask();
  if (reason != seal_reason::pubdata && reason != seal_reason::proving_cycles) return reason;
  if (pubdata_.charged_since(*run_) < c.pubdata_bytes_max / 8) return reason;
  pubdata_.measure(*run_, [&](const hash256& key) { return parts_.tree.find(key); });
  totals_.pubdata_bytes = pubdata_.bytes(*run_);
  return ask();
}

/// What is metered of a block on the state before it, whose execution comes to nothing else.
u64 batch_layer::metered_cycles(const store::stored_block& block) {
  const auto before = parts_.chain.state_at(laid());
  if (!before) return config_.sealing.proving_cycles_max;
  evm::state over(*before, &space_);
  stf::recent_hashes hashes = run_->hashes();
  stf::block_execution execution(chain_, run_->last_header(), hashes.newest_hash(),
                                 block.block.header.timestamp, over, hashes);
  for (std::size_t i = 0; i < block.block.txns.size(); ++i)
    if (!execution.add(block.block.txns[i], block.senders[i], block.txn_hashes[i]).ok())
      break;  // laying it will say so
  return over.meter().cycles();
}

status<layer_error> batch_layer::lay(const store::stored_block& block) {
  const auto& header = block.block.header;
  const auto done =
      run_->add_block(header.timestamp, block.block.txns, block.senders, block.txn_hashes);
  if (!done)
    return fail(layer_error{
        layer_error_code::replay_differs,
        "block " + std::to_string(header.number.value) + ": " + stf::to_text(done.error().code)});
  if (done->hash != block.hash)
    return fail(layer_error{
        layer_error_code::replay_differs,
        "block " + std::to_string(header.number.value) + " has another hash when it is replayed"});
  stf::batch_witness::block_input input{header.timestamp, {}};
  for (const txn& t : block.block.txns) {
    input.txns.push_back(encode_txn(t));
    if (!t.is_priority()) continue;
    priority_gas_ += t.gas_limit;
    const auto known = parts_.queued ? parts_.queued(t.nonce) : std::nullopt;
    if (known && (!totals_.priority_deadline || known->deadline < *totals_.priority_deadline))
      totals_.priority_deadline = known->deadline;
  }
  inputs_.push_back(std::move(input));
  senders_.push_back(block.senders);
  if (totals_.blocks == 0) opened_at_ = parts_.time.steady() - age_of(header);
  totals_.blocks += 1;
  totals_.txns = run_->txn_count();
  totals_.l2_gas = run_->gas_used();
  totals_.pubdata_bytes = pubdata_.bytes(*run_);
  totals_.messages = run_->logs().size();
  totals_.memory = run_->memory();
  totals_.metered_cycles = run_->state().meter().cycles();
  return nothing{};
}

result<bool, layer_error> batch_layer::advance(u32 blocks_max) {
  const block_number head = parts_.chain.head().number;
  for (u32 taken = 0; taken < blocks_max && laid() < head; ++taken) {
    const auto block = parts_.chain.block_at(laid().next());
    if (!block)
      return fail(layer_error{layer_error_code::storage,
                              "block " + std::to_string(laid().value + 1) + " is missing"});
    batch_totals next = bound_of(chain_, block->block);
    // Metered only where the bound of it would seal: that is another replay.
    if (proving_cycles(totals_ + next) > config_.sealing.proving_cycles_max)
      next.metered_cycles = metered_cycles(*block);
    if (is_last_before(block->block)) {
      ASHLAR_CHECK(seal(seal_reason::overdue));
      return true;
    }
    ASHLAR_TRY(const auto before, due(&next, 0));
    if (before) {
      ASHLAR_CHECK(seal(*before));
      return true;
    }
    ASHLAR_CHECK(lay(*block));
    // Age is looked at below: who catches up lays old blocks into full batches.
    ASHLAR_TRY(const auto behind, due(nullptr, 0));
    if (behind) {
      ASHLAR_CHECK(seal(*behind));
      return true;
    }
  }
  ASHLAR_TRY(const auto of_age, due(nullptr, open_age_ms()));
  if (of_age) {
    ASHLAR_CHECK(seal(*of_age));
    return true;
  }
  return laid() < head;
}

/// Some at a time: after a start it begins with batch 1, whose witness is long gone.
void batch_layer::drop_old_witnesses() {
  constexpr u32 steps_max = 64;
  const u64 last = parts_.batches.last().value;
  for (u32 i = 0; i < steps_max; ++i) {
    const batch_number n = witnesses_dropped_.next();
    if (n.value + config_.witnesses_kept_max > last) return;
    const auto settled = parts_.batches.settlement(n);
    if (!settled || settled->stage < batch_stage::executed) return;
    const auto old = parts_.batches.get(n);
    if (!old) return;
    parts_.witnesses.erase(old->witness_hash);
    witnesses_dropped_ = n;
  }
}

result<batch_number, layer_error> batch_layer::seal(seal_reason reason) {
  if (totals_.blocks == 0)
    return fail(layer_error{layer_error_code::nothing_to_seal, "no block behind the last batch"});
  if (reason == seal_reason::asked && !may_end())
    return fail(layer_error{layer_error_code::nothing_to_seal,
                            "L1 demands more overdue operations of the open batch"});
  const evm::state_diff diff = run_->state().diff();
  bytes pubdata =
      stf::publish(*run_, diff, [&](const hash256& key) { return parts_.tree.find(key); });
  const bytes witness = stf::encode_batch_witness(
      stf::make_batch_witness(chain_, start_, *run_, parts_.tree, std::move(inputs_)));
  const auto kept = parts_.witnesses.put(witness);
  if (!kept) return storage(kept.error());
  const auto after = [&] {
    const auto alone = tree_alone();
    return parts_.tree.apply(start_.number, stf::tree_updates(diff));
  }();
  if (!after) return storage(after.error());
  stf::batch_result made = stf::conclude(chain_, start_, *run_, *after, std::move(pubdata));
  if (config_.check_witness) {
    const auto again = stf::apply_batch(witness, &space_, &senders_);
    if (!again)
      return fail(layer_error{layer_error_code::witness_differs,
                              "batch " + std::to_string(start_.number.value) + ": " +
                                  stf::to_text(again.error().code)});
    if (again->input != made.input)
      return fail(layer_error{layer_error_code::witness_differs,
                              "batch " + std::to_string(start_.number.value) +
                                  ": the witness gives another public input"});
  }
  store::sealed_batch sealed;
  sealed.number = start_.number;
  sealed.first_block = made.input.first_block;
  sealed.last_block = made.input.last_block;
  sealed.txn_count = run_->txn_count();
  sealed.gas_used = run_->gas_used();
  sealed.sealed_at = parts_.time.wall();
  sealed.input = made.input;
  sealed.state = made.after;
  sealed.pubdata = std::move(made.pubdata);
  sealed.logs = std::move(made.logs);
  sealed.messages = std::move(made.messages);
  sealed.priority_next = run_->priority_next();
  sealed.witness_hash = *kept;
  sealed.seal_reason = to_text(reason);
  if (const auto written = parts_.batches.append(sealed); !written) return storage(written.error());
  const batch_number number = start_.number;
  drop_old_witnesses();
  ASHLAR_CHECK(begin());
  return number;
}

}  // namespace ashlar::batch
