#include "actors/sequencer/block_builder.hpp"

#include <algorithm>

#include "runtime/base/ensure.hpp"
#include "runtime/stf/fees.hpp"

namespace ashlar::sequencer {

namespace {

stf::recent_hashes hashes_up_to(const store::chain_store& s, block_number newest) {
  const u64 first = newest.value + 1 > block_hash_window ? newest.value + 1 - block_hash_window : 0;
  std::vector<hash256> oldest_first;
  for (u64 n = first; n <= newest.value; ++n) oldest_first.push_back(*s.hash_of(block_number{n}));
  return {std::move(oldest_first), newest};
}

}  // namespace

block_builder::outcome outcome_of(const evm::txn_rejection& r) {
  using api::drop_code;
  using evm::rejection;
  using verdict = block_builder::verdict;
  const auto drop = [&](drop_code code) {
    return block_builder::outcome{verdict::dropped, {code, r.have, r.want}, false};
  };
  switch (r.reason) {
    case rejection::block_gas:
    case rejection::block_pubdata:
    case rejection::block_memory:
      return {verdict::deferred, {}, true};
    case rejection::fee_cap_below_base_fee:
    case rejection::nonce_too_high:
      return {verdict::deferred, {}, false};
    case rejection::nonce_too_low:
      return drop(drop_code::nonce_too_low);
    case rejection::nonce_max:
      return drop(drop_code::nonce_max);
    case rejection::insufficient_funds:
      return drop(drop_code::insufficient_funds);
    case rejection::tip_above_fee_cap:
      return drop(drop_code::tip_above_cap);
    case rejection::intrinsic_gas:
    case rejection::floor_gas:
      return drop(drop_code::intrinsic_gas);
    case rejection::gas_cap:
      return drop(drop_code::gas_limit_above_cap);
    case rejection::initcode_size:
      return drop(drop_code::initcode_too_large);
    case rejection::pubdata_limit:
    case rejection::oversize:
      return drop(drop_code::too_large);
    case rejection::sender_not_eoa:
      return drop(drop_code::sender_not_eoa);
    default:
      return drop(drop_code::type_unsupported);
  }
}

block_builder::block_builder(const chain_config& chain, store::chain_store& store,
                             const evm::workspace_config& space, u64 proving_cycles_max)
    : chain_(chain), store_(store), space_(space), proving_cycles_max_(proving_cycles_max) {
  const auto head = store.head();
  ensure(store.staged_head().number == head.number);
  parent_ = store.block_at(head.number)->block.header;
  hashes_ = hashes_up_to(store, head.number);
}

void block_builder::begin(unix_seconds now) {
  ensure(!execution_);
  reader_ = store_.state_at_staged();
  if (state_)
    state_->reset(*reader_);
  else
    state_.emplace(*reader_, &space_);
  execution_.emplace(chain_, parent_, hashes_.newest_hash(), std::max(now, parent_.timestamp),
                     *state_, hashes_);
  empty_proving_cycles_ = proving_cycles();
}

block_builder::outcome block_builder::add(const txn& t, const address& sender,
                                          const hash256& hash) {
  const u64 before = proving_cycles();
  if (before >= proving_cycles_max_) return {verdict::deferred, {}, true};
  // Stopped where it has taken what a whole block may, not what this one has left: else who comes
  // behind others would never be known to be too much alone, and cut every block short.
  const u64 alone_max = proving_cycles_max_ - std::min(proving_cycles_max_, empty_proving_cycles_);
  const bool may_refuse = !t.is_priority();
  const u64 used = state_->meter().cycles();
  if (may_refuse) state_->meter().set_limit(used + std::min(alone_max, ~u64{0} - used));
  const auto done = execution_->add(t, sender, hash);
  const bool stopped = state_->meter().is_over();
  state_->meter().clear_limit();
  if (!done.ok()) return outcome_of(done.error());
  const u64 after = proving_cycles();
  if (!stopped && (after <= proving_cycles_max_ || (t.is_priority() && txn_count() == 1)))
    return {};
  return take_back_last(after - before);
}

/// Execution cannot be undone, so the others are executed again. The block is full then for what
/// waits in the same queue, and there are two: it is executed three times at most, whatever comes.
block_builder::outcome block_builder::take_back_last(u64 cycles) {
  const stf::executed_block spent = execution_->finish();
  const std::size_t rest = spent.block.txns.size() - 1;
  const bool forced = spent.block.txns.back().is_priority();
  abandon();
  begin(spent.block.header.timestamp);
  const u64 alone = empty_proving_cycles_ + cycles;
  for (std::size_t i = 0; i < rest; ++i)
    ensure(execution_->add(spent.block.txns[i], spent.senders[i], spent.txn_hashes[i]).ok());
  if (forced || alone <= proving_cycles_max_) return {verdict::deferred, {}, true};
  return {verdict::dropped,
          {api::drop_code::proving_cycles, u256{alone}, u256{proving_cycles_max_}},
          rest != 0};
}

u64 block_builder::proving_cycles() const noexcept {
  constexpr u64 leaves_most = u64{1} << 32;
  return evm::proof_cycles(state_->meter().cycles(), 1, execution_->pubdata_bytes(),
                           state_->block_memory() + block_memory_unmetered, leaves_most);
}

u32 block_builder::txn_count() const noexcept {
  return execution_ ? static_cast<u32>(execution_->txn_count()) : 0;
}

u64 block_builder::gas_left() const noexcept {
  return execution_ ? execution_->gas_left() : 0;
}

u256 block_builder::base_fee() const noexcept {
  return execution_->env().base_fee;
}

u256 block_builder::next_base_fee(unix_seconds now) const {
  return stf::next_base_fee(chain_, parent_, std::max(now, parent_.timestamp));
}

store::executed_block_ptr block_builder::finish() {
  ensure(execution_.has_value());
  stf::executed_block done = execution_->finish();
  auto out = std::make_shared<store::executed_block>();
  out->receipts = std::move(done.receipts);
  static_cast<recovered_block&>(*out) = std::move(done);
  out->diff = state_->diff();
  execution_.reset();
  space_.trim();
  parent_ = out->block.header;
  hashes_.push(out->hash);
  return out;
}

void block_builder::abandon() {
  execution_.reset();
}

store::executed_block_ptr block_builder::replay(const store::log_record& record) {
  const block_header& wanted = record.block.header;
  if (wanted.timestamp < parent_.timestamp || wanted.number != parent_.number.next())
    return nullptr;
  begin(wanted.timestamp);
  for (std::size_t i = 0; i < record.block.txns.size(); ++i) {
    const txn& t = record.block.txns[i];
    if (execution_->add(t, record.senders[i], txn_hash(t)).ok()) continue;
    abandon();
    return nullptr;
  }
  auto out = finish();
  return out->block.header == wanted ? out : nullptr;
}

}  // namespace ashlar::sequencer
