#include "runtime/tree/memory_tree.hpp"

#include <iterator>

namespace ashlar::tree {

memory_tree::memory_tree() : levels_(depth + 1) {
  put(0, low_sentinel());
  put(1, high_sentinel());
}

result<summary, tree_error> memory_tree::apply(const std::vector<update>& updates) {
  if (!is_proper(updates)) return fail(tree_error::improper_updates);
  if (updates.size() > leaf_count_limit - leaf_count()) return fail(tree_error::tree_full);
  for (const update& u : updates) {
    if (const auto index = find(u.key)) {
      leaf changed = at(*index);
      changed.value = u.value;
      put(*index, changed);
    } else if (!u.value.is_zero()) {
      const u64 before = predecessor(u.key);
      leaf left = at(before);
      put(leaf_count(), {u.key, u.value, left.next});
      left.next = leaf_count() - 1;
      put(before, left);
    }
  }
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
  hash256 hash = leaf_hash(content);
  u64 position = index;
  for (unsigned level = 0;; ++level, position >>= 1) {
    auto& nodes = levels_[level];
    if (position == nodes.size())
      nodes.push_back(hash);
    else
      nodes[static_cast<std::size_t>(position)] = hash;
    if (level == depth) return;
    const u64 even = position & ~u64{1};
    hash = node_hash(node(level, even), node(level, even + 1));
  }
}

}  // namespace ashlar::tree
