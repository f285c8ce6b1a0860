#pragma once

#include <memory>
#include <vector>

#include "runtime/base/ensure.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::evm {

/// Mixes two words into one; every bit of both reaches every bit of the result.
constexpr u64 mix(u64 a, u64 b) noexcept {
  const u64_pair p = mul_wide(a ^ 0xa0761d6478bd642full, b ^ 0xe7037ed1a0b428dbull);
  return p.low ^ p.high;
}

/// Hashes of keys that strangers choose. Every factor is masked with bits of a seed that they do
/// not know: a factor that can be made zero makes any number of keys collide. Nothing that is
/// computed may depend on the seed but the time that it takes.
class seeded_hash {
 public:
  explicit seeded_hash(u64 seed = 0x9e3779b97f4a7c15ull) noexcept
      : a_(mix(seed, 1)), b_(mix(seed, 2)), c_(mix(seed, 3)), d_(mix(seed, 4)) {}

#ifdef ASHLAR_GUEST
  // Sums of masked products of 32 bits, a fifth of what `mix` takes there.
  u64 of(const address& a) const noexcept {
    u32 w[5];
    std::memcpy(w, a.data(), sizeof w);
    return folded(product(w[0], w[1], a_) + product(w[2], w[3], b_) + product(w[4], 0, c_));
  }
  u64 of(u32 owner, const u256& v) const noexcept {
    return folded(product(v.limb[0], a_) + product(v.limb[1], b_) + product(v.limb[2], c_) +
                  product(v.limb[3], d_) + product(owner, 0, a_ ^ d_));
  }
#else
  u64 of(const address& a) const noexcept {
    return mix(mix(load_le64(a.data()) ^ a_, load_le64(a.data() + 8) ^ b_),
               load_le32(a.data() + 16) ^ c_);
  }
  u64 of(u32 owner, const u256& v) const noexcept {
    return mix(mix(v.limb[0] ^ a_, v.limb[1] ^ b_), mix(v.limb[2] ^ owner ^ c_, v.limb[3] ^ d_));
  }
#endif
  /// For standard containers.
  std::size_t operator()(const hash256& h) const noexcept {
    return static_cast<std::size_t>(mix(load_le64(h.data()) ^ a_, load_le64(h.data() + 8) ^ b_));
  }

 private:
  static u64 product(u32 low, u32 high, u64 mask) noexcept {
    return u64{low ^ static_cast<u32>(mask)} * (high ^ static_cast<u32>(mask >> 32));
  }
  static u64 product(u64 limb, u64 mask) noexcept {
    return product(static_cast<u32>(limb), static_cast<u32>(limb >> 32), mask);
  }
  static u64 folded(u64 h) noexcept {
    return h ^ h >> 32;
  }

  u64 a_, b_, c_, d_;
};

/// Append-only table of entries found by key: open addressing over 8-byte cells, entries in
/// chunks, so that references stay good while the table grows. `clear` keeps the memory.
template <class Entry>
class entry_table {
 public:
  u32 size() const noexcept { return size_; }
  Entry& operator[](u32 index) noexcept {
    return chunks_[index / chunk_entries][index % chunk_entries];
  }
  const Entry& operator[](u32 index) const noexcept {
    return chunks_[index / chunk_entries][index % chunk_entries];
  }

  /// The entry for which `same(entry)` holds, null where there is none.
  template <class Same>
  Entry* find(u64 hash, Same&& same) noexcept {
    if (size_ == 0) return nullptr;
    const u32 tag = static_cast<u32>(hash >> 32);
    for (std::size_t at = static_cast<std::size_t>(hash) & mask_;; at = (at + 1) & mask_) {
      const cell& c = cells_[at];
      if (c.index_plus_one == 0) return nullptr;
      if (c.tag != tag) continue;
      Entry& e = (*this)[c.index_plus_one - 1];
      if (same(e)) return &e;
    }
  }

  /// The entry for which `same(entry)` holds, or a new one (default-constructed, then given to
  /// `init(entry, index)`).
  template <class Same, class Init>
  Entry& find_or_add(u64 hash, Same&& same, Init&& init) {
    if (size_ * 2 >= cells_.size()) grow();
    const u32 tag = static_cast<u32>(hash >> 32);
    std::size_t at = static_cast<std::size_t>(hash) & mask_;
    for (;; at = (at + 1) & mask_) {
      cell& c = cells_[at];
      if (c.index_plus_one == 0) break;
      if (c.tag == tag) {
        Entry& e = (*this)[c.index_plus_one - 1];
        if (same(e)) return e;
      }
    }
    if (size_ == chunks_.size() * chunk_entries)
      chunks_.push_back(std::make_unique<Entry[]>(chunk_entries));
    const u32 index = size_++;
    cells_[at] = {index + 1, tag};
    low_.push_back(static_cast<u32>(hash));
    Entry& e = (*this)[index];
    std::destroy_at(&e);
    std::construct_at(&e);
    init(e, index);
    return e;
  }

  void clear() noexcept {
    if (size_ != 0) std::fill(cells_.begin(), cells_.end(), cell{});
    low_.clear();
    size_ = 0;
  }

 private:
  static constexpr u32 chunk_entries = 64;
  struct cell {
    u32 index_plus_one = 0;
    u32 tag = 0;
  };

  void grow() {
    std::vector<cell> old = std::move(cells_);
    cells_.assign(old.empty() ? 128 : old.size() * 2, cell{});
    mask_ = cells_.size() - 1;
    for (const cell& c : old) {
      if (c.index_plus_one == 0) continue;
      std::size_t at = low_[c.index_plus_one - 1] & mask_;
      while (cells_[at].index_plus_one != 0) at = (at + 1) & mask_;
      cells_[at] = c;
    }
  }

  std::vector<cell> cells_;
  std::vector<u32> low_;  ///< low hash words, for growing
  std::vector<std::unique_ptr<Entry[]>> chunks_;
  std::size_t mask_ = 0;
  u32 size_ = 0;
};

}  // namespace ashlar::evm
