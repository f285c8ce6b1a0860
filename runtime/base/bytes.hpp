#pragma once

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

namespace ashlar {

using u8 = std::uint8_t;
using u16 = std::uint16_t;
using u32 = std::uint32_t;
using u64 = std::uint64_t;
using i64 = std::int64_t;

using bytes = std::vector<u8>;
using bytes_view = std::span<const u8>;

/// N bytes in wire order. Ordered and compared lexicographically. Zero-initialised. Aligned to
/// words where it is whole words, for machines that load nothing else.
template <std::size_t N>
struct fixed_bytes {
  alignas(N % 4 == 0 ? 4 : 1) std::array<u8, N> data_{};

  static constexpr std::size_t size() noexcept { return N; }
  constexpr u8* data() noexcept { return data_.data(); }
  constexpr const u8* data() const noexcept { return data_.data(); }
  constexpr auto begin() noexcept { return data_.begin(); }
  constexpr auto begin() const noexcept { return data_.begin(); }
  constexpr auto end() noexcept { return data_.end(); }
  constexpr auto end() const noexcept { return data_.end(); }
  constexpr u8& operator[](std::size_t i) noexcept { return data_[i]; }
  constexpr u8 operator[](std::size_t i) const noexcept { return data_[i]; }

  constexpr bool is_zero() const noexcept {
    for (u8 b : data_)
      if (b != 0) return false;
    return true;
  }

  /// Copies exactly N bytes. Precondition: `from` holds N bytes or more.
  static fixed_bytes copy_of(const u8* from) noexcept {
    fixed_bytes out;
    std::memcpy(out.data(), from, N);
    return out;
  }

  friend constexpr auto operator<=>(const fixed_bytes&, const fixed_bytes&) = default;
};

using address = fixed_bytes<20>;
using hash256 = fixed_bytes<32>;

/// Hash-table hash for values that are already uniformly distributed or attacker-chosen but
/// bounded in number per block; mixes all bytes.
template <std::size_t N>
struct fixed_bytes_hash {
  std::size_t operator()(const fixed_bytes<N>& value) const noexcept {
    u64 h = 0x9e3779b97f4a7c15ull;
    std::size_t i = 0;
    for (; i + 8 <= N; i += 8) {
      u64 w;
      std::memcpy(&w, value.data() + i, 8);
      h = (h ^ w) * 0xff51afd7ed558ccdull;
      h ^= h >> 32;
    }
    for (; i < N; ++i) h = (h ^ value[i]) * 0xff51afd7ed558ccdull;
    return static_cast<std::size_t>(h ^ (h >> 29));
  }
};

inline bytes to_bytes(bytes_view view) {
  return bytes(view.begin(), view.end());
}

/// `what` is no part of `to`.
inline void append(bytes& to, bytes_view what) {
  // Room first: an insertion that must make room copies byte by byte in some libraries.
  if (to.capacity() - to.size() < what.size())
    to.reserve(std::max(2 * to.capacity(), to.size() + what.size()));
  to.insert(to.end(), what.begin(), what.end());
}

inline bool equal(bytes_view a, bytes_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin());
}

#ifndef ASHLAR_GUEST  // loads and stores of fixed width; the guest's are in bytes_guest.hpp
inline u64 load_be64(const u8* p) noexcept {
  u64 v;
  std::memcpy(&v, p, 8);
  return __builtin_bswap64(v);
}
inline void store_be64(u8* p, u64 v) noexcept {
  v = __builtin_bswap64(v);
  std::memcpy(p, &v, 8);
}
inline u32 load_be32(const u8* p) noexcept {
  u32 v;
  std::memcpy(&v, p, 4);
  return __builtin_bswap32(v);
}
inline void store_be32(u8* p, u32 v) noexcept {
  v = __builtin_bswap32(v);
  std::memcpy(p, &v, 4);
}
inline u64 load_le64(const u8* p) noexcept {
  u64 v;
  std::memcpy(&v, p, 8);
  return v;
}
inline void store_le64(u8* p, u64 v) noexcept {
  std::memcpy(p, &v, 8);
}
inline u32 load_le32(const u8* p) noexcept {
  u32 v;
  std::memcpy(&v, p, 4);
  return v;
}
inline void store_le32(u8* p, u32 v) noexcept {
  std::memcpy(p, &v, 4);
}
#endif
}  // namespace ashlar

template <std::size_t N>
struct std::hash<ashlar::fixed_bytes<N>> : ashlar::fixed_bytes_hash<N> {};

#ifdef ASHLAR_GUEST
#include "runtime/base/bytes_guest.hpp"
#endif
