#pragma once

#include "runtime/store/reserved_array.hpp"
#include "runtime/tree/leaf.hpp"

namespace ashlar::store {

/// Key to leaf index, and the order of keys, in memory. 16 bytes a slot, a slot in two to three
/// of four filled: 21 to 43 bytes a leaf.
///
/// Open addressing by a monotone hash: the home of a key is its first 64 bits scaled to the table,
/// and entries are kept in the order of their keys. So the table is one sorted array with gaps,
/// where a key is found as in a hash table and its predecessor is the entry before. Keys are
/// BLAKE3 outputs, spread evenly unless someone grinds them; then a cluster grows, in which search
/// stays logarithmic and insertion moves 16 bytes per leaf of the cluster.
///
/// Entries keep the first 64 bits of the key; the whole key is in the leaf and always compared.
class tree_index {
 public:
  /// `leaves` outlives the index.
  explicit tree_index(const reserved_array<tree::leaf>& leaves) : leaves_(leaves) {}

  /// From all leaves, whose keys are distinct. False where there is no memory.
  bool rebuild();

  std::optional<u64> find(const hash256& key) const;
  /// The leaf with the largest key below `key`, which is not the smallest key.
  u64 predecessor(const hash256& key) const;
  /// A leaf that may have this key, without a look at the leaf; `none` if no leaf can. Where
  /// several leaves begin alike it is the first of them.
  static constexpr u64 none = ~u64{0};
  u64 candidate(const hash256& key) const noexcept;
  /// Brings the slot that a search would start with into the cache.
  void prefetch(const hash256& key) const noexcept {
    __builtin_prefetch(slots_->data() + home(prefix_of(key)));
  }

  /// Enters a leaf whose key is new. False where there is no memory.
  bool insert(u64 index);

  u64 memory_bytes() const noexcept { return slots_ ? slots_->size() * sizeof(slot) : 0; }

 private:
  struct slot {
    u64 prefix;
    u64 index_plus_one;  // 0: empty
  };

  static u64 prefix_of(const hash256& key) noexcept { return load_be64(key.data()); }
  u64 home(u64 prefix) const noexcept { return mul_wide(prefix, homes_).high; }
  const slot& at(u64 i) const noexcept { return (*slots_)[i]; }
  bool is_less(u64 i, u64 prefix, const hash256& key) const noexcept;
  u64 lower(const hash256& key) const noexcept;
  bool regrow(u64 homes, u64 slack);

  const reserved_array<tree::leaf>& leaves_;
  std::optional<reserved_array<slot>> slots_;
  u64 homes_ = 0;  // slots that are a home; behind them is slack, the last always empty
  u64 filled_ = 0;
};

}  // namespace ashlar::store
