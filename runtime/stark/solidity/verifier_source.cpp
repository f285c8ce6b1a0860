#include "runtime/stark/solidity/verifier_source.hpp"

#include <algorithm>

#include "runtime/stark/solidity/head_source.hpp"
#include "runtime/stark/solidity/query_source.hpp"

namespace ashlar::stark {

namespace {

constexpr std::string_view file_head = R"(// SPDX-License-Identifier: Apache-2.0
// Generated from the machine's description and parameters: do not edit.
pragma solidity 0.8.37;
)";

}  // namespace

std::string verifier_source(const l1_machine& machine) {
  ensure(machine.params.hash == hash_kind::keccak);
  const proof_plan plan(machine);
  const std::vector<constraint_part> parts = constraint_parts(machine, plan);
  std::string out(file_head);
  for (std::size_t i = 0; i < parts.size(); ++i)
    out += constraint_source(machine, plan, parts[i], machine.name + "Constraints" + number(i));
  const hash256 state = transcript_of_key(machine.params, machine.key.key).state();
  out += head_writer(machine, plan, parts, state).text();
  out += rows_source(machine, plan);
  return out + leaves_source(machine, plan);
}

proof_pieces cut_proof(const l1_machine& machine, const proof_plan& plan, bytes_view proof) {
  proof_pieces out;
  const auto take = [&proof](std::size_t n) {
    const bytes_view piece = proof.first(std::min(n, proof.size()));
    proof = proof.subspan(piece.size());
    return piece;
  };
  append(out.head, take(plan.head_bytes));
  append(out.tree_caps, take(plan.tree_cap_bytes));
  append(out.layer_caps, take(plan.layer_cap_bytes));
  const std::size_t per_call = plan.rows_batch * plan.leaves_batches;
  out.rows.resize(plan.rows_batches);
  out.leaves.resize(plan.leaves_calls);
  for (std::size_t q = 0; q < machine.params.queries; ++q) {
    append(out.rows[q / plan.rows_batch], take(plan.row_bytes));
    append(out.leaves[q / per_call], take(plan.leaf_bytes));
  }
  append(out.leaves.back(), proof);
  return out;
}

}  // namespace ashlar::stark
