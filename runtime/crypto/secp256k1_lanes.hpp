#pragma once

#include <cstddef>

#include "runtime/base/u256.hpp"

// What the vector code of secp256k1's recovery is asked, and by whom. Internal to this folder.

namespace ashlar::crypto {

inline constexpr std::size_t secp256k1_lanes = 8;

/// A point as it lies in a table: x and y below p, little-endian words. One cache line.
struct alignas(64) secp256k1_packed_point {
  u64 x[4], y[4];
};

/// A string of `bits` signs b, -1 or 1, is kept as the number of its (b + 1) / 2. So v stands for
/// the odd number 2 v - (2^bits - 1), and each run of w bits of it for an odd digit of at most
/// 2^w - 1 in size: no digit is zero, and no digit needs a carry (Hamburg: Fast and compact
/// elliptic-curve cryptography, 2012, section 3.3).
struct secp256k1_sign_strings {
  static constexpr unsigned point_bits = 130, point_window = 5;
  static constexpr unsigned generator_bits = 260, generator_window = 10;
  static constexpr std::size_t generator_multiples = std::size_t{1} << (generator_window - 1);
};

/// G, 3 G, 5 G ... and the same of 2^130 G.
struct secp256k1_generator_table {
  secp256k1_packed_point low[secp256k1_sign_strings::generator_multiples];
  secp256k1_packed_point high[secp256k1_sign_strings::generator_multiples];
};

/// For each lane: R's x below 2^256, whether its y is odd, and the sign strings of g, k1 and k2. As
/// numbers by word, then lane.
struct alignas(64) secp256k1_lanes_question {
  using number = u64[5][secp256k1_lanes];
  number x, generator, first, second;  // the highest word of x and of generator is 0
  u8 odd;                              // a bit each lane
};

/// For each lane the point (X / Z^2, Y / Z^3) = g G + (k1 + k2 lambda) R, numbers below p. Z = 0
/// where that is infinity, or where an addition on the way was of equal or opposite points: the sum
/// is then not known.
struct alignas(64) secp256k1_lanes_answer {
  using number = u64[4][secp256k1_lanes];
  number x, y, z;
  u8 on_curve;  // a bit each lane: whether there is a point R. Else the rest means nothing.
};

/// Only where the processor has AVX-512 IFMA.
void secp256k1_lanes_avx512(const secp256k1_lanes_question& question,
                            const secp256k1_generator_table& generator,
                            secp256k1_lanes_answer& answer) noexcept;

}  // namespace ashlar::crypto
