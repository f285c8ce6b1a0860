#include "actors/node/outer_proof.hpp"

#include <algorithm>

namespace ashlar::node {

publisher::run_proof run_proof_of(const publisher::batch_run& run,
                                  const verifier_contracts& contracts,
                                  stark::verification verification) {
  const auto at = [&](std::string_view symbol) {
    const auto found = std::find_if(contracts.begin(), contracts.end(),
                                    [&](const auto& c) { return c.symbol == symbol; });
    ensure(found != contracts.end());
    return found->at;
  };
  using receiver = stark::verification_call::receiver;
  publisher::run_proof out;
  out.run = run;
  out.verifier = at("Verifier");
  out.output = verification.output;
  for (stark::verification_call& c : verification.calls)
    out.stages.push_back({c.to == receiver::head   ? at("Head")
                          : c.to == receiver::rows ? at("Rows")
                                                   : out.verifier,
                          std::move(c.calldata), c.gas_limit});
  out.progress_call = std::move(verification.progress_call);
  return out;
}

}  // namespace ashlar::node
