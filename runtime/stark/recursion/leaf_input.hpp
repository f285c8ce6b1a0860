#pragma once

#include "runtime/stark/recursion/node_claim.hpp"
#include "runtime/stark/verifier/proof_source.hpp"

namespace ashlar::stark {

/// What a circuit is run with (run_circuit), and what it then states.
struct node_input {
  std::vector<gl> elements;
  node_claim claim;
  /// The public values in a set.
  std::array<gl, 8> publics(const hash256& set_root) const {
    return publics_of(claim.digest(), set_root);
  }
};

/// A run as its parts' circuits see it: what they have in common, and the cuts between them.
struct run_outline {
  run_facts facts;
  std::vector<segment_claim> segments;
  std::vector<cut> cuts;  ///< in front of memory's part, and behind each: segments + 2
};
/// From the commitments that the parts start with; their proofs need not be there yet.
run_outline outline_of(const proof_params& params, const run_key& key, const hash256& output,
                       const segment_commitment& memory, std::span<const segment_claim> claims,
                       std::span<const segment_commitment> segments);
/// From a whole proof (read_run). A failure's `detail` is the part whose commitment is cut short.
result<run_outline, verify_failure> outline_of(const proof_params& params, const run_key& key,
                                               const hash256& output, const run_parts& parts);

/// What the leaf of memory's part, and of segment `number` (1, 2, ..), is run with. Fails where the
/// part is refused.
result<node_input, verify_failure> input_of_memory_leaf(const proof_params& params,
                                                        const run_key& key, const run_outline& run,
                                                        bytes_view part);
result<node_input, verify_failure> input_of_segment_leaf(const proof_params& params,
                                                         const run_key& key, const run_outline& run,
                                                         u32 number, bytes_view part);

}  // namespace ashlar::stark
