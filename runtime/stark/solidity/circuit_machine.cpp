#include "runtime/stark/solidity/circuit_machine.hpp"

#include "runtime/stark/circuit/machine.hpp"
#include "runtime/stark/recursion/node.hpp"
#include "runtime/stark/recursion/node_claim.hpp"
#include "runtime/stark/solidity/verifier_source.hpp"

namespace ashlar::stark {

namespace {

proving_key key_without_trees(const circuit_key& key) {
  proving_key out;
  out.key = key.verifier();
  out.airs = circuit_prover_airs();
  return out;
}

}  // namespace

const std::vector<const prover_air*>& circuit_prover_airs() {
  static const std::vector<prover_air> made = [] {
    std::vector<prover_air> out;
    circuit_chips::each([&]<class Chip>() { out.push_back(prover_air_of<Chip>()); });
    return out;
  }();
  static const std::vector<const prover_air*> airs = [] {
    std::vector<const prover_air*> out;
    for (const prover_air& air : made) out.push_back(&air);
    return out;
  }();
  return airs;
}

result<circuit_key, record_failure> outer_key(const recursion_params& params,
                                              const proof_params& outer, prover_backend& backend) {
  ASHLAR_TRY(const circuit made, record_outer(params));
  const proving_key key = make_proving_key(outer, backend, circuit_prover_airs(), made.fixed());
  return circuit_key::of(key.key);
}

std::string outer_source(const proof_params& params, const circuit_key& outer) {
  const circuit_machine circuit(std::string(outer_name), params, outer);
  return verifier_source(circuit.machine());
}

hash256 l1_form(const hash256& digest) noexcept {
  return digest_of(elements_of(digest));
}

circuit_machine::circuit_machine(std::string name, const proof_params& params,
                                 const circuit_key& key)
    : params_(params),
      key_(key_without_trees(key)),
      machine_{std::move(name), params_, key_, {key.heights.alu, key.heights.sponge}, {}} {
  // Of alu; sponge has none.
  machine_.publics.resize(2);
  for (const auto from : {public_source::kind::list, public_source::kind::set_root})
    for (u32 i = 0; i < 4; ++i) machine_.publics[0].push_back({from, i, {}});
}

}  // namespace ashlar::stark
