#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::tree {

enum class tree_error : u8 {
  // Decoding a witness.
  truncated,         // the input ends inside a field
  unknown_version,   // first byte
  unknown_flags,     // second byte
  malformed_varint,  // not the shortest form, or beyond 64 bits
  trailing_bytes,    // what follows the leaves is not a whole number of hashes
  // Checking it.
  leaf_count_range,  // less than two, or more than the limit
  index_order,       // leaf indexes not strictly ascending
  index_range,       // a leaf's index or next is not below the leaf count
  duplicate_key,     // two leaves have one key
  sibling_missing,   // fewer hashes than the shape of the proof needs
  sibling_surplus,   // more hashes than that
  empty_sibling,     // an empty subtree claimed where there are leaves
  root_mismatch,     // the leaves and siblings give another root
  // Using a tree.
  not_covered,       // the witness neither has the key nor proves its absence
  frontier_missing,  // a leaf is to be appended, and the witness has no append path
  reserved_key,      // a sentinel's key
  improper_updates,  // not sorted, a key twice, or a reserved key
  tree_full,         // the limit on leaves
};

/// A few words for people.
const char* to_string(tree_error e) noexcept;

}  // namespace ashlar::tree
