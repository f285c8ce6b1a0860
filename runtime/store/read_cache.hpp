#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "runtime/base/bytes.hpp"

namespace ashlar::store {

/// Shared immutable values by key, the oldest forgotten first when their sizes exceed the budget.
/// Thread-safe.
template <class Key, class T, class Hash = std::hash<Key>>
class read_cache {
 public:
  using value_ptr = std::shared_ptr<const T>;
  explicit read_cache(u64 bytes_max) : bytes_max_(bytes_max) {}

  value_ptr find(const Key& key) const {
    std::lock_guard lock{mutex_};
    const auto it = map_.find(key);
    return it == map_.end() ? nullptr : it->second.value;
  }

  void put(const Key& key, value_ptr value, u64 bytes) {
    std::lock_guard lock{mutex_};
    const auto [it, added] = map_.try_emplace(key, slot{std::move(value), bytes});
    if (!added) return;
    order_.push_back(key);
    bytes_ += bytes;
    while (bytes_ > bytes_max_ && order_.size() > 1) {
      const auto oldest = map_.find(order_.front());
      bytes_ -= oldest->second.bytes;
      map_.erase(oldest);
      order_.pop_front();
    }
  }

 private:
  struct slot {
    value_ptr value;
    u64 bytes;
  };
  mutable std::mutex mutex_;
  std::unordered_map<Key, slot, Hash> map_;
  std::deque<Key> order_;
  u64 bytes_ = 0;
  u64 bytes_max_;
};

}  // namespace ashlar::store
