#pragma once

#include <variant>

#include "runtime/stark/circuit/witness.hpp"
#include "runtime/stark/prover/cpu_memory.hpp"
#include "runtime/stark/prover/prover.hpp"
#include "runtime/stark/recursion/circuit_set.hpp"

namespace ashlar::stark {

/// Why a circuit has no proof with an input.
struct circuit_prove_failure {
  /// It does not hold; the prover could not go on; what it made is refused by the verifier, which
  /// only a machine that errs brings about.
  std::variant<circuit_failure, prove_failure, verify_failure> what;
  std::string text() const;
  /// There was no memory for it: with more, it may be tried again.
  bool is_out_of_memory() const noexcept;
};

/// Whether `proof` shows that the key's circuit holds with these public values. Total; cost is
/// bounded by the proof's length.
status<verify_failure> verify_circuit(const proof_params& params, const verifying_key& key,
                                      const std::array<gl, 8>& publics, bytes_view proof);

/// A recorded circuit that is proved on one backend. The fixed columns are committed to when they
/// are first needed; they may be let go of between proofs, which costs committing again.
class circuit_prover {
 public:
  /// Commits to nothing yet. The backend outlives this. `split`: as of run_circuit.
  circuit_prover(const proof_params& params, circuit of, prover_backend& backend,
                 row_splitter split = {});

  const proof_params& params() const noexcept { return params_; }
  const circuit& of() const noexcept { return circuit_; }
  /// Of the heights of its tables: the fixed columns', and the most while it proves.
  const segment_memory& memory() const noexcept { return memory_; }

  /// Throws std::bad_alloc where the backend has no memory for the fixed columns.
  const verifying_key& key();
  bool is_ready() const noexcept { return proving_.has_value(); }
  void let_go() noexcept { proving_.reset(); }

  /// What `prove` proves. Touches neither backend nor key, so it may be made while another is
  /// proved.
  result<circuit_witness, circuit_prove_failure> run(std::span<const gl> input,
                                                     const std::array<gl, 8>& publics) const;
  /// A proof that verify_circuit has accepted.
  result<bytes, circuit_prove_failure> prove(circuit_witness witness);
  result<bytes, circuit_prove_failure> prove(std::span<const gl> input,
                                             const std::array<gl, 8>& publics);

 private:
  const proof_params& params_;
  circuit circuit_;
  prover_backend& backend_;
  row_splitter split_;
  segment_memory memory_;
  std::optional<proving_key> proving_;
  std::optional<verifying_key> key_;  // stays when the fixed columns go
};

}  // namespace ashlar::stark
