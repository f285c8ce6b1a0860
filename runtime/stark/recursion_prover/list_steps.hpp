#pragma once

#include "runtime/stark/recursion/node_claim.hpp"
#include "runtime/stark/recursion_prover/step_prover.hpp"

namespace ashlar::stark {

/// A proof of one claim of a whole run.
struct run_claim {
  run_facts run;
  hash256 end_state;  ///< of the run's transcript behind its last part
  bytes proof;

  node_claim claim() const;
  /// By which circuit it is proved: the last step's of schedule_of_run.
  std::size_t circuit() const noexcept {
    return run.count == 1 ? circuit_catalog::leaf_join : circuit_catalog::join;
  }
};

/// The steps from such proofs of consecutive batches to the one proof for L1.
class list_steps {
 public:
  /// `runs`: one a batch, each verified. The references outlive this. Precondition: there are some.
  list_steps(const circuit_catalog& catalog, const circuit_set& set, std::vector<run_claim> runs);

  const std::vector<planned_step>& planned() const noexcept { return planned_; }
  /// Hands the runs' proofs over.
  void give(step_prover& to);
  /// What a step's circuit is run with; the proofs that it verifies are the prover's.
  result<std::vector<gl>, recursion_failure> input_of(u32 step, const step_prover& proofs) const;

 private:
  node_claim claim_of(const proof_step& s) const;

  const circuit_catalog& catalog_;
  const circuit_set& set_;
  std::vector<run_claim> runs_;
  std::vector<hash256> lists_;  // in front of each batch, and behind the last
  std::vector<planned_step> planned_;
  std::vector<node_claim> claims_;  // by step, but the outer one
};

}  // namespace ashlar::stark
