#include "runtime/tree/witness_tree.hpp"

#include <algorithm>

#include "runtime/crypto/blake3.hpp"

namespace ashlar::tree {

namespace {

std::vector<hash256> hash_leaves(const std::vector<const leaf*>& leaves) {
  std::vector<hash256> out(leaves.size());
#ifdef ASHLAR_GUEST  // a chip hashes them where they are, one by one
  for (std::size_t i = 0; i < leaves.size(); ++i) out[i] = leaf_hash(*leaves[i]);
#else
  bytes raw(leaves.size() * leaf_bytes);
  for (std::size_t i = 0; i < leaves.size(); ++i)
    write_leaf(*leaves[i], raw.data() + i * leaf_bytes);
  crypto::blake3_many(raw.data(), leaf_bytes, out.data(), out.size());
#endif
  return out;
}

/// a < b, by words where they are equal at length.
bool is_less(const hash256& a, const hash256& b) {
  return std::memcmp(a.data(), b.data(), hash256::size()) < 0;
}

/// Nodes of this level over `leaf_count` leaves.
u64 nodes_at(unsigned level, u64 leaf_count) {
  return ((leaf_count - 1) >> level) + 1;
}

result<nothing, tree_error> check_indexes(const witness& w, u64 leaf_count) {
  for (std::size_t i = 0; i < w.leaves.size(); ++i) {
    const placed_leaf& l = w.leaves[i];
    if (i > 0 && l.index <= w.leaves[i - 1].index) return fail(tree_error::index_order);
    if (l.index >= leaf_count || l.content.next >= leaf_count) return fail(tree_error::index_range);
  }
  return nothing{};
}

}  // namespace

result<witness_tree, tree_error> witness_tree::open(bytes_view encoded, const summary& before) {
  ASHLAR_TRY(witness w, decode_witness(encoded));
  return open(std::move(w), before);
}

result<witness_tree, tree_error> witness_tree::open(witness w, const summary& before) {
  if (before.leaf_count < leaf_count_initial || before.leaf_count > leaf_count_limit)
    return fail(tree_error::leaf_count_range);
  ASHLAR_CHECK(check_indexes(w, before.leaf_count));
  witness_tree tree(std::move(w), before);
  ASHLAR_CHECK(tree.sort_keys());
  ASHLAR_CHECK(tree.check_root());
  return tree;
}

result<nothing, tree_error> witness_tree::sort_keys() {
  by_key_.reserve(w_.leaves.size());
  for (const placed_leaf& l : w_.leaves)
    by_key_.push_back({load_be32(l.content.key.data()), static_cast<u32>(by_key_.size())});
  std::sort(by_key_.begin(), by_key_.end(),
            [&](const key_place& a, const key_place& b) { return is_before(a, b); });
  // In an honest tree keys are distinct, so this only tells apart what check_root would refuse.
  for (std::size_t i = 1; i < by_key_.size(); ++i)
    if (!is_before(by_key_[i - 1], by_key_[i])) return fail(tree_error::duplicate_key);
  for (const placed_leaf& l : w_.leaves) ++from_byte_[l.content.key[0] + 1];
  for (std::size_t b = 1; b < from_byte_.size(); ++b) from_byte_[b] += from_byte_[b - 1];
  return nothing{};
}

bool witness_tree::is_before(const key_place& a, const key_place& b) const {
  if (a.prefix != b.prefix) return a.prefix < b.prefix;
  return is_less(w_.leaves[a.at].content.key, w_.leaves[b.at].content.key);
}

result<nothing, tree_error> witness_tree::check_root() {
  std::vector<u64> positions;
  std::vector<const leaf*> leaves;
  for (const placed_leaf& l : w_.leaves) {
    positions.push_back(l.index);
    leaves.push_back(&l.content);
  }
  std::vector<hash256> hashes = hash_leaves(leaves);
  if (w_.appends) {
    positions.push_back(before_.leaf_count);
    hashes.push_back(empty_[0]);
  }
  if (positions.empty())
    return w_.siblings.empty() ? result<nothing, tree_error>(nothing{})
                               : fail(tree_error::sibling_surplus);

  // All at once: what growing leaves behind would be memory of the proof.
  std::size_t nodes = 0;
  for (unsigned level = 0; level < depth; ++level)
    nodes += static_cast<std::size_t>(
        std::min<u64>(positions.size(), (before_.leaf_count >> level) + 1));
  nodes_.reserve(nodes);
  std::size_t used = 0;
  std::vector<hash256> pairs;
  for (unsigned level = 0; level < depth; ++level) {
    first_.push_back(nodes_.size());
    nodes_.insert(nodes_.end(), hashes.begin(), hashes.end());
    pairs.resize(2 * positions.size());
    const u64 end = nodes_at(level, before_.leaf_count);
    std::size_t parents = 0;
    for (std::size_t i = 0; i < positions.size(); ++i, ++parents) {
      const u64 here = positions[i];
      const u64 beside = here ^ 1;
      pairs[2 * parents + (here & 1)] = hashes[i];
      hash256& other = pairs[2 * parents + (beside & 1)];
      if (i + 1 < positions.size() && positions[i + 1] == beside) {
        other = hashes[++i];
      } else if (beside >= end) {
        other = empty_[level];
      } else {
        if (used == w_.siblings.size()) return fail(tree_error::sibling_missing);
        other = w_.siblings[used++];
        if (other == empty_[level]) return fail(tree_error::empty_sibling);
      }
      positions[parents] = here >> 1;
    }
    positions.resize(parents);
    hashes.resize(parents);
    crypto::blake3_nodes(pairs.data(), hashes.data(), parents);
  }
  if (used != w_.siblings.size()) return fail(tree_error::sibling_surplus);
  if (hashes[0] != before_.root) return fail(tree_error::root_mismatch);
  return nothing{};
}

result<witness_tree::place, tree_error> witness_tree::locate(const hash256& key) const {
  if (is_reserved(key)) return fail(tree_error::reserved_key);
  // Keys are hashes: few share a first byte, and where somebody made more of them do so, halving
  // finds it still.
  const u32 prefix = load_be32(key.data());
  const auto after = std::upper_bound(by_key_.begin() + from_byte_[key[0]],
                                      by_key_.begin() + from_byte_[key[0] + 1], prefix,
                                      [&](u32 p, const key_place& k) {
                                        if (p != k.prefix) return p < k.prefix;
                                        return is_less(key, w_.leaves[k.at].content.key);
                                      });
  if (after == by_key_.begin()) return fail(tree_error::not_covered);
  const std::size_t at = (after - 1)->at;
  if (w_.leaves[at].content.key == key) return place{true, at, 0};
  // Absent only if the list itself steps over the key: the covered leaf that follows in order of
  // key is the one that the predecessor names as its next.
  if (after == by_key_.end() || w_.leaves[at].content.next != w_.leaves[after->at].index)
    return fail(tree_error::not_covered);
  return place{false, at, after->at};
}

result<const placed_leaf*, tree_error> witness_tree::lookup(const hash256& key) const {
  ASHLAR_TRY(const place where, locate(key));
  return where.present ? &w_.leaves[where.at] : nullptr;
}

result<summary, tree_error> witness_tree::apply(const std::vector<update>& updates) const {
  if (!is_proper(updates)) return fail(tree_error::improper_updates);
  if (updates.size() > leaf_count_limit - before_.leaf_count) return fail(tree_error::tree_full);
  changed_leaves now;
  now.covered.reserve(w_.leaves.size());
  for (const placed_leaf& l : w_.leaves) now.covered.push_back(l.content);
  now.dirty.assign(w_.leaves.size(), 0);

  bool changed = false;
  std::size_t gap = w_.leaves.size();  // the predecessor of the last appended leaf
  for (const update& u : updates) {
    ASHLAR_TRY(const place where, locate(u.key));
    if (where.present) {
      now.covered[where.at].value = u.value;
    } else if (u.value.is_zero()) {
      continue;
    } else {
      if (!w_.appends) return fail(tree_error::frontier_missing);
      // New keys come in order, so those that fall between the same two leaves are neighbours.
      const u64 index = before_.leaf_count + now.appended.size();
      if (gap == where.at)
        now.appended.back().next = index;
      else
        now.covered[where.at].next = index;
      now.appended.push_back({u.key, u.value, w_.leaves[where.after].index});
      gap = where.at;
    }
    now.dirty[where.at] = 1;
    changed = true;
  }
  if (!changed) return before_;
  return summary{root_after(now), before_.leaf_count + now.appended.size()};
}

hash256 witness_tree::root_after(const changed_leaves& now) const {
  std::vector<u64> positions;
  std::vector<hash256> hashes;
  std::vector<u8> dirty = now.dirty;
  std::vector<const leaf*> rehashed;
  for (std::size_t i = 0; i < now.covered.size(); ++i) {
    positions.push_back(w_.leaves[i].index);
    if (dirty[i] != 0) rehashed.push_back(&now.covered[i]);
  }
  for (std::size_t i = 0; i < now.appended.size(); ++i) {
    positions.push_back(before_.leaf_count + i);
    rehashed.push_back(&now.appended[i]);
    dirty.push_back(1);
  }
  if (now.appended.empty() && w_.appends) {
    positions.push_back(before_.leaf_count);
    dirty.push_back(0);
  }
  const std::vector<hash256> fresh = hash_leaves(rehashed);
  for (std::size_t i = 0, f = 0; i < positions.size(); ++i)
    hashes.push_back(dirty[i] != 0 ? fresh[f++] : nodes_[i]);

  // The shape of check_root, whose nodes come first among those of each level: a sibling is asked
  // for in the same order, and the appended leaves never need one to their right.
  std::size_t used = 0;
  std::vector<hash256> pairs;
  std::vector<std::size_t> parents_dirty;
  for (unsigned level = 0; level < depth; ++level) {
    pairs.resize(2 * positions.size());
    const u64 end = nodes_at(level, before_.leaf_count);
    parents_dirty.clear();
    std::size_t parents = 0;
    for (std::size_t i = 0; i < positions.size(); ++i, ++parents) {
      const u64 here = positions[i];
      const u64 beside = here ^ 1;
      const std::size_t first = i;
      bool touched = dirty[i] != 0;
      const hash256* other = &empty_[level];
      if (i + 1 < positions.size() && positions[i + 1] == beside) {
        other = &hashes[++i];
        touched = touched || dirty[i] != 0;
      } else if (beside < end) {
        other = &w_.siblings[used++];
      }
      if (touched) {
        parents_dirty.push_back(parents);
        hash256* pair = &pairs[2 * (parents_dirty.size() - 1)];
        pair[here & 1] = hashes[first];
        pair[beside & 1] = *other;
      }
      positions[parents] = here >> 1;
      dirty[parents] = touched ? 1 : 0;
    }
    positions.resize(parents);
    const std::size_t fold = parents_dirty.size();
    crypto::blake3_nodes(pairs.data(), pairs.data(), fold);
    hashes.resize(parents);
    for (std::size_t i = 0, f = 0; i < parents; ++i) {
      if (dirty[i] != 0)
        hashes[i] = pairs[f++];
      else if (level + 1 < depth)
        hashes[i] = nodes_[first_[level + 1] + i];
    }
  }
  return hashes[0];
}

}  // namespace ashlar::tree
