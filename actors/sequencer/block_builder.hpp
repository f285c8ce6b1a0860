#pragma once

#include <memory>
#include <optional>

#include "actors/api/messages.hpp"
#include "runtime/stf/block.hpp"
#include "runtime/stf/hashes.hpp"
#include "runtime/store/chain_store.hpp"

namespace ashlar::sequencer {

/// Executes transactions into the next block, and blocks of the log again after a restart: the
/// same code both times. Stands on the newest staged block of the store. Not thread-safe.
class block_builder {
 public:
  /// A block that proving takes `proving_cycles_max` takes no more transactions, and what would
  /// carry it above that is left to the next one.
  block_builder(const chain_config& chain, store::chain_store& store,
                const evm::workspace_config& space = {}, u64 proving_cycles_max = ~u64{0});

  enum class verdict : u8 {
    included,
    dropped,   ///< can never be included as the state is: see `why`
    deferred,  ///< not in this block: no gas left, or the fee cap is below the base fee
  };
  struct outcome {
    verdict what = verdict::included;
    api::drop_reason why;
    bool block_full = false;
  };

  /// Begins a block at max(now, the parent's time). Precondition: none is open.
  void begin(unix_seconds now);
  /// What alone takes more than `proving_cycles_max` is dropped, unless it is a priority operation,
  /// which nobody may refuse: that stands in a block of its own. Others are stopped where they pass
  /// it, so `why.have` is a lower bound.
  outcome add(const txn& t, const address& sender, const hash256& hash);
  bool is_open() const noexcept { return execution_.has_value(); }
  u32 txn_count() const noexcept;
  u64 gas_left() const noexcept;
  /// What proving the open block takes, on a tree of any size; see evm/cycle_meter.hpp.
  u64 proving_cycles() const noexcept;
  u256 base_fee() const noexcept;
  /// Roots, hash and state diff; staged by the caller. Precondition: a block is open.
  store::executed_block_ptr finish();
  /// Forgets the open block: nothing happened.
  void abandon();

  /// Executes a block of the log. None where the outcome is not the same block: the node's rules
  /// differ from those that made it, or the state is damaged.
  store::executed_block_ptr replay(const store::log_record& record);

  const block_header& parent() const noexcept { return parent_; }
  /// The base fee that a block begun at `now` has.
  u256 next_base_fee(unix_seconds now) const;

 private:
  /// The open block without its last transaction, which has taken so many proving cycles of it.
  outcome take_back_last(u64 cycles);

  const chain_config& chain_;
  store::chain_store& store_;
  block_header parent_;
  stf::recent_hashes hashes_;
  evm::workspace space_;
  u64 proving_cycles_max_;
  u64 empty_proving_cycles_ = 0;  ///< of the open block before its first transaction
  std::unique_ptr<evm::state_reader> reader_;
  std::optional<evm::state> state_;
  std::optional<stf::block_execution> execution_;
};

/// What a rejection by the EVM means for a transaction that waited.
block_builder::outcome outcome_of(const evm::txn_rejection& r);

}  // namespace ashlar::sequencer
