#pragma once

#include <string>

namespace ashlar::stark {

/// Functions of Solidity for the verifier: `listOf(inputs)`, the two digests of a list of batches'
/// public inputs, the one that proofs state (Poseidon2) and the one that chains compute (keccak).
std::string list_functions();

}  // namespace ashlar::stark
