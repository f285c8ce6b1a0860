#pragma once

#include "runtime/crypto/blake3.hpp"

// The rounds of BLAKE3's compression as constant expressions, so that the one text runs on the
// host, in the guest and in kernels of a GPU.
namespace ashlar::crypto {

namespace blake3_rounds {

// The message permutation, applied 0..6 times: written out so that every index is a constant.
inline constexpr u8 schedule[7][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                       {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
                                       {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
                                       {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
                                       {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
                                       {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
                                       {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13}};
// Scalars of their own, because device code may read constants but no host array.
template <int R, int I>
inline constexpr u8 word = schedule[R][I];
template <int I>
inline constexpr u32 iv = blake3_iv[I];

[[gnu::always_inline]] constexpr u32 rotated(u32 x, unsigned n) noexcept {
  return (x >> n) | (x << (32 - n));
}

[[gnu::always_inline]] constexpr void mix(u32& a, u32& b, u32& c, u32& d, u32 x, u32 y) noexcept {
  a += b + x;
  d = rotated(d ^ a, 16);
  c += d;
  b = rotated(b ^ c, 12);
  a += b + y;
  d = rotated(d ^ a, 8);
  c += d;
  b = rotated(b ^ c, 7);
}

template <int R>
[[gnu::always_inline]] constexpr void round(u32* v, const u32* m) noexcept {
  mix(v[0], v[4], v[8], v[12], m[word<R, 0>], m[word<R, 1>]);
  mix(v[1], v[5], v[9], v[13], m[word<R, 2>], m[word<R, 3>]);
  mix(v[2], v[6], v[10], v[14], m[word<R, 4>], m[word<R, 5>]);
  mix(v[3], v[7], v[11], v[15], m[word<R, 6>], m[word<R, 7>]);
  mix(v[0], v[5], v[10], v[15], m[word<R, 8>], m[word<R, 9>]);
  mix(v[1], v[6], v[11], v[12], m[word<R, 10>], m[word<R, 11>]);
  mix(v[2], v[7], v[8], v[13], m[word<R, 12>], m[word<R, 13>]);
  mix(v[3], v[4], v[9], v[14], m[word<R, 14>], m[word<R, 15>]);
}

}  // namespace blake3_rounds

/// blake3_compress, inline.
[[gnu::always_inline]] constexpr void blake3_compress_inline(const u32* cv, const u32* block,
                                                             u64 counter, u32 block_length,
                                                             u32 flags, u32* out) noexcept {
  using namespace blake3_rounds;
  u32 v[16] = {cv[0],
               cv[1],
               cv[2],
               cv[3],
               cv[4],
               cv[5],
               cv[6],
               cv[7],
               iv<0>,
               iv<1>,
               iv<2>,
               iv<3>,
               static_cast<u32>(counter),
               static_cast<u32>(counter >> 32),
               block_length,
               flags};
  round<0>(v, block);
  round<1>(v, block);
  round<2>(v, block);
  round<3>(v, block);
  round<4>(v, block);
  round<5>(v, block);
  round<6>(v, block);
  for (int i = 0; i < 8; ++i) out[i] = v[i] ^ v[i + 8];
}

/// The chaining value that hashing starts from.
constexpr void blake3_start(u32* cv) noexcept {
  using namespace blake3_rounds;
  cv[0] = iv<0>;
  cv[1] = iv<1>;
  cv[2] = iv<2>;
  cv[3] = iv<3>;
  cv[4] = iv<4>;
  cv[5] = iv<5>;
  cv[6] = iv<6>;
  cv[7] = iv<7>;
}

}  // namespace ashlar::crypto
