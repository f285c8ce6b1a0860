#pragma once

#include <span>

#include "net/rpc/chain_view.hpp"
#include "runtime/tree/leaf.hpp"

/// Leaf proofs out of any tree that tree::make_witness takes (memory_tree, tree_store): the body of
/// a proof_source. Whoever calls sees to it that the tree does not change meanwhile.
namespace ashlar::gateway {

template <class Tree>
rpc::tree_leaf_proof prove_leaf(const Tree& tree, u64 index) {
  const tree::leaf& l = tree.at(index);
  rpc::tree_leaf_proof out{index, l.key, l.value, l.next, {}};
  out.siblings.reserve(tree::depth);
  for (unsigned level = 0; level < tree::depth; ++level)
    out.siblings.push_back(tree.node(level, (index >> level) ^ 1));
  return out;
}

/// Presence, or absence by the neighbours. Precondition: the key is not reserved.
template <class Tree>
rpc::tree_proof prove_key(const Tree& tree, const hash256& key) {
  rpc::tree_proof out;
  if (const auto index = tree.find(key)) {
    out.present = true;
    out.leaf = prove_leaf(tree, *index);
    return out;
  }
  out.leaf = prove_leaf(tree, tree.predecessor(key));
  out.right = prove_leaf(tree, out.leaf.next_index);
  return out;
}

/// What a proof_source answers for the tree as `batch` left it; 64 nodes a leaf.
template <class Tree>
rpc::account_proof prove_account(const Tree& tree, batch_number batch, const address& who,
                                 std::span<const u256> slots) {
  rpc::account_proof out;
  out.batch = batch;
  out.tree_root = tree.root();
  out.leaf_count = tree.leaf_count();
  out.proof = prove_key(tree, tree::account_key(who));
  for (const u256& slot : slots)
    out.slots.push_back({slot, {}, prove_key(tree, tree::storage_key(who, slot))});
  return out;
}

}  // namespace ashlar::gateway
