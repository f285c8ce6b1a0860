#pragma once

#include "actors/node/proving/verifier_setup.hpp"
#include "actors/publisher/proof_source.hpp"
#include "runtime/stark/solidity/circuit_machine.hpp"
#include "runtime/stark/solidity/verification.hpp"

namespace ashlar::node {

/// The verifier of one outer circuit and one set of programs: its contracts, and what they are
/// sent.
class outer_verifier {
 public:
  /// `compiled`: from the source that was generated for this circuit (stark::outer_source).
  /// `set_root`: a digest of Poseidon2, as circuits have it. The error is a sentence for the
  /// operator.
  static result<std::unique_ptr<outer_verifier>, std::string> open(
      const l1::contract_artifacts& compiled, const stark::proof_params& params,
      const stark::circuit_key& outer, const hash256& set_root);

  /// In the order of their deployment; the last one is the verifier.
  const verifier_contracts& contracts() const noexcept { return contracts_; }
  const address& at() const noexcept { return contracts_.back().at; }
  /// As the contracts have it.
  const hash256& set_root() const noexcept { return set_root_; }

  /// The stages for the publisher of a proof of the outer circuit for these batches, by their
  /// public inputs. The proof is verified first; the error is a sentence.
  result<publisher::run_proof, std::string> stages(const publisher::batch_run& run,
                                                   std::span<const hash256> inputs,
                                                   bytes_view proof) const;

 private:
  outer_verifier(std::string name, const stark::proof_params& params,
                 const stark::circuit_key& outer, const hash256& set_root,
                 verifier_contracts contracts)
      : circuit_(std::move(name), params, outer),
        set_root_(set_root),
        contracts_(std::move(contracts)) {}

  stark::circuit_machine circuit_;
  hash256 set_root_;  // as the contracts have it
  verifier_contracts contracts_;
};

}  // namespace ashlar::node
