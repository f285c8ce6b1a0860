#pragma once

#include "runtime/stark/recursion_prover/circuit_catalog.hpp"

namespace ashlar::stark {

/// The parameters that proofs of batches have which are to go to L1: run_key and parts of runs.
inline constexpr const proof_params& recursion_base_params = segment128;
/// Those of the proof for L1.
inline constexpr const proof_params& recursion_outer_params = outer128;

/// The plan of this product over a program whose key was made with recursion_base_params, on the
/// machine of executions: a leaf for each shape of run/shapes.hpp. Its set's root is what chains
/// pin (configs/chain).
recursion_plan secure_plan(run_key base);

}  // namespace ashlar::stark
