#include "runtime/stark/recursion_prover/list_steps.hpp"

#include "runtime/stark/recursion/node_input.hpp"

namespace ashlar::stark {

node_claim run_claim::claim() const {
  return {claim_kind::span, run.digest(), run_start, run_end(end_state, run.count), {}};
}

list_steps::list_steps(const circuit_catalog& catalog, const circuit_set& set,
                       std::vector<run_claim> runs)
    : catalog_(catalog), set_(set), runs_(std::move(runs)), lists_{hash256{}} {
  for (const run_claim& r : runs_) lists_.push_back(list_with(lists_.back(), r.run.output));
  for (const proof_step& s : schedule_of_list(static_cast<u32>(runs_.size()))) {
    if (s.kind == step_kind::outer) {
      planned_.push_back({s, catalog_.outer(), publics_of(lists_.back(), set_.root())});
      continue;
    }
    const std::size_t circuit = s.kind == step_kind::given      ? runs_[s.number].circuit()
                                : s.kind == step_kind::complete ? circuit_catalog::complete
                                                                : circuit_catalog::join;
    claims_.push_back(claim_of(s));
    planned_.push_back({s, circuit, publics_of(claims_.back().digest(), set_.root())});
  }
}

node_claim list_steps::claim_of(const proof_step& s) const {
  if (s.kind == step_kind::given) return runs_[s.number].claim();
  if (s.kind == step_kind::complete)
    return claim_of_batch(lists_[s.number], runs_[s.number].run.output);
  const auto both = joined(claims_[s.of[0]], claims_[s.of[1]]);
  ensure(both.has_value());  // neighbours, of one chain of lists
  return *both;
}

void list_steps::give(step_prover& to) {
  for (u32 i = 0; i < runs_.size(); ++i) to.give(i, std::move(runs_[i].proof));
}

result<std::vector<gl>, recursion_failure> list_steps::input_of(u32 step,
                                                                const step_prover& proofs) const {
  const proof_step& s = planned_[step].step;
  const auto below = [&](unsigned i) {
    const u32 of = s.of[i];
    return proved_claim{planned_[of].circuit, claims_[of], proofs.proof(of)};
  };
  const auto elements = [](auto made) -> result<std::vector<gl>, recursion_failure> {
    if (!made) return fail(recursion_failure{recursion_error::failed, describe(made.error())});
    return std::move(made->elements);
  };
  const recursion_params& params = catalog_.plan().params;
  if (s.kind == step_kind::complete)
    return elements(
        input_of_complete(params, set_, below(0), runs_[s.number].run, lists_[s.number]));
  if (s.kind == step_kind::join) return elements(input_of_join(params, set_, below(0), below(1)));
  return elements(input_of_outer(params, set_, below(0)));
}

}  // namespace ashlar::stark
