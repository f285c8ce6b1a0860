#include <algorithm>

#include <catch2/catch.hpp>

#include "runtime/tree/memory_tree.hpp"
#include "runtime/tree/witness_builder.hpp"
#include "runtime/tree/witness_tree.hpp"
#include "test/unit/tree/tree_workload.hpp"

// What a prover who holds no honest tree may try. Each attempt must be refused, or lead to another
// root or leaf count than the honest one.

namespace ashlar::tree {

namespace {

struct scene {
  memory_tree tree;
  std::vector<hash256> reads;
  std::vector<update> updates;
  summary before;
  summary after;
  witness honest;
};

/// 100 leaves or so; the batch reads and writes present and absent keys.
scene make_scene(u64 seed) {
  workload work(seed);
  scene s;
  REQUIRE(s.tree.apply(work.updates(100, 0)).ok());
  const auto b = work.next(8, 12, 60);
  s.reads = b.reads;
  s.updates = b.updates;
  s.before = s.tree.state();
  s.honest = make_witness(s.tree, s.reads, s.updates);
  memory_tree next = s.tree;
  s.after = *next.apply(s.updates);
  return s;
}

tree_error refusal(const witness& w, const summary& before) {
  const auto r = witness_tree::open(w, before);
  REQUIRE_FALSE(r.ok());
  return r.error();
}

/// The root of `leaves` as they stand, list or not: what a liar can have hashed into a tree.
struct forged_tree {
  std::vector<leaf> leaves;

  std::optional<u64> find(const hash256&) const { return std::nullopt; }
  u64 predecessor(const hash256&) const { return 0; }
  u64 leaf_count() const { return leaves.size(); }
  const leaf& at(u64 i) const { return leaves[i]; }
  hash256 node(unsigned level, u64 position) const {
    if (level >= 20 && position > 0) return empty[level];
    if (level < depth && (position << level) >= leaves.size()) return empty[level];
    if (level == 0) return leaf_hash(leaves[position]);
    return node_hash(node(level - 1, 2 * position), node(level - 1, 2 * position + 1));
  }
  empty_subtrees empty;
};

forged_tree copy_of(const memory_tree& t) {
  forged_tree f;
  for (u64 i = 0; i < t.leaf_count(); ++i) f.leaves.push_back(t.at(i));
  return f;
}

/// A witness over the given leaves of any tree, honest or not.
template <class Tree>
witness witness_of(const Tree& t, std::vector<u64> positions, bool appends, u64 leaf_count) {
  witness w;
  w.appends = appends;
  std::sort(positions.begin(), positions.end());
  for (const u64 i : positions) w.leaves.push_back({i, t.at(i)});
  if (appends) positions.push_back(leaf_count);
  for_each_sibling(positions, leaf_count,
                   [&](unsigned l, u64 p) { w.siblings.push_back(t.node(l, p)); });
  return w;
}

}  // namespace

TEST_CASE("tamper: the honest witness is accepted") {
  const scene s = make_scene(1);
  const auto seen = witness_tree::open(s.honest, s.before);
  REQUIRE(seen.ok());
  CHECK(*seen->apply(s.updates) == s.after);
  REQUIRE(s.honest.appends);
  REQUIRE(s.honest.siblings.size() > 10);
}

TEST_CASE("tamper: any changed field of any leaf is refused") {
  const scene s = make_scene(2);
  for (std::size_t i = 0; i < s.honest.leaves.size(); ++i) {
    const auto edit = [&](auto change) {
      witness w = s.honest;
      change(w.leaves[i]);
      return refusal(w, s.before);
    };
    CHECK(edit([](placed_leaf& l) { l.content.value[31] ^= 1; }) == tree_error::root_mismatch);
    CHECK(edit([](placed_leaf& l) { l.content.key[31] ^= 1; }) == tree_error::root_mismatch);
    CHECK(edit([](placed_leaf& l) { l.content.next ^= 1; }) == tree_error::root_mismatch);
    edit([](placed_leaf& l) { l.index ^= 1; });
  }
}

TEST_CASE("tamper: any changed, missing or surplus sibling is refused") {
  const scene s = make_scene(3);
  for (std::size_t i = 0; i < s.honest.siblings.size(); ++i) {
    witness w = s.honest;
    w.siblings[i][0] ^= 0x80;
    CHECK(refusal(w, s.before) == tree_error::root_mismatch);
    w = s.honest;
    w.siblings.erase(w.siblings.begin() + static_cast<long>(i));
    CHECK(refusal(w, s.before) == tree_error::sibling_missing);
    w = s.honest;
    w.siblings.insert(w.siblings.begin() + static_cast<long>(i), s.honest.siblings[i]);
    CHECK(refusal(w, s.before) == tree_error::sibling_surplus);
    if (i > 0) {
      w = s.honest;
      std::swap(w.siblings[i - 1], w.siblings[i]);
      CHECK(refusal(w, s.before) == tree_error::root_mismatch);
    }
  }
}

TEST_CASE("tamper: every flipped bit of the encoding is refused") {
  const scene s = make_scene(4);
  const bytes encoded = encode(s.honest);
  for (std::size_t bit = 0; bit < encoded.size() * 8; bit += 3) {
    bytes mutant = encoded;
    mutant[bit / 8] ^= static_cast<u8>(1u << (bit % 8));
    CAPTURE(bit);
    REQUIRE_FALSE(witness_tree::open(mutant, s.before).ok());
  }
}

TEST_CASE("tamper: a leaf given twice, or out of order, is refused") {
  const scene s = make_scene(5);
  witness w = s.honest;
  w.leaves.insert(w.leaves.begin() + 3, w.leaves[3]);
  CHECK(refusal(w, s.before) == tree_error::index_order);
  w = s.honest;
  std::swap(w.leaves[3], w.leaves[4]);
  CHECK(refusal(w, s.before) == tree_error::index_order);
}

TEST_CASE("tamper: two leaves with one key are refused even under a root that has them") {
  const scene s = make_scene(6);
  forged_tree f = copy_of(s.tree);
  f.leaves[9].key = f.leaves[20].key;
  const witness w = witness_of(f, {9, 20}, false, f.leaf_count());
  CHECK(refusal(w, {f.node(depth, 0), f.leaf_count()}) == tree_error::duplicate_key);
}

TEST_CASE("tamper: an index or a next at or above the leaf count is refused") {
  const scene s = make_scene(7);
  witness w = s.honest;
  w.leaves.back().index = s.before.leaf_count;
  CHECK(refusal(w, s.before) == tree_error::index_range);
  w = s.honest;
  w.leaves.back().index = ~u64{0};
  CHECK(refusal(w, s.before) == tree_error::index_range);
  w = s.honest;
  w.leaves.front().content.next = s.before.leaf_count;
  CHECK(refusal(w, s.before) == tree_error::index_range);
}

TEST_CASE("tamper: a present key is not shown absent by leaving its leaf out") {
  const scene s = make_scene(8);
  for (u64 i = 2; i < s.tree.leaf_count(); i += 7) {
    const hash256 key = s.tree.at(i).key;
    const u64 left = s.tree.predecessor(key);
    const u64 right = s.tree.at(i).next;
    const witness w = witness_of(s.tree, {left, right}, true, s.before.leaf_count);
    const auto seen = witness_tree::open(w, s.before);
    REQUIRE(seen.ok());
    CHECK(seen->lookup(key).error() == tree_error::not_covered);
    CHECK(seen->apply({{key, key}}).error() == tree_error::not_covered);
    witness forged = w;  // the predecessor made to step over the key
    for (auto& l : forged.leaves)
      if (l.index == left) l.content.next = right;
    CHECK(refusal(forged, s.before) == tree_error::root_mismatch);
  }
}

TEST_CASE("tamper: a predecessor without its successor does not prove absence") {
  const scene s = make_scene(9);
  workload work(9);
  for (int i = 0; i < 20; ++i) {
    const hash256 key = work.any_hash();
    if (s.tree.find(key)) continue;
    const u64 left = s.tree.predecessor(key);
    const u64 right = s.tree.at(left).next;
    for (const u64 only : {left, right}) {
      const auto seen =
          witness_tree::open(witness_of(s.tree, {only}, true, s.before.leaf_count), s.before);
      REQUIRE(seen.ok());
      CHECK(seen->lookup(key).error() == tree_error::not_covered);
      CHECK(seen->apply({{key, key}}).error() == tree_error::not_covered);
    }
  }
}

TEST_CASE("tamper: the path for appending cannot be left out or added by flipping its flag") {
  const scene s = make_scene(10);
  witness w = s.honest;
  w.appends = false;
  const auto r = witness_tree::open(w, s.before);
  CHECK_FALSE(r.ok());

  const witness reading = make_witness(s.tree, s.reads, {});
  w = reading;
  w.appends = true;
  CHECK_FALSE(witness_tree::open(w, s.before).ok());
}

TEST_CASE("tamper: a smaller leaf count than the true one does not give the root") {
  const scene s = make_scene(11);
  for (u64 count = 2; count < s.before.leaf_count; ++count) {
    std::vector<u64> positions;  // of leaves whose next does not already give the lie away
    for (u64 i = 0; i < count; ++i)
      if (s.tree.at(i).next < count) positions.push_back(i);
    const witness w = witness_of(s.tree, positions, true, count);
    CHECK(refusal(w, {s.before.root, count}) == tree_error::root_mismatch);
  }
}

TEST_CASE("tamper: a larger leaf count than the true one is refused or seen in the result") {
  // The root alone does not tell how many leaves there are above the last; the state commitment
  // does, since it hashes the leaf count. A liar gets another leaf count, or nothing.
  const scene s = make_scene(12);
  for (u64 more = 1; more < 300; ++more) {
    const u64 count = s.before.leaf_count + more;
    std::vector<u64> positions;
    for (const auto& l : s.honest.leaves) positions.push_back(l.index);
    const auto seen =
        witness_tree::open(witness_of(s.tree, positions, true, count), {s.before.root, count});
    if (!seen.ok()) continue;
    const auto after = seen->apply(s.updates);
    REQUIRE(after.ok());
    CHECK(after->leaf_count != s.after.leaf_count);
    CHECK(after->root != s.after.root);
  }
}

TEST_CASE("tamper: an empty subtree is not accepted where leaves must be") {
  // Given one leaf more than there is, its position beside the last true one is empty.
  workload work(13);
  memory_tree t;
  while (t.leaf_count() < 9) REQUIRE(t.apply({{work.any_hash(), work.any_hash()}}).ok());
  const witness w = witness_of(t, {8}, false, 10);
  CHECK(refusal(w, {t.root(), 10}) == tree_error::empty_sibling);
}

TEST_CASE("tamper: leaf counts out of range are refused") {
  const scene s = make_scene(14);
  for (const u64 count : {u64{0}, u64{1}, leaf_count_limit + 1, ~u64{0}})
    CHECK(refusal(s.honest, {s.before.root, count}) == tree_error::leaf_count_range);
}

TEST_CASE("tamper: a witness against another root is refused") {
  const scene s = make_scene(15);
  CHECK(refusal(s.honest, {s.after.root, s.before.leaf_count}) == tree_error::root_mismatch);
}

TEST_CASE("tamper: sentinels are neither read nor written") {
  const scene s = make_scene(16);
  const auto seen =
      witness_tree::open(witness_of(s.tree, {0, 1}, true, s.before.leaf_count), s.before);
  REQUIRE(seen.ok());
  for (const leaf& sentinel : {low_sentinel(), high_sentinel()}) {
    CHECK(seen->lookup(sentinel.key).error() == tree_error::reserved_key);
    CHECK(seen->apply({{sentinel.key, s.before.root}}).error() == tree_error::improper_updates);
  }
}

TEST_CASE("tamper: updates out of order or repeated are refused") {
  const scene s = make_scene(17);
  const auto seen = witness_tree::open(s.honest, s.before);
  REQUIRE(seen.ok());
  std::vector<update> u = s.updates;
  std::swap(u[0], u[1]);
  CHECK(seen->apply(u).error() == tree_error::improper_updates);
  u = s.updates;
  u.insert(u.begin(), u[0]);
  CHECK(seen->apply(u).error() == tree_error::improper_updates);
}

TEST_CASE("tamper: siblings without leaves are refused") {
  const scene s = make_scene(18);
  witness w;
  w.siblings = {s.before.root};
  CHECK(refusal(w, s.before) == tree_error::sibling_surplus);
}

}  // namespace ashlar::tree
