#pragma once

#include "actors/node/proving/outer_proof.hpp"
#include "actors/node/stack.hpp"
#include "test/e2e/crash/rig.hpp"

namespace ashlar::test {

/// What `ashlar node` makes of a rig's node.toml, its keys open.
node::stack_config read_stack_config(const std::string& path);

/// The same node, which proves its batches and settles them: real proofs, small enough that a test
/// waits for many. The prover role's are of a tiny program that commits to the batch's public
/// input, which the engine computes from the witness; those for L1 are of a circuit that verifies
/// nothing (test/solidity/stated_circuit.hpp), of every run whose batches the role has proved.
node::stack_config settling(node::stack_config config);

/// The verifier of those proofs for L1. Every call makes its keys, some tenths of a second.
std::unique_ptr<node::outer_verifier> settling_verifier();
/// Puts it on the rig's L1 and has the chain's governor name it. The governor's delay must be 0.
void put_verifier_on(const rig& r);

}  // namespace ashlar::test
