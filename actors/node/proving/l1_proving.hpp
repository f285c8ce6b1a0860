#pragma once

#include "actors/node/proving/recursion.hpp"

namespace ashlar::node {

/// How a node turns its batches' proofs into proofs for L1.
struct l1_proving_config {
  /// The verifier's compiled contracts (`ashlar verifier`); empty: this node makes no proofs for
  /// L1.
  std::string contracts;
  std::string backend = "cpu";  ///< or cuda, on the device that batches are proved on
  /// Of tables, beside what batches are proved with: this machine's memory, or the device's.
  u64 memory_bytes_max = 12'000'000'000;
  u32 look_ms = 1'000;    ///< between looks at whether there is something to do
  u32 retry_ms = 30'000;  ///< after a failure

  bool is_enabled() const noexcept { return !contracts.empty(); }
  /// What is wrong; empty when nothing is.
  std::string validate() const;
};

/// Makes proofs for L1 on a thread of its own, with the niceness of background work.
class l1_proving {
 public:
  /// `open` in `parts` and `stages` are set here. The error is a sentence for the operator.
  /// `recursion`: its backend and memory are set here, too.
  static result<std::unique_ptr<l1_proving>, std::string> open(const l1_proving_config& config,
                                                               recursion_config recursion,
                                                               const std::string& folder,
                                                               prover::l1_prover_parts parts);
  ~l1_proving();

  /// For the publisher. Lives as long as this.
  publisher::proof_source& source() noexcept;
  /// What is being done, in a few words for people; empty: nothing.
  std::string doing() const;
  /// Asks the thread to end; it does so behind the proof that it makes.
  void stop();

 private:
  struct parts;
  explicit l1_proving(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace ashlar::node
