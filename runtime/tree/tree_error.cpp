#include "runtime/tree/tree_error.hpp"

namespace ashlar::tree {

const char* to_string(tree_error e) noexcept {
  switch (e) {
    case tree_error::truncated:
      return "witness ends inside a field";
    case tree_error::unknown_version:
      return "witness has an unknown version";
    case tree_error::unknown_flags:
      return "witness has unknown flags";
    case tree_error::malformed_varint:
      return "witness has a number that is not in shortest form";
    case tree_error::trailing_bytes:
      return "witness does not end with whole hashes";
    case tree_error::leaf_count_range:
      return "leaf count is out of range";
    case tree_error::index_order:
      return "leaf indexes are not ascending";
    case tree_error::index_range:
      return "leaf index is not below the leaf count";
    case tree_error::duplicate_key:
      return "two leaves have the same key";
    case tree_error::sibling_missing:
      return "witness has too few sibling hashes";
    case tree_error::sibling_surplus:
      return "witness has too many sibling hashes";
    case tree_error::empty_sibling:
      return "witness claims an empty subtree below the leaf count";
    case tree_error::root_mismatch:
      return "witness does not give the state root";
    case tree_error::not_covered:
      return "key is not covered by the witness";
    case tree_error::frontier_missing:
      return "witness does not cover appending a leaf";
    case tree_error::reserved_key:
      return "key is reserved for a sentinel";
    case tree_error::improper_updates:
      return "updates are not sorted by distinct unreserved keys";
    case tree_error::tree_full:
      return "tree has as many leaves as it may have";
  }
  return "unknown tree error";
}

}  // namespace ashlar::tree
