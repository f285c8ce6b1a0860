#pragma once

#include "runtime/stark/circuit/circuit.hpp"
#include "runtime/stark/solidity/l1_machine.hpp"

namespace ashlar::stark {

/// A circuit whose eight public values are the digest of a list of batches and the root of the set
/// of programs: the outermost layer's. The key is that of the circuit, made for circuit_chips.
l1_machine circuit_machine(std::string name, const proof_params& params, const proving_key& key,
                           const circuit& of);

}  // namespace ashlar::stark
