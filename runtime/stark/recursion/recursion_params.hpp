#pragma once

#include "runtime/stark/circuit/circuit.hpp"
#include "runtime/stark/verifier/verifier.hpp"

namespace ashlar::stark {

/// What the circuits of a set are made for; each has it compiled in.
struct recursion_params {
  proof_params segment;  ///< of the parts of runs
  proof_params circuit;  ///< of proofs of the set's circuits
  /// Leaves are padded to `big`, all other circuits of the set to `small`.
  circuit_heights big, small;
  unsigned set_depth = 0;  ///< of the set's tree (circuit_set.hpp)
};

enum class record_error : u8 {
  parameters,  ///< not of Poseidon2, or with caps: circuits verify whole paths
  shape,       ///< parameters and heights do not go together: see `inner`
  too_tall,    ///< the circuit needs taller tables than it is to be padded to: see `needed`
};
struct record_failure {
  record_error what;
  verify_failure inner{};
  circuit_heights needed{};
};
std::string describe(const record_failure& f);

}  // namespace ashlar::stark
