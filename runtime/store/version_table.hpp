#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <unordered_map>
#include <vector>

#include "runtime/base/ensure.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::store {

/// A storage slot of an account.
struct slot_key {
  address who;
  u256 slot;
  friend bool operator==(const slot_key&, const slot_key&) = default;
};

/// Keyed hash: slots are chosen by strangers, who must not be able to choose collisions.
class keyed_hash {
 public:
  explicit keyed_hash(u64 seed) noexcept : seed_(seed | 1) {}
  std::size_t operator()(const address& a) const noexcept { return mix(seed_, a); }
  std::size_t operator()(const slot_key& k) const noexcept {
    u64 h = mix(seed_, k.who);
    for (const u64 limb : k.slot.limb) h = fold(h ^ limb, seed_ ^ 0xa0761d6478bd642full);
    return h;
  }

 private:
  static u64 fold(u64 a, u64 b) noexcept {
    const u64_pair p = mul_wide(a, b);
    return p.low ^ p.high;
  }
  static u64 mix(u64 seed, const address& a) noexcept {
    u64 h = fold(load_le64(a.data()) ^ seed, load_le64(a.data() + 8) ^ 0xe7037ed1a0b428dbull);
    return fold(h ^ load_le32(a.data() + 16), seed ^ 0x8ebc6af09c88c6e3ull);
  }
  u64 seed_;
};

/// Versions of values by key: all that is not on disk yet, and a cache of the newest that is.
///
/// Each entry holds a gapless tail of its key's history: every version from its oldest on. So a
/// lookup that finds a version not above the height asked for is right, and one that finds none
/// must ask the disk. Thread-safe; one thread puts, in block order.
template <class Key, class Value>
class version_table {
 public:
  version_table(u64 bytes_max, u64 seed)
      : shards_(), shard_bytes_max_(bytes_max / shard_count), hash_(seed) {
    for (shard& s : shards_) s.map = map_type(16, hash_);
  }

  /// What `fill` needs to know whether the disk was read before something was forgotten.
  struct ticket {
    u64 evictions = 0;
  };

  /// The newest version with block <= at, where memory knows it.
  bool find(const Key& key, u64 at, Value& out, ticket& t) const {
    const shard& s = shard_of(key);
    std::shared_lock lock{s.mutex};
    t.evictions = s.evictions;
    const auto it = s.map.find(key);
    if (it == s.map.end()) return false;
    const entry& e = it->second;
    if (e.newest.block <= at) {
      e.referenced.store(true, std::memory_order_relaxed);
      out = e.newest.value;
      return true;
    }
    const auto above = std::upper_bound(e.older.begin(), e.older.end(), at,
                                        [](u64 n, const version& v) { return n < v.block; });
    if (above == e.older.begin()) return false;
    out = std::prev(above)->value;
    return true;
  }

  /// A new version. Precondition: block is above every version of the key.
  void put(const Key& key, u64 block, const Value& value, u64 flushed) {
    shard& s = shard_of(key);
    std::unique_lock lock{s.mutex};
    const auto [it, added] = s.map.try_emplace(key);
    entry& e = it->second;
    if (added) {
      note_added(s, key);
    } else {
      verify(e.newest.block < block);
      e.older.push_back(std::move(e.newest));
      s.bytes += sizeof(version);
    }
    e.newest = {block, value};
    evict(s, flushed);
  }

  /// The newest version on disk, read from there after `find` gave the ticket.
  void fill(const Key& key, u64 block, const Value& value, const ticket& t, u64 flushed) {
    shard& s = shard_of(key);
    std::unique_lock lock{s.mutex};
    if (s.evictions != t.evictions) return;
    const auto [it, added] = s.map.try_emplace(key);
    if (!added) return;
    it->second.newest = {block, value};
    note_added(s, key);
    evict(s, flushed);
  }

  /// Versions up to `flushed` are on disk now: only the newest of them is kept.
  void settle(const Key& key, u64 flushed) {
    shard& s = shard_of(key);
    std::unique_lock lock{s.mutex};
    const auto it = s.map.find(key);
    if (it == s.map.end()) return;
    entry& e = it->second;
    auto keep = e.older.end();
    if (e.newest.block > flushed) {
      keep = std::upper_bound(e.older.begin(), e.older.end(), flushed,
                              [](u64 n, const version& v) { return n < v.block; });
      if (keep != e.older.begin()) --keep;
    }
    s.bytes -= static_cast<u64>(keep - e.older.begin()) * sizeof(version);
    e.older.erase(e.older.begin(), keep);
    if (e.older.empty()) e.older.shrink_to_fit();
    evict(s, flushed);
  }

  u64 bytes() const {
    u64 sum = 0;
    for (const shard& s : shards_) {
      std::shared_lock lock{s.mutex};
      sum += s.bytes;
    }
    return sum;
  }

 private:
  static constexpr std::size_t shard_count = 64;

  struct version {
    u64 block = 0;
    Value value{};
  };
  struct entry {
    version newest;
    std::vector<version> older;  // ascending
    mutable std::atomic<bool> referenced{false};
  };
  using map_type = std::unordered_map<Key, entry, keyed_hash>;
  static constexpr u64 entry_bytes = sizeof(Key) * 2 + sizeof(entry) + 48;

  struct alignas(64) shard {
    mutable std::shared_mutex mutex;
    map_type map{0, keyed_hash{1}};
    std::deque<Key> order;  // second-chance eviction
    u64 bytes = 0;
    u64 evictions = 0;
  };

  shard& shard_of(const Key& key) { return shards_[(hash_(key) >> 48) % shard_count]; }
  const shard& shard_of(const Key& key) const { return shards_[(hash_(key) >> 48) % shard_count]; }

  void note_added(shard& s, const Key& key) {
    s.order.push_back(key);
    s.bytes += entry_bytes;
  }

  void evict(shard& s, u64 flushed) {
    // A bounded number of tries: entries that are not on disk yet stay whatever the budget says.
    for (int tries = 0; s.bytes > shard_bytes_max_ && tries < 8 && !s.order.empty(); ++tries) {
      const Key key = s.order.front();
      s.order.pop_front();
      const auto it = s.map.find(key);
      ensure(it != s.map.end());
      entry& e = it->second;
      const bool pinned = e.newest.block > flushed || !e.older.empty();
      if (pinned || e.referenced.exchange(false, std::memory_order_relaxed)) {
        s.order.push_back(key);
        continue;
      }
      s.map.erase(it);
      s.bytes -= entry_bytes;
      ++s.evictions;
    }
  }

  std::array<shard, shard_count> shards_;
  u64 shard_bytes_max_;
  keyed_hash hash_;
};

}  // namespace ashlar::store
