#pragma once

#include <span>
#include <vector>

#include "runtime/store/crew.hpp"
#include "runtime/store/reserved_array.hpp"
#include "runtime/tree/leaf.hpp"

namespace ashlar::store {

/// Every node of the state tree that has a leaf below it, in flat arrays, one a level: 64 bytes a
/// leaf in all. The two children of a node lie in one cache line. Behind the last node of a level
/// lies the hash of an empty subtree, so that a pair can always be taken whole.
class tree_levels {
 public:
  /// Nothing where there is no address space for `leaves_max` leaves.
  static std::optional<tree_levels> make(u64 leaves_max);

  /// Hashes all leaves and all nodes. Cost: three compressions a leaf.
  void build(const reserved_array<tree::leaf>& leaves, crew& workers);

  /// Brings the nodes up to date after the leaves at `changed` (ascending, each once) were written
  /// or appended; all appended ones are among them. `changed` is used up as scratch space.
  void update(const reserved_array<tree::leaf>& leaves, std::span<u64> changed, crew& workers);

  hash256 root() const;
  /// The empty subtree's hash where there is no leaf below.
  hash256 node(unsigned level, u64 position) const;

 private:
  tree_levels() = default;
  void resize(u64 leaf_count);
  void close_level(unsigned level, u64 written);
  void hash_leaves(const reserved_array<tree::leaf>& leaves, std::span<const u64> changed);
  std::span<u64> fold(std::span<u64> positions, unsigned from, unsigned to);

  tree::empty_subtrees empty_;
  std::vector<reserved_array<hash256>> levels_;
  std::vector<u64> counts_;  // nodes of each level that have a leaf below
  unsigned top_ = 0;         // the lowest level with one node
};

}  // namespace ashlar::store
