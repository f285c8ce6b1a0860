#include "actors/gateway/tree_proofs.hpp"

#include <atomic>
#include <thread>

#include <catch2/catch.hpp>
#include <leveldb/env.h>
#include <leveldb/helpers/memenv.h>

#include "runtime/tree/sort_updates.hpp"

using namespace ashlar;

namespace {

address account_no(u8 i) {
  address a;
  a[19] = i;
  return a;
}

/// What a wallet computes from an answer.
hash256 root_of(const rpc::tree_leaf_proof& p) {
  hash256 at = tree::leaf_hash({p.key, p.value, p.next_index});
  for (unsigned level = 0; level < p.siblings.size(); ++level)
    at = (p.index >> level) & 1 ? tree::node_hash(p.siblings[level], at)
                                : tree::node_hash(at, p.siblings[level]);
  return at;
}

void check_answer(const rpc::account_proof& a, const rpc::tree_proof& p, const hash256& key) {
  CHECK(p.leaf.siblings.size() == tree::depth);
  CHECK(root_of(p.leaf) == a.tree_root);
  if (p.present) {
    CHECK(p.leaf.key == key);
    return;
  }
  REQUIRE(p.right.has_value());
  CHECK(root_of(*p.right) == a.tree_root);
  CHECK(p.leaf.next_index == p.right->index);
  CHECK(p.leaf.key < key);
  CHECK(key < p.right->key);
}

std::vector<tree::update> batch_no(u8 n) {
  std::vector<tree::update> out;
  for (u8 i = 0; i < 20; ++i) {
    out.push_back({tree::account_key(account_no(u8(n * 20 + i))), hash256{}});
    out.back().value[0] = u8(i + 1);
    out.push_back({tree::storage_key(account_no(1), u256{u64(n) * 20 + i}), hash256{}});
    out.back().value[31] = u8(n + 1);
  }
  tree::sort_updates(out);
  return out;
}

}  // namespace

TEST_CASE("proofs of present and absent leaves lead to the root, also while batches are applied") {
  const std::unique_ptr<leveldb::Env> disk{leveldb::NewMemEnv(leveldb::Env::Default())};
  store::tree_store_config config;
  config.folder = "/tree";
  config.leaves_max = 1u << 16;
  config.env = disk.get();
  auto opened = store::tree_store::open(config);
  REQUIRE(opened.ok());
  store::tree_store& tree = **opened;
  std::shared_mutex changing;
  gateway::tree_proofs proofs(tree, changing);
  const u256 slots[] = {u256{3}, u256{1'000'000}};
  CHECK(proofs.prove(account_no(1), slots).error().code == rpc::backend_errc::unavailable);
  REQUIRE(tree.import(batch_number{0}, batch_no(0)).ok());

  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (u8 n = 1; n < 12; ++n) {
      std::unique_lock alone{changing};
      if (!tree.apply(batch_number{n}, batch_no(n)).ok()) std::abort();
    }
    done = true;
  });
  u64 last = 0;
  do {
    const auto got = proofs.prove(account_no(1), slots);
    REQUIRE(got.ok());
    CHECK(got->batch.value >= last);
    last = got->batch.value;
    CHECK(got->proof.present);
    check_answer(*got, got->proof, tree::account_key(account_no(1)));
    REQUIRE(got->slots.size() == 2);
    CHECK(got->slots[0].proof.present);
    CHECK_FALSE(got->slots[1].proof.present);
    for (const auto& s : got->slots)
      check_answer(*got, s.proof, tree::storage_key(account_no(1), s.slot));
  } while (!done);
  writer.join();
  CHECK(proofs.prove(account_no(250), {})->proof.present == false);
  CHECK(proofs.prove(account_no(239), {})->batch == batch_number{11});
}
