#include "actors/node/proving/outer_proof.hpp"

#include <algorithm>

namespace ashlar::node {

namespace {

const stark::verifier_contract& named(const verifier_contracts& contracts,
                                      std::string_view symbol) {
  const auto found = std::find_if(contracts.begin(), contracts.end(),
                                  [&](const auto& c) { return c.symbol == symbol; });
  ensure(found != contracts.end());
  return *found;
}

bool has(const bytes& code, const hash256& word) {
  return std::search(code.begin(), code.end(), word.begin(), word.end()) != code.end();
}

}  // namespace

result<std::unique_ptr<outer_verifier>, std::string> outer_verifier::open(
    const l1::contract_artifacts& compiled, const stark::proof_params& params,
    const stark::circuit_key& outer, const hash256& set_root) {
  ASHLAR_TRY(std::string name, verifier_name(compiled));
  const hash256 root = stark::l1_form(set_root);
  ASHLAR_TRY(verifier_contracts contracts, link_verifier(compiled, name, root));
  // What checks the opened rows has the root of the circuit's fixed columns in its code.
  if (!has(named(contracts, "Rows").init_code, outer.fixed_root))
    return fail(
        std::string("the verifier was generated for another outer circuit; generate and "
                    "compile it again"));
  return std::unique_ptr<outer_verifier>(
      new outer_verifier(std::move(name), params, outer, root, std::move(contracts)));
}

result<publisher::run_proof, std::string> outer_verifier::stages(const publisher::batch_run& run,
                                                                 std::span<const hash256> inputs,
                                                                 bytes_view proof) const {
  auto made = stark::verification_of(circuit_.machine(), set_root_, inputs, proof);
  if (!made)
    return fail("the proof for L1 is refused: " + std::string(describe(made.error().what)));
  using receiver = stark::verification_call::receiver;
  publisher::run_proof out;
  out.run = run;
  out.verifier = at();
  out.output = made->output;
  for (stark::verification_call& c : made->calls) {
    const address& to = c.to == receiver::head   ? named(contracts_, "Head").at
                        : c.to == receiver::rows ? named(contracts_, "Rows").at
                                                 : at();
    out.stages.push_back({to, std::move(c.calldata), c.gas_limit});
  }
  out.progress_call = std::move(made->progress_call);
  return out;
}

}  // namespace ashlar::node
