#include <random>

#include <catch2/catch.hpp>

#include "runtime/crypto/blake3.hpp"
#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/merkle/merkle_proof.hpp"
#include "runtime/stark/prover/merkle_tree.hpp"
#include "runtime/stark/verifier/proof_reader.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

struct forest {
  std::vector<std::vector<gl>> storage;
  std::vector<column_group> groups;
  unsigned blowup_log2;

  forest(std::initializer_list<std::pair<unsigned, unsigned>> shapes, unsigned blowup)
      : blowup_log2(blowup) {
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
  bytes row(const column_group& g, u32 t) const {
    bytes out;
    const std::size_t at = storage_of(t, g.height_log2);
    for (const column_view& c : g.columns) {
      u8 b[8];
      c.data[at].encode(b);
      append(out, b);
    }
    return out;
  }
  // By the definition, one node at a time.
  hash256 node(unsigned level, u32 index) const {
    hash256 h;
    const unsigned top = groups[0].height_log2 + blowup_log2;
    if (level < top)
      h = crypto::blake3_node(node(level + 1, 2 * index), node(level + 1, 2 * index + 1));
    for (const column_group& g : groups) {
      if (g.height_log2 + blowup_log2 != level) continue;
      const hash256 rows = crypto::blake3(row(g, index));
      h = level == top ? rows : crypto::blake3_node(h, rows);
    }
    return h;
  }
};

}  // namespace

TEST_CASE("the tree is the one of its definition, whatever the row's length") {
  crew threads(2);
  for (unsigned columns : {1u, 7u, 8u, 9u, 127u, 128u, 129u, 256u, 257u, 300u, 500u, 640u, 1000u}) {
    const forest f({{3, columns}}, 1);
    merkle_tree tree;
    tree.build(f.groups, 1, threads, std::make_shared<cell_pool>(0));
    INFO(columns);
    REQUIRE(tree.root() == f.node(0, 0));
  }
  for (unsigned blowup : {1u, 2u}) {
    const forest f({{6, 5}, {5, 130}, {3, 2}, {0, 3}}, blowup);
    merkle_tree tree;
    tree.build(f.groups, blowup, threads, std::make_shared<cell_pool>(0));
    REQUIRE(tree.root() == f.node(0, 0));
  }
}

TEST_CASE("openings lead to the root, and nothing else does") {
  crew threads(1);
  const forest f({{5, 4}, {4, 2}, {2, 9}}, 1);
  merkle_tree tree;
  tree.build(f.groups, 1, threads, std::make_shared<cell_pool>(0));
  std::mt19937_64 rng(3);
  for (unsigned count : {1u, 2u, 3u, 10u, 64u}) {
    std::vector<u32> positions;
    for (unsigned i = 0; i < count; ++i) positions.push_back(static_cast<u32>(rng() % 64));
    std::sort(positions.begin(), positions.end());
    positions = parents_of(positions, 0);
    bytes opened;
    tree.gather(positions, opened);
    const auto root = [&](const bytes& from) -> std::optional<hash256> {
      proof_reader reader(from);
      std::vector<opened_level> levels;
      for (const column_group& g : f.groups) {
        opened_level level{g.height_log2 + 1, parents_of(positions, 5 - g.height_log2), {}};
        for (std::size_t i = 0; i < level.index.size(); ++i)
          level.digest.push_back(crypto::blake3(reader.take(g.columns.size() * 8)));
        levels.push_back(std::move(level));
      }
      const auto r = root_from_openings(levels, reader);
      if (!reader.at_end()) return std::nullopt;
      return r;
    };
    REQUIRE(root(opened) == tree.root());
    for (std::size_t at = 0; at < opened.size(); at += 5) {
      bytes changed = opened;
      changed[at] ^= 0x10;
      REQUIRE(root(changed) != tree.root());
    }
    bytes cut = opened;
    cut.resize(cut.size() - 1);
    REQUIRE(root(cut) != tree.root());
  }
}
