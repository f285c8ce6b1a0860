#pragma once

#include "runtime/types/block.hpp"
#include "runtime/types/chain_config.hpp"
#include "runtime/types/memory_limits.hpp"

namespace ashlar::stf {

/// A header's extra data: the gas that all blocks with its timestamp have used so far, this one
/// included, u64; the pubdata bytes that its own transactions were charged for, u32; the keys and
/// the bytes that they make a proof hold (types/memory_limits.hpp), u32 each; big-endian.
inline constexpr std::size_t header_extra_bytes = 20;
bytes header_extra(u64 window_gas, u64 pubdata_charged, const memory_use& memory);
u64 window_gas_used(const block_header& header) noexcept;
/// None where the header does not say.
std::optional<u64> pubdata_charged(const block_header& header) noexcept;
/// Likewise.
std::optional<memory_use> memory_used(const block_header& header) noexcept;

/// The base fee of a block at `timestamp` behind `parent`. EIP-1559's formula, stepped once per
/// second of timestamp instead of once per block, because Ashlar's blocks have no fixed interval:
/// a second's whole gas is held against one target, further seconds without a block count as
/// empty. Never under `base_fee_min`. Precondition: timestamp >= parent's.
u256 next_base_fee(const chain_config& config, const block_header& parent,
                   unix_seconds timestamp) noexcept;

}  // namespace ashlar::stf
