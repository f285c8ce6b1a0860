#include "actors/node/proving/outer_prover.hpp"

#include "actors/node/proving/pinned_circuits.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"

namespace ashlar::node {

result<std::unique_ptr<outer_prover>, std::string> outer_prover::open(
    const std::string& contracts, const recursion_config& recursion, const std::string& folder,
    prover::l1_prover_parts parts) {
  auto compiled = l1::contract_artifacts::load(contracts);
  if (!compiled) return fail(compiled.error());
  const auto& pinned = pinned_circuits();
  if (!pinned) return fail(pinned.error());
  std::unique_ptr<outer_prover> out(new outer_prover);
  // Contracts that are of another circuit are refused before anything starts.
  ASHLAR_TRY(out->verifier_, outer_verifier::open(*compiled, stark::recursion_outer_params,
                                                  pinned->keys.outer, pinned->keys.set.root()));
  parts.open = [recursion](stark::proof_shelf& shelf) { return open_recursion(recursion, shelf); };
  parts.stages = [p = out.get()](const publisher::batch_run& run, const stark::outer_proof& proof,
                                 std::span<const hash256> inputs) {
    return p->verifier_->stages(run, inputs, proof.proof);
  };
  ASHLAR_TRY(out->prover_, prover::l1_prover::open(folder, std::move(parts)));
  return out;
}

}  // namespace ashlar::node
