#pragma once

#include <utility>

#include "runtime/stark/solidity/proof_plan.hpp"

// The verifier of an l1_machine's proofs, as Solidity. See README.md.
namespace ashlar::stark {

/// NameConstraints0 .., NameHead, NameRows, NameVerifier, with marks where linking puts addresses
/// and the set's root (link.hpp). One file; deterministic.
std::string verifier_source(const l1_machine& machine);

/// A proof, cut into what follows the fixed part of each call (see proof_plan). A proof of another
/// length is cut all the same, the last piece being short or long; the contracts refuse it.
struct proof_pieces {
  bytes head, tree_caps, layer_caps;
  std::vector<bytes> rows, leaves;
};
proof_pieces cut_proof(const l1_machine& machine, const proof_plan& plan, bytes_view proof);

}  // namespace ashlar::stark
