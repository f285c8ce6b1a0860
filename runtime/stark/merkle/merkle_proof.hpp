#pragma once

#include <vector>

#include "runtime/stark/hash/hash.hpp"

namespace ashlar::stark {

// One tree over tables of different heights. Level d has 2^d nodes (d = 0 is the root). The leaves
// of the tallest tables' level are hash_elements of the row (all tables of that height, in order,
// side by side). A node is hash_node(left, right); where tables have as many rows as the level has
// nodes, the node is hash_node(that, hash_elements(their rows)). All shapes are known to the
// verifier and every path is as long as the shape says, so leaves, nodes and joined rows cannot
// change places.
//
// A proof holds one whole level of the tree, its cap, no deeper than the lowest tables join, and
// for each opened row the siblings up to it.

/// The ancestor, as many levels above as there are `siblings` (32 bytes each, the lowest first), of
/// the node `index` of its level.
hash256 ancestor_of(hash_kind hash, hash256 node, u32 index, bytes_view siblings) noexcept;

/// The root above a level's nodes. Precondition: a power of two of them, none of their ancestors
/// joined with rows.
hash256 root_above(hash_kind hash, std::vector<hash256> nodes) noexcept;

}  // namespace ashlar::stark
