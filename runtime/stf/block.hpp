#pragma once

#include <memory>
#include <span>
#include <vector>

#include "runtime/evm/state.hpp"
#include "runtime/evm/transition.hpp"
#include "runtime/types/block.hpp"
#include "runtime/types/chain_config.hpp"
#include "runtime/types/recovered_block.hpp"

namespace ashlar::stf {

/// EIP-2935's history contract, deployed in genesis.
inline constexpr address history_address{{0x00, 0x00, 0xf9, 0x08, 0x27, 0xf1, 0xc5,
                                          0x3a, 0x10, 0xcb, 0x7a, 0x02, 0x33, 0x5b,
                                          0x17, 0x53, 0x20, 0x00, 0x29, 0x35}};
inline constexpr u64 history_serve_window = 8191;

/// A block with what its execution gave.
struct executed_block : recovered_block {
  std::vector<receipt> receipts;  ///< one a transaction
};

/// The header a chain starts from: number 0, no transactions.
block_header genesis_header(const chain_config& config, unix_seconds timestamp);

/// What a transaction itself makes a proof hold, whatever it does.
memory_use envelope_memory(const txn& t) noexcept;

/// Executes one block, transaction by transaction: the same code in the sequencer and in the
/// program that is proved. Changes stay in `state`; the caller takes its diff.
class block_execution {
 public:
  /// Precondition: `timestamp` >= the parent's. `hashes` answers BLOCKHASH for the 256 blocks
  /// before this one, and like `config` and `state` outlives this object.
  block_execution(const chain_config& config, const block_header& parent,
                  const hash256& parent_hash, unix_seconds timestamp, evm::state& state,
                  evm::block_hashes& hashes);

  /// Room for so many transactions.
  void reserve(std::size_t txns);

  /// Executes a transaction and takes it into the block, or rejects it and leaves no trace.
  /// `encoded` is its encoding, where the caller has that: it then outlives this object.
  result<evm::txn_outcome, evm::txn_rejection> add(const txn& t, const address& sender,
                                                   const hash256& hash, bytes_view encoded = {});

  u64 gas_left() const noexcept { return config_.block_gas_limit - gas_used_; }
  /// What its transactions were charged for: an upper estimate of what it publishes.
  u64 pubdata_bytes() const noexcept { return pubdata_bytes_; }
  std::size_t txn_count() const noexcept { return out_.block.txns.size(); }
  const evm::block_env& env() const noexcept { return env_; }

  /// Roots, bloom and hash. The object is spent.
  executed_block finish();

 private:
  const chain_config& config_;
  evm::state& state_;
  evm::block_env env_;
  executed_block out_;
  std::vector<bytes_view> encoded_;  ///< one a transaction, empty where none was given
  u64 gas_used_ = 0;
  u64 pubdata_bytes_ = 0;
  u64 window_gas_before_ = 0;
};

}  // namespace ashlar::stf
