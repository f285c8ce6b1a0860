#pragma once

#include "actors/node/verifier_setup.hpp"
#include "actors/publisher/proof_source.hpp"
#include "runtime/stark/solidity/verification.hpp"

namespace ashlar::node {

/// A verification as the publisher sends it: its calls, each to the contract that it is for.
/// `contracts` are those that the machine's source was compiled to, linked for the same set.
publisher::run_proof run_proof_of(const publisher::batch_run& run,
                                  const verifier_contracts& contracts,
                                  stark::verification verification);

}  // namespace ashlar::node
