#pragma once

#include <functional>
#include <string>

#include "runtime/stark/join/join_input.hpp"
#include "runtime/stark/machine/run_prover.hpp"

namespace ashlar::stark {

/// The join program, and the keys that its runs are proved and checked with. All outlive the
/// prover.
struct join_programs {
  const riscv::program& program;
  const run_proving_key& proving;  ///< of `program`, on the recursion machine
  const program_set& set;          ///< its join key is `proving`'s
};

/// What one layer of joins came to.
struct join_layer {
  u32 joins = 0, segments = 0;  ///< segments of all its runs
  u64 cycles = 0;               ///< of all its runs
  std::size_t proof_bytes = 0;  ///< of all its proofs
};

struct join_options {
  run_proof_options run;
  /// Items that one join takes: what bounds its run.
  std::size_t items_max = 4;
  /// Layers until one segment is left, or an error: each has to make less of what it takes.
  u32 layers_max = 12;
  /// Told after each layer.
  std::function<void(const join_layer&)> progress;
};

/// One run of one segment for all batches. Its output is last_output of the set and the inputs.
struct joined_proof {
  bytes proof;
  hash256 output;
  std::vector<hash256> inputs;
  std::vector<join_layer> layers;
};

/// Joins proofs of batches, in order, layer by layer until a single run of a single segment is
/// left. The error is a sentence: an item that is refused, a run that cannot be proved, or layers
/// that do not get smaller.
result<joined_proof, std::string> prove_joined(const join_params& params,
                                               const join_programs& programs,
                                               prover_backend& backend,
                                               std::vector<join_item> items,
                                               const join_options& options = {});

/// Whether a proof shows that the batches with these public inputs were applied: a last join of one
/// segment, by this set.
status<std::string> verify_joined(const join_params& params, const program_set& set,
                                  std::span<const hash256> inputs, bytes_view proof);

/// What is wrong, for people.
std::string to_text(const join_failure& f);

}  // namespace ashlar::stark
