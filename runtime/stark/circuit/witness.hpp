#pragma once

#include <functional>

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

/// Runs work(first, last) over pieces that make up [0, n), on one thread or on many.
using row_splitter = std::function<void(
    std::size_t n, const std::function<void(std::size_t first, std::size_t last)>& work)>;

/// Runs a circuit on its input. What the rows hold besides the values of cells is filled in by
/// `split`; null: on this thread. A failure says that there is no witness with this input: of a
/// circuit that verifies a proof, that the proof is not valid.
result<circuit_witness, circuit_failure> run_circuit(const circuit& c, std::span<const gl> input,
                                                     const std::array<gl, 8>& publics,
                                                     const row_splitter& split = {});

}  // namespace ashlar::stark
