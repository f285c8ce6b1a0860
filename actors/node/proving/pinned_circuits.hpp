#pragma once

#include "runtime/stark/recursion_prover/circuit_pin.hpp"

namespace ashlar::node {

/// What chains of this build have pinned of the circuits that make proofs for L1
/// (configs/chain/ashlar-circuits.commitment): their set's root, and the key that the verifier on
/// L1 is written for. They are over the pinned program's proofs. The error, a sentence, is a
/// build's whose circuits were changed and not pinned.
const result<stark::circuit_pin, std::string>& pinned_circuits();

}  // namespace ashlar::node
