#pragma once

#include "runtime/stark/recursion_prover/list_steps.hpp"

namespace ashlar::stark {

/// A proof for L1: behind the set's circuits there are runs of the base program, one a batch, whose
/// outputs are this list.
struct outer_proof {
  hash256 list;      ///< list_with over the outputs, from the empty list
  hash256 set_root;  ///< circuit_set::root
  bytes proof;
};

/// The same as a file: "ashlarou", version 1 (u32, little-endian), list, set's root, proof. Nothing
/// of it is trusted. Decoding: nothing where it is no such file.
bytes encode_outer(const outer_proof& proof);
std::optional<outer_proof> decode_outer(bytes_view file);

/// The digest of a list of batches.
hash256 list_of(std::span<const hash256> outputs);

/// Whether `proof` shows what it says, to whoever holds the outer circuit's key. Total.
status<verify_failure> verify_outer(const proof_params& params, const circuit_key& key,
                                    const outer_proof& proof);

struct recursion_options {
  /// Of the backend's tables. What it cannot hold beside a proof is made again when it is needed.
  std::size_t memory_bytes_max = ~std::size_t{0};
  /// The circuits' keys where they are known (circuit_pin.hpp): then none is made that is not used,
  /// and a circuit with another key is an error.
  std::optional<recursion_keys> pinned;
  /// Threads that fill tables for the backend; 0: one a processor.
  unsigned workers = 0;
  /// Makes the next proof's witness while one is proved: for a backend that leaves the processors
  /// alone. Takes that witness' memory, up to 0.7 GB.
  bool witness_ahead = false;
};

/// From proofs of runs to one proof for L1. A run is one batch and is known by its output. What is
/// made lies on the shelf: whoever asks again, after a restart or a failure, gets what is left to
/// be done done. One thread at a time.
class recursion_prover {
 public:
  /// Without pinned keys it records the circuits, and makes their keys where they are not kept:
  /// seconds, or a minute. Backend and shelf outlive the prover. The error is a sentence.
  static result<std::unique_ptr<recursion_prover>, std::string> open(
      recursion_plan plan, prover_backend& backend, proof_shelf& shelf,
      const recursion_options& options = {});

  const recursion_plan& plan() const noexcept { return catalog_.plan(); }
  const recursion_keys& keys() const noexcept { return *keys_; }
  const hash256& set_root() const noexcept { return keys_->set.root(); }

  /// Whether a proof of one claim of the whole run with this output is on the shelf.
  bool has_run(const hash256& output) { return find_run(output).has_value(); }
  /// Makes it from a proof of the run.
  status<recursion_failure> prove_run_claim(const hash256& output, bytes_view run_proof,
                                            const recursion_calls& calls = {});
  void forget_run(const hash256& output);

  /// The proof for L1 where it is on the shelf.
  std::optional<outer_proof> find_outer(std::span<const hash256> outputs);
  /// Makes it. Each batch's run must be proved as one claim. Precondition: there are outputs.
  result<outer_proof, recursion_failure> prove_outer(std::span<const hash256> outputs,
                                                     const recursion_calls& calls = {});
  void forget_outer(std::span<const hash256> outputs);

 private:
  recursion_prover(recursion_plan plan, prover_backend& backend, proof_shelf& shelf,
                   const recursion_options& options)
      : catalog_(std::move(plan)),
        pool_(catalog_, backend, options.memory_bytes_max, options.workers),
        shelf_(shelf),
        witness_ahead_(options.witness_ahead) {}

  step_parts parts() { return {catalog_, *keys_, pool_, shelf_, witness_ahead_}; }
  hash256 run_name(const hash256& output) const;
  std::optional<run_claim> find_run(const hash256& output);
  std::array<gl, 8> outer_publics(std::span<const hash256> outputs) const;
  template <class T>
  result<T, recursion_failure> forget_stale(result<T, recursion_failure> made);

  circuit_catalog catalog_;
  prover_pool pool_;
  proof_shelf& shelf_;
  bool witness_ahead_;
  std::optional<hash256> keys_name_;  // of kept keys; nothing where they are pinned
  std::optional<recursion_keys> keys_;
};

}  // namespace ashlar::stark
