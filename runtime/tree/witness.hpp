#pragma once

#include "runtime/base/result.hpp"
#include "runtime/tree/leaf.hpp"
#include "runtime/tree/tree_error.hpp"

namespace ashlar::tree {

inline constexpr u8 witness_version = 1;

/// One Merkle proof for many leaves: what a batch reads and writes, against the state before it.
struct witness {
  /// Whether the path of the first free position is covered, so that leaves can be appended.
  bool appends = false;
  /// Ascending by index: every leaf read or written; for each key that is absent, its predecessor
  /// and that leaf's next.
  std::vector<placed_leaf> leaves;
  /// The roots of the subtrees beside the covered paths, level by level from the leaves up, left
  /// to right in each level; without those that can be computed from what is covered and without
  /// the empty ones.
  std::vector<hash256> siblings;

  friend bool operator==(const witness&, const witness&) = default;
};

/// version u8 = 1 ‖ flags u8 (bit 0: appends) ‖ number of leaves ‖ leaves ‖ siblings, 32 bytes
/// each, to the end. A leaf is: index (the first as it is, others less the one before and less one)
/// ‖ key 32 ‖ value 32 ‖ next. Numbers are LEB128 in the shortest form. One encoding per witness.
bytes encode(const witness& w);

/// Total: takes any bytes, uses memory in proportion to their number. Does not check the proof.
/// Errors: those of the first group of tree_error, index_order.
result<witness, tree_error> decode_witness(bytes_view from);

}  // namespace ashlar::tree
