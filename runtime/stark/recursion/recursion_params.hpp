#pragma once

#include "runtime/stark/circuit/circuit.hpp"
#include "runtime/stark/verifier/verifier.hpp"

namespace ashlar::stark {

/// Circuits that are proved with the same parameters, padded to the same heights.
struct circuit_class {
  proof_params proofs;
  circuit_heights heights;
};

/// What the circuits of a set are made for; each has it compiled in.
struct recursion_params {
  proof_params segment;      ///< of the parts of runs
  circuit_class big, small;  ///< leaves; all other circuits of the set. Their heights differ
  unsigned set_depth = 0;    ///< of the set's tree (circuit_set.hpp)

  const circuit_class& class_of(const circuit_heights& heights) const noexcept {
    return heights == big.heights ? big : small;
  }
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
