#pragma once

#include "runtime/stark/recursion/circuit_set.hpp"
#include "runtime/stark/recursion/leaf_input.hpp"
#include "runtime/stark/recursion/recursion_params.hpp"

// What the circuits that verify proofs of circuits are run with.

namespace ashlar::stark {

/// A proof of a circuit of the set.
struct proved_claim {
  std::size_t member = 0;  ///< of the set
  node_claim claim;
  bytes proof;
};

enum class node_error : u8 {
  proof,       ///< refused: see `inner`
  apart,       ///< the claims do not fit together
  incomplete,  ///< the claim is not that of a whole run, or not of the run and list that are given
  not_a_list,  ///< not of a list from the empty one on
};
struct node_failure {
  node_error what;
  verify_failure inner{};
};
std::string describe(const node_failure& f);

result<node_input, node_failure> input_of_wrap(const recursion_params& params,
                                               const circuit_set& set, const proved_claim& of);
/// Of either join: what is read of a proof depends on its member's heights.
result<node_input, node_failure> input_of_join(const recursion_params& params,
                                               const circuit_set& set, const proved_claim& left,
                                               const proved_claim& right);
/// `list`: the digest of the list that the batch is to follow.
result<node_input, node_failure> input_of_complete(const recursion_params& params,
                                                   const circuit_set& set, const proved_claim& of,
                                                   const run_facts& run, const hash256& list);

/// The outer circuit states no claim of the set's form.
struct outer_input {
  std::vector<gl> elements;
  std::array<gl, 8> publics;
};
result<outer_input, node_failure> input_of_outer(const recursion_params& params,
                                                 const circuit_set& set, const proved_claim& of);

}  // namespace ashlar::stark
