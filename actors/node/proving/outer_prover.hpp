#pragma once

#include "actors/node/proving/outer_proof.hpp"
#include "actors/node/proving/recursion.hpp"

namespace ashlar::node {

/// A prover for L1 with the verifier that its proofs are sent to: that of the pinned circuits.
class outer_prover {
 public:
  /// Cheap: circuits are prepared by the first step of `prover`. `contracts`: the verifier's
  /// compiled contracts (`ashlar verifier`); those of another circuit are refused. `open` and
  /// `stages` in `parts` are set here. The error is a sentence for the operator.
  static result<std::unique_ptr<outer_prover>, std::string> open(const std::string& contracts,
                                                                 const recursion_config& recursion,
                                                                 const std::string& folder,
                                                                 prover::l1_prover_parts parts);

  prover::l1_prover& prover() noexcept { return *prover_; }
  const outer_verifier& verifier() const noexcept { return *verifier_; }

 private:
  outer_prover() = default;
  std::unique_ptr<outer_verifier> verifier_;
  std::unique_ptr<prover::l1_prover> prover_;
};

}  // namespace ashlar::node
