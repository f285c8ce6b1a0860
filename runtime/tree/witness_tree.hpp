#pragma once

#include "runtime/tree/witness.hpp"

namespace ashlar::tree {

/// The part of a tree that a witness proves. Reads and applies a batch with nothing else: this is
/// what the prover's guest has instead of storage.
///
/// Everything it answers follows from `before` by collision resistance of BLAKE3. `before` is not
/// checked here: it comes from the state commitment, root and leaf count together.
class witness_tree {
 public:
  /// Decodes, then checks the proof against `before`. Any error but not_covered,
  /// frontier_missing, reserved_key, improper_updates and tree_full.
  /// Cost: one hash a covered tree node, two compressions a leaf, one sort of the keys.
  static result<witness_tree, tree_error> open(bytes_view encoded, const summary& before);
  static result<witness_tree, tree_error> open(witness w, const summary& before);

  const summary& before() const noexcept { return before_; }

  /// The key's leaf, proven present, or null, proven absent. Errors: not_covered (the caller must
  /// fail: it is not a zero), reserved_key. Good as long as the tree.
  result<const placed_leaf*, tree_error> lookup(const hash256& key) const;

  /// Root and leaf count after the updates: existing leaves are written in place, new ones are
  /// appended in ascending order of key, a new key with value zero gets no leaf. The object is not
  /// changed. Errors: improper_updates, not_covered, frontier_missing, tree_full.
  result<summary, tree_error> apply(const std::vector<update>& updates) const;

 private:
  /// Where a key is, or between which two covered leaves it would be. Ordinals into w_.leaves.
  struct place {
    bool present = false;
    std::size_t at = 0;     // the leaf, or the predecessor
    std::size_t after = 0;  // the successor, when absent
  };
  /// Leaves as they are after a batch.
  struct changed_leaves {
    std::vector<leaf> covered;  // as w_.leaves
    std::vector<u8> dirty;
    std::vector<leaf> appended;
  };

  witness_tree(witness w, const summary& before) : before_(before), w_(std::move(w)) {}
  result<nothing, tree_error> sort_keys();
  result<nothing, tree_error> check_root();
  result<place, tree_error> locate(const hash256& key) const;
  hash256 root_after(const changed_leaves& now) const;

  summary before_;
  witness w_;
  /// Where a leaf is, and the first bytes of its key, which nearly always tell keys apart.
  struct key_place {
    u32 prefix;
    u32 at;  // ordinal into w_.leaves
  };
  bool is_before(const key_place& a, const key_place& b) const;
  std::vector<key_place> by_key_;     // ascending by key
  std::array<u32, 257> from_byte_{};  // where in by_key_ the keys begin whose first byte is this
  empty_subtrees empty_;
  std::vector<hash256> nodes_;      // hashes of the covered nodes before the batch, level by level
  std::vector<std::size_t> first_;  // where each level begins in nodes_
};

}  // namespace ashlar::tree
