#pragma once

#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/types/pubdata_limits.hpp"
#include "runtime/types/revision.hpp"

namespace ashlar {

inline constexpr u32 protocol_version = 1;

/// Most gas that one transaction or operation may have: EIP-7825. How much a proof holds is bounded
/// by it (memory_limits.hpp).
inline constexpr u64 txn_gas_highest = u64{1} << 24;

/// From this block timestamp on, these rules.
struct revision_activation {
  unix_seconds from;
  ashlar::revision revision = latest_revision;
  friend bool operator==(const revision_activation&, const revision_activation&) = default;
};

/// Parameters on which every node of a chain must agree; their hash is stored on L1. What may
/// differ from node to node is elsewhere.
struct chain_config {
  u32 protocol_version = ashlar::protocol_version;
  u64 chain_id = 0;
  u64 l1_chain_id = 0;
  address chain_contract;  ///< the chain's contract on L1
  /// Sorted by time, the first from zero.
  std::vector<revision_activation> revisions{{}};
  u64 block_gas_limit = 100'000'000;
  u64 txn_gas_limit_max = txn_gas_highest;
  /// EIP-1559: target = limit / elasticity; change at most 1 / denominator a block.
  u64 base_fee_min = 1'000'000;      ///< wei
  u64 base_fee_genesis = 1'000'000;  ///< wei
  u64 elasticity = 2;
  u64 base_fee_denominator = 8;
  address fee_vault;              ///< receives base fees and tips
  u64 pubdata_gas_per_byte = 16;  ///< L2 gas charged for a byte of pubdata
  /// A transaction that is charged for more fails; see pubdata_limits.hpp.
  u64 pubdata_txn_bytes_max = pubdata_txn_bytes_default;
  /// A precompile costs no less gas than its cycles in the guest by this; 0: Ethereum's gas alone.
  u64 proving_cycles_per_gas = 100;
  /// Priority operations.
  u64 priority_txn_gas_max = 16'000'000;
  u64 priority_txns_per_block_max = 64;
  u64 priority_data_bytes_max = 64 * 1024;
  friend bool operator==(const chain_config&, const chain_config&) = default;

  ashlar::revision revision_at(unix_seconds timestamp) const noexcept;
};

enum class chain_config_error : u8 {
  chain_id_zero,
  l1_chain_id_zero,
  chain_contract_zero,
  protocol_version_unknown,
  revisions_empty,
  revisions_not_from_zero,
  revisions_unsorted,
  block_gas_limit_out_of_range,
  txn_gas_limit_out_of_range,
  base_fee_out_of_range,
  elasticity_out_of_range,
  denominator_out_of_range,
  fee_vault_zero,
  pubdata_gas_out_of_range,
  pubdata_bytes_out_of_range,
  proving_cycles_out_of_range,
  priority_limits_out_of_range,
  revision_without_gas_cap,
  pubdata_gas_too_low,
  malformed,  ///< bytes that are not a configuration
};

const char* to_text(chain_config_error e) noexcept;

/// Checks every range.
status<chain_config_error> validate(const chain_config& c) noexcept;
/// The same, and that any block of such a chain can be proved, which rests on the cap of gas that
/// Osaka has (EIP-7825), and that any batch that L1 demands fits L1 (priority_limits.hpp): to be
/// asked of a chain that is made or joined. The proved program does not ask, since it also replays
/// vectors of earlier revisions; its chain's hash on L1 was asked before.
status<chain_config_error> validate_chain(const chain_config& c) noexcept;
/// Fixed order and widths, big-endian, a version in front: what `config_hash` hashes.
bytes encode_chain_config(const chain_config& c);
/// The inverse; does not validate.
result<chain_config, chain_config_error> decode_chain_config(bytes_view raw);
/// keccak256(encode_chain_config(c)).
hash256 config_hash(const chain_config& c);

}  // namespace ashlar
