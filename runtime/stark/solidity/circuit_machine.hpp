#pragma once

#include "runtime/stark/recursion/circuit_set.hpp"
#include "runtime/stark/recursion/recursion_params.hpp"
#include "runtime/stark/solidity/l1_machine.hpp"

namespace ashlar::stark {

/// The machine of a circuit whose eight public values are the digest of a list of batches and the
/// root of the set of programs: the outermost layer's. It has all that contracts and their calls
/// are written from, and nothing to prove with.
class circuit_machine {
 public:
  circuit_machine(std::string name, const proof_params& params, const circuit_key& key);
  circuit_machine(const circuit_machine&) = delete;
  circuit_machine& operator=(const circuit_machine&) = delete;

  /// Lives as long as this.
  const l1_machine& machine() const noexcept { return machine_; }

 private:
  proof_params params_;
  proving_key key_;
  l1_machine machine_;
};

/// The key of the outer circuit for a recursion's parameters, from which its contracts are written.
/// Neither programs nor the set decide it. Costs the circuit's record and a commitment to its 24
/// fixed columns.
result<circuit_key, record_failure> outer_key(const recursion_params& params,
                                              const proof_params& outer, prover_backend& backend);

/// The Solidity of an outer circuit's verifier, to be compiled by the script `compile`.
std::string outer_source(const proof_params& params, const circuit_key& outer);
/// What its contracts' names start with.
inline constexpr std::string_view outer_name = "Outer";

/// A digest of Poseidon2, in the form that the contracts have it in.
hash256 l1_form(const hash256& digest) noexcept;

/// circuit_chips as provers and contracts see them; made once.
const std::vector<const prover_air*>& circuit_prover_airs();

}  // namespace ashlar::stark
