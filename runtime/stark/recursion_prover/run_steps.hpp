#pragma once

#include "runtime/stark/recursion/leaf_input.hpp"
#include "runtime/stark/recursion_prover/step_prover.hpp"

namespace ashlar::stark {

/// The steps from one run's proof to one claim of the whole run. Views the proof.
class run_steps {
 public:
  /// Checks the whole proof natively. Errors: refused, shape. All references outlive this.
  static result<run_steps, recursion_failure> make(const circuit_catalog& catalog,
                                                   const circuit_set& set, const hash256& output,
                                                   bytes_view proof);

  const run_facts& facts() const noexcept { return outline_.facts; }
  /// Of the run's transcript behind the last part.
  const hash256& end_state() const noexcept { return outline_.cuts.back().state; }
  const std::vector<planned_step>& planned() const noexcept { return planned_; }
  /// What a step's circuit is run with; the proofs that it verifies are the prover's.
  result<std::vector<gl>, recursion_failure> input_of(u32 step, const step_prover& proofs) const;

 private:
  run_steps(const circuit_catalog& catalog, const circuit_set& set) noexcept
      : catalog_(&catalog), set_(&set) {}
  std::optional<std::size_t> leaf_of(u32 part) const;
  result<node_input, verify_failure> leaf_input(u32 part) const;
  status<recursion_failure> plan();

  const circuit_catalog* catalog_;
  const circuit_set* set_;
  run_parts parts_;
  run_outline outline_;
  std::vector<planned_step> planned_;
  std::vector<node_claim> claims_;  // by step
};

}  // namespace ashlar::stark
