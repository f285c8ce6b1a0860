#pragma once

#include "runtime/types/block.hpp"
#include "runtime/types/chain_config.hpp"

namespace ashlar::stf {

/// Gas that all blocks with this header's timestamp have used so far, this one included:
/// the header's extra data, eight bytes big-endian.
u64 window_gas_used(const block_header& header) noexcept;

/// The base fee of a block at `timestamp` behind `parent`. EIP-1559's formula, stepped once per
/// second of timestamp instead of once per block, because Ashlar's blocks have no fixed interval:
/// a second's whole gas is held against one target, further seconds without a block count as
/// empty. Never under `base_fee_min`. Precondition: timestamp >= parent's.
u256 next_base_fee(const chain_config& config, const block_header& parent,
                   unix_seconds timestamp) noexcept;

}  // namespace ashlar::stf
