#include <random>

#include <catch2/catch.hpp>

#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/merkle/merkle_proof.hpp"
#include "runtime/stark/prover/merkle_tree.hpp"
#include "runtime/stark/verifier/proof_reader.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

constexpr hash_kind kinds[] = {hash_kind::blake3, hash_kind::poseidon2, hash_kind::keccak};

struct forest {
  hash_kind hash = hash_kind::blake3;
  std::vector<std::vector<gl>> storage;
  std::vector<column_group> groups;
  unsigned blowup_log2;

  forest(hash_kind kind, std::initializer_list<std::pair<unsigned, unsigned>> shapes,
         unsigned blowup)
      : hash(kind), blowup_log2(blowup) {
    std::mt19937_64 rng(9);
    for (const auto& [height, columns] : shapes) {
      groups.push_back({height, {}});
      for (unsigned j = 0; j < columns; ++j) {
        storage.emplace_back(std::size_t{1} << (height + blowup));
        for (gl& e : storage.back()) e = gl(rng());
      }
    }
    std::size_t at = 0;
    std::size_t g = 0;
    for (const auto& [height, columns] : shapes) {
      for (unsigned j = 0; j < columns; ++j)
        groups[g].columns.push_back({storage[at++].data(), std::size_t{1} << height});
      ++g;
    }
  }
  std::vector<gl> row(const column_group& g, u32 t) const {
    std::vector<gl> out;
    for (const column_view& c : g.columns) out.push_back(c.data[storage_of(t, g.height_log2)]);
    return out;
  }
  // By the definition, one node at a time.
  hash256 node(unsigned level, u32 index) const {
    hash256 h;
    const unsigned top = groups[0].height_log2 + blowup_log2;
    if (level < top)
      h = hash_node(hash, node(level + 1, 2 * index), node(level + 1, 2 * index + 1));
    for (const column_group& g : groups) {
      if (g.height_log2 + blowup_log2 != level) continue;
      const hash256 rows = hash_elements(hash, row(g, index));
      h = level == top ? rows : hash_node(hash, h, rows);
    }
    return h;
  }
};

}  // namespace

TEST_CASE("the tree is the one of its definition, whatever the row's length and the hash") {
  crew threads(2);
  for (const hash_kind kind : kinds) {
    INFO(hash_name(kind));
    for (unsigned columns :
         {1u, 7u, 8u, 9u, 127u, 128u, 129u, 256u, 257u, 300u, 500u, 640u, 1000u}) {
      const forest f(kind, {{3, columns}}, 1);
      merkle_tree tree;
      tree.build(f.groups, kind, hash_block_max, 1, threads, std::make_shared<cell_pool>(0));
      INFO(columns);
      REQUIRE(tree.root() == f.node(0, 0));
    }
    for (unsigned blowup : {1u, 2u}) {
      const forest f(kind, {{6, 5}, {5, 130}, {3, 2}, {0, 3}}, blowup);
      merkle_tree tree;
      tree.build(f.groups, kind, hash_block_max, blowup, threads, std::make_shared<cell_pool>(0));
      REQUIRE(tree.root() == f.node(0, 0));
    }
  }
}

TEST_CASE("the tree is the one of its definition where rows are hashed in several runs") {
  crew threads(2);
  for (const hash_kind kind : kinds) {
    INFO(hash_name(kind));
    const forest f(kind, {{11, 3}, {10, 65}, {9, 64}, {8, 2}}, 1);
    merkle_tree tree;
    tree.build(f.groups, kind, hash_block_max, 1, threads, std::make_shared<cell_pool>(0));
    REQUIRE(tree.root() == f.node(0, 0));
  }
}

TEST_CASE("openings lead to the root, and nothing else does") {
  crew threads(1);
  const hash_kind kind = GENERATE(from_range(std::begin(kinds), std::end(kinds)));
  const forest f(kind, {{5, 4}, {4, 2}, {2, 9}}, 1);
  merkle_tree tree;
  tree.build(f.groups, kind, hash_block_max, 1, threads, std::make_shared<cell_pool>(0));
  std::mt19937_64 rng(3);
  for (unsigned cap_log2 = 0; cap_log2 <= 3; ++cap_log2) {
    std::vector<u32> positions;
    for (unsigned i = 0; i < 40; ++i) positions.push_back(static_cast<u32>(rng() % 64));
    positions.push_back(positions.back());  // in any order, and repeated
    const bytes cap = tree.cap(cap_log2), paths = tree.paths(cap_log2, positions);
    std::vector<hash256> nodes;
    for (std::size_t at = 0; at < cap.size(); at += 32)
      nodes.push_back(hash256::copy_of(cap.data() + at));
    REQUIRE(nodes.size() == 1u << cap_log2);
    REQUIRE(root_above(kind, nodes) == tree.root());
    REQUIRE(paths.size() % positions.size() == 0);
    const std::size_t length = paths.size() / positions.size();

    // The node of the cap that a path leads to.
    const auto led_to = [&](bytes_view path, u32 position) {
      proof_reader reader(path);
      unsigned level = 6;
      hash256 node;
      for (const column_group& g : f.groups) {
        const unsigned joins_at = g.height_log2 + 1;
        node =
            ancestor_of(kind, node, position >> (6 - level), reader.take((level - joins_at) * 32));
        const hash256 rows = hash_encoded(kind, reader.take(g.columns.size() * 8));
        node = joins_at == 6 ? rows : hash_node(kind, node, rows);
        level = joins_at;
      }
      node = ancestor_of(kind, node, position >> (6 - level), reader.take((level - cap_log2) * 32));
      REQUIRE(reader.at_end());
      return node;
    };
    for (std::size_t i = 0; i < positions.size(); ++i) {
      bytes path(paths.begin() + i * length, paths.begin() + (i + 1) * length);
      const hash256& above = nodes[positions[i] >> (6 - cap_log2)];
      REQUIRE(led_to(path, positions[i]) == above);
      path[rng() % length] ^= static_cast<u8>(1u << (rng() % 8));
      REQUIRE(led_to(path, positions[i]) != above);
    }
  }
}

TEST_CASE("a cap with another node, or with two exchanged, is another tree's") {
  std::vector<hash256> nodes(8);
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].data()[0] = static_cast<u8>(i + 1);
  const hash256 root = root_above(hash_kind::blake3, nodes);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::vector<hash256> other = nodes;
    other[i].data()[31] ^= 1;
    CHECK(root_above(hash_kind::blake3, other) != root);
    other = nodes;
    std::swap(other[i], other[(i + 1) % nodes.size()]);
    CHECK(root_above(hash_kind::blake3, other) != root);
  }
  CHECK(root_above(hash_kind::blake3, {root}) == root);
}
