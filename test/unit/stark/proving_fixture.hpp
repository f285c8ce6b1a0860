#pragma once

#include <catch2/catch.hpp>

#include "test/unit/stark/toy_machine.hpp"

namespace ashlar::stark {

/// An execution's proofs and what they claim.
struct proved {
  std::vector<std::vector<std::vector<gl>>> publics;
  std::vector<bytes> proofs;
  std::vector<bytes_view> views() const { return {proofs.begin(), proofs.end()}; }
};

/// In a test case: once for each hash, its insecure parameters.
inline const proof_params& each_hash() {
  static const proof_params sets[] = {insecure_test, insecure_poseidon2, insecure_keccak};
  return sets[GENERATE(0, 1, 2)];
}

/// The toy machine on the CPU backend.
struct proving_fixture {
  explicit proving_fixture(const proof_params& p = insecure_test,
                           std::vector<matrix> fixed = toy::machine::fixed())
      : params(p), key(make_proving_key(params, *backend, machine.list(), std::move(fixed))) {}

  proved prove(std::vector<segment_trace> traces) {
    proved out;
    for (const auto& t : traces) out.publics.push_back(t.publics);
    auto proofs = prove_segments(params, key, *backend, std::move(traces));
    REQUIRE(proofs.ok());
    out.proofs = std::move(proofs).value();
    return out;
  }
  /// Nothing when the verifier accepts.
  std::optional<verify_error> error_of(const proved& p) const {
    const auto r = verify_segments(params, key.key, p.publics, p.views());
    if (r.ok()) return std::nullopt;
    return r.error().what;
  }

  const proof_params params;
  toy::machine machine;
  std::unique_ptr<prover_backend> backend = make_cpu_backend(2);
  proving_key key;
};

}  // namespace ashlar::stark
