#include "runtime/tree/memory_tree.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace ashlar::tree {

memory_tree::memory_tree() : levels_(depth + 1) {
  put(0, low_sentinel());
  put(1, high_sentinel());
  rehash({0, 1});
}

result<summary, tree_error> memory_tree::apply(const std::vector<update>& updates) {
  if (!is_proper(updates)) return fail(tree_error::improper_updates);
  if (updates.size() > leaf_count_limit - leaf_count()) return fail(tree_error::tree_full);
  std::vector<u64> changed;
  for (const update& u : updates) {
    if (const auto index = find(u.key)) {
      leaf same_key = at(*index);
      same_key.value = u.value;
      put(*index, same_key);
      changed.push_back(*index);
    } else if (!u.value.is_zero()) {
      const u64 before = predecessor(u.key);
      leaf left = at(before);
      changed.insert(changed.end(), {before, leaf_count()});
      put(leaf_count(), {u.key, u.value, left.next});
      left.next = leaf_count() - 1;
      put(before, left);
    }
  }
  rehash(std::move(changed));
  return state();
}

hash256 memory_tree::root() const {
  return node(depth, 0);
}

std::optional<u64> memory_tree::find(const hash256& key) const {
  const auto found = index_.find(key);
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

u64 memory_tree::predecessor(const hash256& key) const {
  const auto after = index_.lower_bound(key);
  ensure(after != index_.begin());
  return std::prev(after)->second;
}

const leaf& memory_tree::at(u64 index) const {
  ensure(index < leaves_.size());
  return leaves_[static_cast<std::size_t>(index)];
}

hash256 memory_tree::node(unsigned level, u64 position) const {
  ensure(level <= depth);
  const auto& nodes = levels_[level];
  return position < nodes.size() ? nodes[static_cast<std::size_t>(position)] : empty_[level];
}

void memory_tree::put(u64 index, const leaf& content) {
  if (index == leaves_.size()) {
    leaves_.push_back(content);
    index_.emplace(content.key, index);
  } else {
    leaves_[static_cast<std::size_t>(index)] = content;
  }
}

void memory_tree::rehash(std::vector<u64> positions) {
  std::sort(positions.begin(), positions.end());
  for (unsigned level = 0; level <= depth; ++level) {
    positions.erase(std::unique(positions.begin(), positions.end()), positions.end());
    auto& nodes = levels_[level];
    for (u64& p : positions) {
      const hash256 hash = level == 0
                               ? leaf_hash(at(p))
                               : node_hash(node(level - 1, 2 * p), node(level - 1, 2 * p + 1));
      if (p == nodes.size())
        nodes.push_back(hash);
      else
        nodes[static_cast<std::size_t>(p)] = hash;
      p >>= 1;
    }
  }
}

}  // namespace ashlar::tree
