#pragma once

#include "runtime/stark/circuit/circuit.hpp"
#include "test/support/backend_stages.hpp"

namespace ashlar::test {

/// A circuit with both tables in use, in tables of at least these heights, with an input that it
/// takes: opened rows, hashed and combined, up to about `rows` of sponge_chip.
struct sample_circuit {
  stark::circuit of;
  std::vector<stark::gl> input;
};
sample_circuit make_sample_circuit(const stark::circuit_heights& heights, u32 rows);

/// Proofs of circuits by the parameters that recursion has: the same bytes by both backends.
void add_circuit_stages(std::vector<backend_stage>& to, bool large);

}  // namespace ashlar::test
