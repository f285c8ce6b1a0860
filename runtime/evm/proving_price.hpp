#pragma once

#include "runtime/evm/precompiles.hpp"

namespace ashlar::evm {

/// How many proving cycles (cycle_meter.hpp) a call of a precompile takes at most beside CALL
/// itself, as the meter counts it and the price is made of. Ethereum's gas says nothing of that: it
/// buys a round of BLAKE2F for 1, which takes 770. Bounds of what was measured of the guest,
/// rounded up: test/unit/guest/proving_price_test.cpp holds them to it.
u64 proving_cycles(precompile which, bytes_view input) noexcept;

}  // namespace ashlar::evm
