#include "runtime/tree/witness.hpp"

#include <catch2/catch.hpp>

#include "runtime/tree/memory_tree.hpp"
#include "runtime/tree/witness_builder.hpp"
#include "runtime/tree/witness_tree.hpp"
#include "test/unit/tree/tree_workload.hpp"

namespace ashlar::tree {

TEST_CASE("a witness answers every read and gives the root of the whole tree") {
  const u64 seed = GENERATE(11, 12, 13, 14);
  CAPTURE(seed);
  workload work(seed);
  memory_tree t;
  for (int number = 0; number < 40; ++number) {
    const auto b = work.next(work.below(30), work.below(30), number < 5 ? 10 : 70);
    const summary before = t.state();

    const bytes encoded = encode(make_witness(t, b.reads, b.updates));
    const auto seen = witness_tree::open(encoded, before);
    REQUIRE(seen.ok());

    std::vector<hash256> keys = b.reads;
    for (const update& u : b.updates) keys.push_back(u.key);
    for (const hash256& key : keys) {
      const auto slot = seen->lookup(key);
      REQUIRE(slot.ok());
      const auto index = t.find(key);
      REQUIRE((*slot != nullptr) == index.has_value());
      if (index) {
        CHECK((*slot)->index == *index);
        CHECK((*slot)->content.value == t.at(*index).value);
      }
    }
    const auto after = seen->apply(b.updates);
    REQUIRE(after.ok());
    REQUIRE(t.apply(b.updates).ok());
    CHECK(*after == t.state());
  }
}

TEST_CASE("a witness may be applied with fewer updates than it covers") {
  workload work(21);
  memory_tree t;
  REQUIRE(t.apply(work.updates(50, 0)).ok());
  const auto b = work.next(5, 20, 50);
  const auto seen = witness_tree::open(make_witness(t, b.reads, b.updates), t.state());
  REQUIRE(seen.ok());
  for (std::size_t keep = 0; keep <= b.updates.size(); ++keep) {
    const std::vector<update> some(b.updates.begin(), b.updates.begin() + static_cast<long>(keep));
    memory_tree copy = t;
    const auto after = seen->apply(some);
    REQUIRE(after.ok());
    CHECK(*after == *copy.apply(some));
  }
}

TEST_CASE("a key the witness does not cover is an error, never a zero") {
  workload work(31);
  memory_tree t;
  const auto first = work.updates(200, 0);
  REQUIRE(t.apply(first).ok());
  const hash256 present = t.at(17).key;
  const auto seen = witness_tree::open(make_witness(t, {present}, {}), t.state());
  REQUIRE(seen.ok());

  unsigned refused = 0;
  for (u64 i = 2; i < t.leaf_count(); ++i) {
    if (i == 17) continue;
    const auto slot = seen->lookup(t.at(i).key);
    REQUIRE_FALSE(slot.ok());
    CHECK(slot.error() == tree_error::not_covered);
    ++refused;
  }
  CHECK(refused == t.leaf_count() - 3);
  CHECK(seen->lookup(work.any_hash()).error() == tree_error::not_covered);
  CHECK(seen->lookup(hash256{}).error() == tree_error::reserved_key);
  CHECK(seen->apply({{t.at(18).key, work.any_hash()}}).error() == tree_error::not_covered);
}

TEST_CASE("a read-only witness does not append") {
  workload work(41);
  memory_tree t;
  REQUIRE(t.apply(work.updates(20, 0)).ok());
  const hash256 absent = work.any_hash();
  const auto seen = witness_tree::open(make_witness(t, {absent}, {}), t.state());
  REQUIRE(seen.ok());
  CHECK(*seen->lookup(absent) == nullptr);
  CHECK(seen->apply({{absent, work.any_hash()}}).error() == tree_error::frontier_missing);
  CHECK(*seen->apply({{absent, hash256{}}}) == t.state());
}

TEST_CASE("a witness of nothing is empty and changes nothing") {
  const memory_tree t;
  const bytes encoded = encode(make_witness(t, {}, {}));
  CHECK(encoded == bytes{1, 0, 0});
  const auto seen = witness_tree::open(encoded, t.state());
  REQUIRE(seen.ok());
  CHECK(*seen->apply({}) == t.state());
}

TEST_CASE("a witness holds no hash that can be computed from the rest") {
  workload work(51);
  memory_tree t;
  while (t.leaf_count() < 8) REQUIRE(t.apply({{work.any_hash(), work.any_hash()}}).ok());
  std::vector<hash256> all;
  for (u64 i = 2; i < 8; ++i) all.push_back(t.at(i).key);
  all.push_back(hash256{});
  all.back()[31] = 1;  // between the low sentinel and the first
  all.push_back(high_sentinel().key);
  all.back()[31] = 1;  // between the last and the high sentinel

  const witness w = make_witness(t, all, {});

  CHECK(w.leaves.size() == 8);
  CHECK(w.siblings.empty());
  CHECK(witness_tree::open(w, t.state()).ok());
}

TEST_CASE("encoding and decoding are inverse") {
  workload work(61);
  memory_tree t;
  REQUIRE(t.apply(work.updates(300, 0)).ok());
  for (int i = 0; i < 20; ++i) {
    const auto b = work.next(work.below(20), work.below(20), 50);
    const witness w = make_witness(t, b.reads, b.updates);
    const bytes encoded = encode(w);
    const auto back = decode_witness(encoded);
    REQUIRE(back.ok());
    CHECK(*back == w);
    CHECK(encode(*back) == encoded);
  }
}

TEST_CASE("whatever decodes encodes to the same bytes") {
  workload work(71);
  memory_tree t;
  REQUIRE(t.apply(work.updates(30, 0)).ok());
  const auto b = work.next(4, 4, 50);
  const bytes encoded = encode(make_witness(t, b.reads, b.updates));
  unsigned decoded = 0, refused = 0;
  for (int round = 0; round < 20000; ++round) {
    bytes mutant = encoded;
    for (u64 edits = 1 + work.below(3); edits > 0; --edits) {
      const std::size_t at = work.below(work.below(2) == 0 ? 16 : mutant.size());
      switch (work.below(3)) {
        case 0:
          mutant[at] = static_cast<u8>(work.below(256));
          break;
        case 1:
          mutant.insert(mutant.begin() + static_cast<long>(at), static_cast<u8>(0x80));
          break;
        default:
          mutant.erase(mutant.begin() + static_cast<long>(at));
          break;
      }
    }
    const auto w = decode_witness(mutant);
    if (w.ok()) {
      ++decoded;
      REQUIRE(encode(*w) == mutant);
    } else {
      ++refused;
    }
  }
  CHECK(decoded > 0);
  CHECK(refused > 0);
}

TEST_CASE("malformed encodings are refused, each with its reason") {
  const auto refused = [](const bytes& from) {
    const auto r = decode_witness(from);
    REQUIRE_FALSE(r.ok());
    return r.error();
  };
  CHECK(refused({}) == tree_error::truncated);
  CHECK(refused({1}) == tree_error::truncated);
  CHECK(refused({1, 0}) == tree_error::truncated);
  CHECK(refused({2, 0, 0}) == tree_error::unknown_version);
  CHECK(refused({0, 0, 0}) == tree_error::unknown_version);
  CHECK(refused({1, 2, 0}) == tree_error::unknown_flags);
  CHECK(refused({1, 0, 1}) == tree_error::truncated);
  CHECK(refused({1, 0, 0x80, 0}) == tree_error::malformed_varint);
  CHECK(refused({1, 0, 0, 9}) == tree_error::trailing_bytes);
  bytes huge = {1, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
  CHECK(refused(huge) == tree_error::truncated);
  huge.back() = 2;
  CHECK(refused(huge) == tree_error::malformed_varint);

  // An index that wraps around: 2^64 - 2, then a step that would start again at zero.
  bytes wraps = {1, 0, 2};
  const auto leaf_at = [&](const bytes& index) {
    append(wraps, index);
    wraps.resize(wraps.size() + 65);
  };
  leaf_at({0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1});
  leaf_at({0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1});
  CHECK(refused(wraps) == tree_error::index_order);
  bytes last = {1, 0, 1};
  append(last, bytes{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1});
  last.resize(last.size() + 65);
  CHECK(refused(last) == tree_error::index_order);
}

TEST_CASE("every prefix of a witness is refused") {
  workload work(81);
  memory_tree t;
  REQUIRE(t.apply(work.updates(30, 0)).ok());
  const auto b = work.next(4, 4, 50);
  const bytes encoded = encode(make_witness(t, b.reads, b.updates));
  for (std::size_t length = 0; length < encoded.size(); ++length) {
    const auto r = witness_tree::open(bytes_view(encoded).first(length), t.state());
    REQUIRE_FALSE(r.ok());
  }
}

}  // namespace ashlar::tree
