#pragma once

#include <map>
#include <optional>
#include <vector>

#include "runtime/base/result.hpp"
#include "runtime/tree/leaf.hpp"
#include "runtime/tree/tree_error.hpp"

namespace ashlar::tree {

/// The tree in its plainest form, all in memory, one level at a time: the reference that other
/// implementations are compared with, and enough for small chains. Copyable.
class memory_tree {
 public:
  /// Holds the two sentinels.
  memory_tree();

  /// Writes existing keys in place and appends new ones in ascending order of key; a new key whose
  /// value is zero is left out. Errors: improper_updates, tree_full; the tree is then unchanged.
  /// Cost: each node above a changed leaf is hashed once; 64 hashes for one update alone.
  result<summary, tree_error> apply(const std::vector<update>& updates);

  hash256 root() const;
  u64 leaf_count() const noexcept { return leaves_.size(); }
  summary state() const { return {root(), leaf_count()}; }

  /// The index of the leaf with this key.
  std::optional<u64> find(const hash256& key) const;
  /// The index of the leaf with the largest key below `key`. Precondition: `key` is not zero.
  u64 predecessor(const hash256& key) const;
  /// Precondition: index < leaf_count().
  const leaf& at(u64 index) const;
  /// The root of the subtree of 2^level leaves at position `position` of its level.
  hash256 node(unsigned level, u64 position) const;

 private:
  /// Leaves the nodes above as they were.
  void put(u64 index, const leaf& content);
  /// Hashes the leaves at these positions, in any order, and all that is above them.
  void rehash(std::vector<u64> positions);

  empty_subtrees empty_;
  std::vector<leaf> leaves_;
  std::map<hash256, u64> index_;
  std::vector<std::vector<hash256>> levels_;  // without the empty positions at each level's end
};

}  // namespace ashlar::tree
