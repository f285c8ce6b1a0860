#include "runtime/tree/memory_tree.hpp"

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/tree/sort_updates.hpp"
#include "test/unit/tree/tree_workload.hpp"

namespace ashlar::tree {

namespace {

/// The definition, without a thought for cost: hash all leaves, fold level by level to the top.
hash256 naive_root(const std::map<hash256, hash256>& slots, const std::vector<hash256>& order) {
  std::map<hash256, u64> index;
  for (std::size_t i = 0; i < order.size(); ++i) index[order[i]] = i;
  std::vector<hash256> level;
  for (const hash256& key : order) {
    const auto after = index.upper_bound(key);
    bytes raw;
    append(raw, key.data_);
    append(raw, slots.at(key).data_);
    u8 next[8];
    store_be64(next, after == index.end() ? 1 : after->second);
    append(raw, next);
    level.push_back(crypto::blake3(raw));
  }
  hash256 empty;
  for (unsigned k = 0; k < 64; ++k) {
    if (level.size() % 2 == 1) level.push_back(empty);
    std::vector<hash256> parents;
    const auto join = [](const hash256& l, const hash256& r) {
      bytes raw;
      append(raw, l.data_);
      append(raw, r.data_);
      return crypto::blake3(raw);
    };
    for (std::size_t i = 0; i < level.size(); i += 2)
      parents.push_back(join(level[i], level[i + 1]));
    empty = join(empty, empty);
    level = parents;
  }
  return level.at(0);
}

hash256 filled(u8 byte) {
  hash256 h;
  h.data_.fill(byte);
  return h;
}

}  // namespace

TEST_CASE("a new tree holds the two sentinels") {
  const memory_tree t;
  CHECK(t.leaf_count() == 2);
  CHECK(t.at(0) == leaf{filled(0), filled(0), 1});
  CHECK(t.at(1) == leaf{filled(0xff), filled(0), 1});
  CHECK(t.root() == naive_root({{filled(0), {}}, {filled(0xff), {}}}, {filled(0), filled(0xff)}));
}

TEST_CASE("the root is the naive root after every random batch") {
  const u64 seed = GENERATE(1, 2, 3);
  CAPTURE(seed);
  workload work(seed);
  memory_tree t;
  std::map<hash256, hash256> slots = {{filled(0), {}}, {filled(0xff), {}}};
  std::vector<hash256> order = {filled(0), filled(0xff)};
  for (int batch = 0; batch < 12; ++batch) {
    const auto updates = work.updates(1 + work.below(40), 50);
    const auto after = t.apply(updates);
    for (const update& u : updates) {
      if (!slots.contains(u.key)) {
        if (u.value.is_zero()) continue;
        order.push_back(u.key);
      }
      slots[u.key] = u.value;
    }
    REQUIRE(after.ok());
    CHECK(after->leaf_count == order.size());
    CHECK(after->root == naive_root(slots, order));
  }
}

TEST_CASE("a slot set to zero keeps its leaf, a new one with zero gets none") {
  memory_tree t;
  REQUIRE(t.apply({{filled(5), filled(7)}}).ok());
  REQUIRE(t.leaf_count() == 3);

  REQUIRE(t.apply({{filled(5), {}}, {filled(6), {}}}).ok());

  CHECK(t.leaf_count() == 3);
  CHECK(t.at(2) == leaf{filled(5), {}, 1});
  CHECK_FALSE(t.find(filled(6)).has_value());
}

TEST_CASE("new leaves are appended in the order of their keys") {
  memory_tree t;
  REQUIRE(t.apply({{filled(3), filled(1)}, {filled(4), filled(1)}, {filled(9), filled(1)}}).ok());
  CHECK(t.at(0).next == 2);
  CHECK(t.at(2) == leaf{filled(3), filled(1), 3});
  CHECK(t.at(3) == leaf{filled(4), filled(1), 4});
  CHECK(t.at(4) == leaf{filled(9), filled(1), 1});
}

TEST_CASE("updates out of order, repeated or of a sentinel are refused and change nothing") {
  memory_tree t;
  const summary before = t.state();
  const hash256 v = filled(1);
  const std::vector<std::vector<update>> improper = {{{filled(4), v}, {filled(3), v}},
                                                     {{filled(4), v}, {filled(4), v}},
                                                     {{filled(0), v}},
                                                     {{filled(4), v}, {filled(0xff), v}}};
  for (const auto& updates : improper) {
    const auto r = t.apply(updates);
    REQUIRE_FALSE(r.ok());
    CHECK(r.error() == tree_error::improper_updates);
    CHECK(t.state() == before);
  }
}

TEST_CASE("keys and account values hash the fields that PROTOCOL.md names, in their order") {
  address who;
  who.data_.fill(0xab);
  bytes raw(20, 0xab);
  CHECK(account_key(who) == crypto::blake3(raw));
  raw.resize(52);
  raw[51] = 9;
  raw[50] = 1;
  CHECK(storage_key(who, u256{0x109}) == crypto::blake3(raw));

  bytes account(76);
  account[7] = 2;
  account[39] = 3;
  std::fill(account.begin() + 40, account.begin() + 72, u8{0xcd});
  account[75] = 4;
  CHECK(account_value(2, u256{3}, filled(0xcd), 4) == crypto::blake3(account));

  const leaf l{filled(0x12), filled(0x34), 0x0102030405060708};
  u8 written[leaf_bytes];
  write_leaf(l, written);
  CHECK(leaf_hash(l) == crypto::blake3(written));
}

TEST_CASE("sort_updates sorts as std::sort does, also keys that begin alike") {
  workload work(9);
  for (const std::size_t count : {0, 1, 2, 63, 64, 65, 1000, 70000}) {
    std::vector<update> updates;
    for (std::size_t i = 0; i < count; ++i) {
      hash256 key = work.any_hash();
      if (i % 3 == 0) key = work.crowded_key();
      if (i % 11 == 0) std::fill_n(key.begin(), 20, i % 2 == 0 ? u8{0} : u8{0xff});
      updates.push_back({key, work.any_hash()});
    }
    std::vector<update> expected = updates;
    std::sort(expected.begin(), expected.end(),
              [](const update& a, const update& b) { return a.key < b.key; });
    sort_updates(updates);
    CHECK(updates == expected);
  }
}

TEST_CASE("the root of the empty state is fixed") {
  CHECK(to_hex(memory_tree().root().data_) ==
        "0xc1ea63a4e42cd04867fbfa781854fb6fcd6f63b61a1b533743ad002d58bd696a");
}

}  // namespace ashlar::tree
