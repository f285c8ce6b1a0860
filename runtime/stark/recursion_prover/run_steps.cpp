#include "runtime/stark/recursion_prover/run_steps.hpp"

#include "runtime/stark/recursion/node_input.hpp"

namespace ashlar::stark {
namespace {

std::string name_of_part(u32 part) {
  return part == 0 ? std::string("memory's part") : "segment " + std::to_string(part);
}

auto refused(u32 part, const verify_failure& why) {
  return fail(recursion_failure{
      recursion_error::refused,
      name_of_part(part) + " of the run is refused: " + std::string(describe(why.what))});
}

}  // namespace

result<run_steps, recursion_failure> run_steps::make(const circuit_catalog& catalog,
                                                     const circuit_set& set, const hash256& output,
                                                     bytes_view proof) {
  run_steps out(catalog, set);
  const recursion_plan& plan = catalog.plan();
  auto parts = read_run(plan.base.entry, proof);
  if (!parts)
    return fail(recursion_failure{
        recursion_error::refused,
        "the run's proof is refused: " + std::string(describe(parts.error().what))});
  out.parts_ = std::move(*parts);
  auto outline = outline_of(plan.params.segment, plan.base, output, out.parts_);
  if (!outline) return refused(outline.error().detail, outline.error());
  out.outline_ = std::move(*outline);
  ASHLAR_CHECK(out.plan());
  return out;
}

/// The leaf for a part's heights.
std::optional<std::size_t> run_steps::leaf_of(u32 part) const {
  const run_key& key = catalog_->plan().base;
  const auto commitment = part == 0 ? read_commitment(key.memory, parts_.memory)
                                    : read_commitment(key.execution, parts_.segments[part - 1]);
  ensure(commitment.ok());  // outline_of has read it
  return part == 0 ? catalog_->memory_leaf(commitment->heights_log2)
                   : catalog_->segment_leaf(commitment->heights_log2);
}

result<node_input, verify_failure> run_steps::leaf_input(u32 part) const {
  const recursion_plan& plan = catalog_->plan();
  if (part == 0)
    return input_of_memory_leaf(plan.params.segment, plan.base, outline_, parts_.memory);
  return input_of_segment_leaf(plan.params.segment, plan.base, outline_, part,
                               parts_.segments[part - 1]);
}

/// What each step claims. The leaves' claims are natively checked; what follows from them follows.
status<recursion_failure> run_steps::plan() {
  for (const proof_step& s : schedule_of_run(outline_.facts.count)) {
    std::size_t circuit = s.kind == step_kind::wrap        ? circuit_catalog::wrap
                          : s.kind == step_kind::leaf_join ? circuit_catalog::leaf_join
                                                           : circuit_catalog::join;
    if (s.kind == step_kind::leaf) {
      const auto leaf = leaf_of(s.number);
      if (!leaf)
        return fail(recursion_failure{
            recursion_error::shape,
            name_of_part(s.number) + " has tables of heights that no circuit is made for"});
      circuit = *leaf;
      const auto input = leaf_input(s.number);
      if (!input) return refused(s.number, input.error());
      claims_.push_back(input->claim);
    } else if (s.kind == step_kind::wrap) {
      claims_.push_back(claims_[s.of[0]]);
    } else {
      const auto both = joined(claims_[s.of[0]], claims_[s.of[1]]);
      ensure(both.has_value());  // of one outline
      claims_.push_back(*both);
    }
    planned_.push_back({s, circuit, publics_of(claims_.back().digest(), set_->root())});
  }
  if (!claims_.back().sum.is_zero())
    return fail(recursion_failure{recursion_error::refused,
                                  "the memories of the run's segments do not fit together"});
  return nothing{};
}

result<std::vector<gl>, recursion_failure> run_steps::input_of(u32 step,
                                                               const step_prover& proofs) const {
  const proof_step& s = planned_[step].step;
  const auto below = [&](unsigned i) {
    const u32 of = s.of[i];
    return proved_claim{planned_[of].circuit, claims_[of], proofs.proof(of)};
  };
  const recursion_params& params = catalog_->plan().params;
  if (s.kind == step_kind::leaf) {
    auto made = leaf_input(s.number);
    if (!made) return refused(s.number, made.error());
    return std::move(made->elements);
  }
  auto made = s.kind == step_kind::wrap ? input_of_wrap(params, *set_, below(0))
                                        : input_of_join(params, *set_, below(0), below(1));
  if (!made) return fail(recursion_failure{recursion_error::failed, describe(made.error())});
  return std::move(made->elements);
}

}  // namespace ashlar::stark
