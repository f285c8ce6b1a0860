#pragma once

#include <algorithm>
#include <optional>

#include "runtime/tree/witness.hpp"

namespace ashlar::tree {

/// A tree that a witness can be made from: memory_tree, and the store's tree.
template <class Tree>
concept proving_tree = requires(const Tree& t, const hash256& key, unsigned level, u64 place) {
  { t.find(key) } -> std::convertible_to<std::optional<u64>>;
  { t.predecessor(key) } -> std::convertible_to<u64>;
  { t.at(place) } -> std::convertible_to<leaf>;
  { t.node(level, place) } -> std::convertible_to<hash256>;
  { t.leaf_count() } -> std::convertible_to<u64>;
};

/// Calls `visit(level, position)` for each sibling a witness over `positions` holds, in its order.
/// Precondition: `positions` is ascending and without repetition.
template <class Visit>
void for_each_sibling(std::vector<u64> positions, u64 leaf_count, Visit&& visit) {
  for (unsigned level = 0; level < depth; ++level) {
    std::size_t parents = 0;
    for (std::size_t i = 0; i < positions.size();) {
      const u64 here = positions[i];
      const u64 beside = here ^ 1;
      const bool paired = i + 1 < positions.size() && positions[i + 1] == beside;
      if (!paired && (beside << level) < leaf_count) visit(level, beside);
      positions[parents++] = here >> 1;
      i += paired ? 2 : 1;
    }
    positions.resize(parents);
  }
}

/// The witness of a batch that reads `keys_read` and then has the net effect `updates`, against
/// the tree as it is before the batch. Keys may come in any order and be repeated; updates are
/// proper. Precondition: no key is reserved. The result has nothing the batch does not need.
template <proving_tree Tree>
witness make_witness(const Tree& tree, const std::vector<hash256>& keys_read,
                     const std::vector<update>& updates) {
  witness w;
  std::vector<u64> positions;
  positions.reserve(keys_read.size() + 2 * updates.size() + 1);
  const auto cover = [&](const hash256& key) {
    ensure(!is_reserved(key));
    if (const std::optional<u64> index = tree.find(key)) {
      positions.push_back(*index);
      return true;
    }
    const u64 before = tree.predecessor(key);
    positions.push_back(before);
    positions.push_back(leaf(tree.at(before)).next);
    return false;
  };
  for (const hash256& key : keys_read) cover(key);
  for (const update& u : updates)
    if (!cover(u.key) && !u.value.is_zero()) w.appends = true;

  std::sort(positions.begin(), positions.end());
  positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
  w.leaves.reserve(positions.size());
  for (const u64 index : positions) w.leaves.push_back({index, tree.at(index)});
  if (w.appends) positions.push_back(tree.leaf_count());
  for_each_sibling(std::move(positions), tree.leaf_count(), [&](unsigned level, u64 position) {
    w.siblings.push_back(tree.node(level, position));
  });
  return w;
}

}  // namespace ashlar::tree
