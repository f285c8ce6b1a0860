#include "runtime/store/tree_levels.hpp"

#include <algorithm>
#include <bit>

#include "runtime/crypto/blake3.hpp"

namespace ashlar::store {

namespace {

/// Hashed in one call: enough to fill the vector units, small enough to stay in the first cache.
constexpr std::size_t run_length = 128;
/// How many runs of memory accesses are under way at once.
constexpr std::size_t prefetch_distance = 24;

/// Where to cut `positions` so that both halves share as few ancestors as can be.
struct cut {
  std::size_t at = 0;
  unsigned level = 0;  // below this level the halves have no node in common
};

cut cut_near_middle(std::span<const u64> positions) {
  const std::size_t middle = positions.size() / 2;
  const std::size_t reach = positions.size() / 8;
  cut best;
  for (std::size_t i = middle - reach; i <= middle + reach; ++i) {
    if (i == 0 || i == positions.size()) continue;
    const auto level = static_cast<unsigned>(std::bit_width(positions[i - 1] ^ positions[i])) - 1;
    if (best.at == 0 || level > best.level) best = {i, level};
  }
  return best;
}

constexpr std::size_t parallel_min = 256;

}  // namespace

std::optional<tree_levels> tree_levels::make(u64 leaves_max) {
  tree_levels t;
  for (unsigned level = 0; level <= tree::depth; ++level) {
    const u64 nodes = (leaves_max >> level) + 2;
    auto array = reserved_array<hash256>::make(nodes);
    if (!array) return std::nullopt;
    t.levels_.push_back(std::move(*array));
    if ((leaves_max >> level) == 0) break;
  }
  t.counts_.assign(t.levels_.size(), 0);
  return t;
}

void tree_levels::resize(u64 leaf_count) {
  top_ = static_cast<unsigned>(std::bit_width(leaf_count - 1));
  ensure(top_ < levels_.size());
  for (unsigned level = 0; level <= top_; ++level) {
    counts_[level] = ((leaf_count - 1) >> level) + 1;
    levels_[level].resize(counts_[level] + (counts_[level] & 1));
  }
}

/// After the node at `written` of the level got its hash: if it is the last, and a left one, what
/// is beside it is empty.
void tree_levels::close_level(unsigned level, u64 written) {
  if (written + 1 == counts_[level] && (written & 1) == 0 && level < top_)
    levels_[level][written + 1] = empty_[level];
}

void tree_levels::build(const reserved_array<tree::leaf>& leaves, crew& workers) {
  resize(leaves.size());
  const u64 shares = workers.members();
  const auto share = [&](u64 count, unsigned member) { return count * member / shares; };
  workers.run([&](unsigned member) {
    u8 raw[run_length * tree::leaf_bytes];
    const u64 end = share(leaves.size(), member + 1);
    for (u64 first = share(leaves.size(), member); first < end;) {
      const auto n = static_cast<std::size_t>(std::min<u64>(run_length, end - first));
      for (std::size_t i = 0; i < n; ++i)
        tree::write_leaf(leaves[first + i], raw + i * tree::leaf_bytes);
      crypto::blake3_many(raw, tree::leaf_bytes, levels_[0].data() + first, n);
      first += n;
    }
  });
  close_level(0, counts_[0] - 1);
  for (unsigned level = 0; level < top_; ++level) {
    const u64 parents = counts_[level + 1];
    workers.run([&](unsigned member) {
      const u64 first = share(parents, member);
      const u64 end = share(parents, member + 1);
      crypto::blake3_nodes(levels_[level].data() + 2 * first, levels_[level + 1].data() + first,
                           static_cast<std::size_t>(end - first));
    });
    close_level(level + 1, parents - 1);
  }
}

void tree_levels::hash_leaves(const reserved_array<tree::leaf>& leaves,
                              std::span<const u64> changed) {
  u8 raw[run_length * tree::leaf_bytes];
  hash256 out[run_length];
  for (std::size_t first = 0; first < changed.size();) {
    const std::size_t n = std::min(run_length, changed.size() - first);
    for (std::size_t i = 0; i < n; ++i) {
      if (first + i + prefetch_distance < changed.size())
        __builtin_prefetch(leaves.data() + changed[first + i + prefetch_distance]);
      __builtin_prefetch(levels_[0].data() + changed[first + i], 1);
      tree::write_leaf(leaves[changed[first + i]], raw + i * tree::leaf_bytes);
    }
    crypto::blake3_many(raw, tree::leaf_bytes, out, n);
    for (std::size_t i = 0; i < n; ++i) {
      levels_[0][changed[first + i]] = out[i];
      close_level(0, changed[first + i]);
    }
    first += n;
  }
}

/// Rehashes the ancestors of `positions` (nodes of level `from`, up to date) up to level `to`, and
/// returns their positions there, at the front of the same memory.
std::span<u64> tree_levels::fold(std::span<u64> positions, unsigned from, unsigned to) {
  hash256 pairs[2 * run_length];
  for (unsigned level = from; level < to; ++level) {
    std::size_t parents = 0;
    for (const u64 p : positions)
      if (parents == 0 || positions[parents - 1] != p >> 1) positions[parents++] = p >> 1;
    positions = positions.first(parents);
    const hash256* below = levels_[level].data();
    hash256* above = levels_[level + 1].data();
    for (std::size_t first = 0; first < parents;) {
      const std::size_t n = std::min(run_length, parents - first);
      for (std::size_t i = 0; i < n; ++i) {
        const std::size_t ahead = first + i + prefetch_distance;
        if (ahead < parents) {
          __builtin_prefetch(below + 2 * positions[ahead]);
          __builtin_prefetch(above + positions[ahead], 1);
        }
        std::memcpy(pairs + 2 * i, below + 2 * positions[first + i], 2 * sizeof(hash256));
      }
      crypto::blake3_nodes(pairs, pairs, n);
      for (std::size_t i = 0; i < n; ++i) above[positions[first + i]] = pairs[i];
      first += n;
    }
    if (parents != 0) close_level(level + 1, positions[parents - 1]);
  }
  return positions;
}

void tree_levels::update(const reserved_array<tree::leaf>& leaves, std::span<u64> changed,
                         crew& workers) {
  if (changed.empty()) return;
  resize(leaves.size());
  if (workers.members() < 2 || changed.size() < parallel_min) {
    hash_leaves(leaves, changed);
    fold(changed, 0, top_);
    return;
  }
  // Two halves that meet at the cut's level; what is above it is a few nodes.
  const cut c = cut_near_middle(changed);
  std::span<u64> halves[2] = {changed.first(c.at), changed.subspan(c.at)};
  workers.run([&](unsigned member) {
    if (member > 1) return;
    hash_leaves(leaves, halves[member]);
    halves[member] = fold(halves[member], 0, c.level);
  });
  std::copy(halves[1].begin(), halves[1].end(), halves[0].data() + halves[0].size());
  fold(changed.first(halves[0].size() + halves[1].size()), c.level, top_);
}

hash256 tree_levels::root() const {
  hash256 root = levels_[top_][0];
  for (unsigned level = top_; level < tree::depth; ++level)
    root = tree::node_hash(root, empty_[level]);
  return root;
}

hash256 tree_levels::node(unsigned level, u64 position) const {
  if (level > top_ && position == 0) {
    hash256 hash = levels_[top_][0];
    for (unsigned l = top_; l < level; ++l) hash = tree::node_hash(hash, empty_[l]);
    return hash;
  }
  if (level > top_ || position >= counts_[level]) return empty_[level];
  return levels_[level][position];
}

}  // namespace ashlar::store
