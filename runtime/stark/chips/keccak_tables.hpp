#pragma once

#include <array>

#include "runtime/base/bytes.hpp"

// The numbers of keccak-f[1600], from their definitions in FIPS 202.

namespace ashlar::stark::keccak {

inline constexpr u32 rounds = 24, words = 50;

/// The number of lane (x, y), coordinates taken modulo 5.
constexpr u32 lane(u32 x, u32 y) noexcept {
  return x % 5 + 5 * (y % 5);
}

/// Where pi takes lane (x, y).
constexpr u32 moved_lane(u32 x, u32 y) noexcept {
  return lane(y, 2 * x + 3 * y);
}

/// By how many places rho rotates each lane to the left (FIPS 202, 3.2.2).
constexpr std::array<u32, 25> rotation_table() noexcept {
  std::array<u32, 25> all{};
  u32 x = 1, y = 0;
  for (u32 t = 0; t < 24; ++t) {
    all[lane(x, y)] = (t + 1) * (t + 2) / 2 % 64;
    const u32 next = (2 * x + 3 * y) % 5;
    x = y;
    y = next;
  }
  return all;
}
inline constexpr std::array<u32, 25> rotations = rotation_table();

/// What iota adds to lane (0, 0) in each round (FIPS 202, 3.2.5). Only bits 2^j - 1 are ever set.
constexpr std::array<u64, rounds> constant_table() noexcept {
  std::array<u64, rounds> all{};
  u32 shift_register = 1;
  for (u32 t = 0; t < 7 * rounds; ++t) {
    if ((shift_register & 1) != 0) all[t / 7] |= u64{1} << ((1u << t % 7) - 1);
    shift_register <<= 1;
    if ((shift_register & 0x100) != 0) shift_register ^= 0x171;
  }
  return all;
}
inline constexpr std::array<u64, rounds> constants = constant_table();

}  // namespace ashlar::stark::keccak
