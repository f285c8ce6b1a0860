#include "actors/gateway/leaf_proof.hpp"

#include <catch2/catch.hpp>

#include "test/unit/gateway/contracts.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

/// The root that a leaf and its siblings hash to.
hash256 root_of(const rpc::tree_leaf_proof& p) {
  hash256 node = tree::leaf_hash({p.key, p.value, p.next_index});
  for (unsigned level = 0; level < tree::depth; ++level)
    node = (p.index >> level) & 1 ? tree::node_hash(p.siblings[level], node)
                                  : tree::node_hash(node, p.siblings[level]);
  return node;
}

}  // namespace

TEST_CASE("leaf proofs hash up to the root, present and absent") {
  const memory_chain chain(sample_genesis());
  const u256 slots[] = {u256{}, u256{5}};
  const auto p = gateway::prove_account(chain.tree, batch_number{3}, counter, slots);
  CHECK(p.batch == batch_number{3});
  CHECK(p.tree_root == chain.tree.root());
  REQUIRE(p.proof.present);
  CHECK(p.proof.leaf.key == tree::account_key(counter));
  CHECK(root_of(p.proof.leaf) == chain.tree.root());

  const auto& there = p.slots[0].proof;
  REQUIRE(there.present);
  CHECK(there.leaf.value == u256{6}.to_be());
  CHECK(root_of(there.leaf) == chain.tree.root());

  const auto& absent = p.slots[1].proof;
  CHECK_FALSE(absent.present);
  REQUIRE(absent.right);
  const hash256 key = tree::storage_key(counter, u256{5});
  CHECK(absent.leaf.key < key);
  CHECK(key < absent.right->key);
  CHECK(absent.leaf.next_index == absent.right->index);
  CHECK(root_of(absent.leaf) == chain.tree.root());
  CHECK(root_of(*absent.right) == chain.tree.root());

  auto forged = there.leaf;
  forged.value = u256{7}.to_be();
  CHECK(root_of(forged) != chain.tree.root());
}
