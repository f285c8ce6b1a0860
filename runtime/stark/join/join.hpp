#pragma once

#include "runtime/stark/join/program_set.hpp"

// A join verifies proofs of runs, each of the base program or of the join program itself, and
// leaves one output for all of their batches. A batch is known by the output of its base run, its
// public input's hash.
namespace ashlar::stark {

/// The parameters of the proofs that a join program accepts: part of the program, never of its
/// input.
struct join_params {
  const proof_params& base;
  const proof_params& join;
};
inline constexpr join_params secure_join = {segment128, join128};

enum class join_kind : u8 {
  inner,  ///< goes into a further join
  last,   ///< goes to L1
};

inline constexpr u64 join_items_max = 1u << 12;
inline constexpr u64 join_inputs_max = 1u << 12;

/// The output of an inner join of these batches: Poseidon2 over "ashlar join", the set's root, the
/// number of batches and their public inputs' hashes in order.
hash256 inner_output(const hash256& set_root, std::span<const hash256> inputs);

/// The output of a last one: keccak256(set root ‖ acc), where acc = keccak256(acc ‖ input) over the
/// batches, from zero: what a chain's contract computes of its stored batches.
hash256 last_output(const hash256& set_root, std::span<const hash256> inputs);

/// The output that a join of either kind leaves.
hash256 join_output(join_kind kind, const hash256& set_root, std::span<const hash256> inputs);

enum class join_error : u8 {
  unreadable,   ///< the input ends early, or its program set is none
  kind,         ///< neither inner nor last
  item_count,   ///< no items, or more than join_items_max
  item_kind,    ///< neither a base run nor a join
  input_count,  ///< an inner join of no batches, or of more than join_inputs_max in all
  run,          ///< an item's proof is refused: see `inner`
};
struct join_failure {
  join_error what;
  u32 item = 0;  ///< 1, 2, ...
  run_failure inner{};
};
std::string_view describe(join_error e) noexcept;

// The input, numbers of two words, low first:
//
//   kind (0 inner, 1 last), the program set, the number of items, and for each
//     0 (a base run), its batch's input; or 1 (an inner join), the number of its batches and their
//     inputs
//     the number of segments and for each cycles and end_pc (run_verifier.hpp)
//     the commitments of memory and of all segments, then the rest of their proofs in this order
//
// It is untrusted throughout.

/// What the join program computes: checks every item and gives the output. Total where the source
/// is.
result<hash256, join_failure> check_join(const join_params& params, proof_source& input);

}  // namespace ashlar::stark
