#pragma once

#include "runtime/evm/precompiles.hpp"

namespace ashlar::evm {

/// How many cycles of the guest's machine a call of a precompile takes at most, its own calls of
/// the machine's chips counted as one each. Ethereum's gas says nothing of that: BLAKE2F takes 450
/// cycles a gas, where the interpreter takes 10 to 60. Bounds of what
/// was measured (test/unit/guest/proving_price_test.cpp holds them to the guest), rounded up.
u64 proving_cycles(precompile which, bytes_view input) noexcept;

}  // namespace ashlar::evm
