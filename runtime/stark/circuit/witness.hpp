#pragma once

#include "runtime/base/result.hpp"
#include "runtime/stark/circuit/circuit.hpp"

namespace ashlar::stark {

enum class circuit_error : u8 {
  assertion,       ///< a row that asserts something finds it false
  not_base,        ///< an element outside of the base field where one in it must stand
  input_ends,      ///< fewer elements of input than the circuit takes
  input_too_long,  ///< or more
};
std::string_view describe(circuit_error e) noexcept;

struct circuit_failure {
  circuit_error what;
  std::size_t step = 0;  ///< at which it happened
  std::string section;   ///< what is recorded there
};

/// The main tables of circuit_chips, in order.
struct circuit_witness {
  std::vector<matrix> main;
  std::array<gl, 8> publics;
  /// As the machine's prover wants them, one list a table.
  std::vector<std::vector<gl>> public_lists() const {
    return {{publics.begin(), publics.end()}, {}};
  }
};

/// Runs a circuit on its input. A failure says that there is no witness with this input: of a
/// circuit that verifies a proof, that the proof is not valid.
result<circuit_witness, circuit_failure> run_circuit(const circuit& c, std::span<const gl> input,
                                                     const std::array<gl, 8>& publics);

}  // namespace ashlar::stark
