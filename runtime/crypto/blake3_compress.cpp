#include "runtime/crypto/blake3.hpp"

namespace ashlar::crypto {

namespace {

[[gnu::always_inline]] inline u32 rotated(u32 x, unsigned n) {
  return (x >> n) | (x << (32 - n));
}

[[gnu::always_inline]] inline void mix(u32& a, u32& b, u32& c, u32& d, u32 x, u32 y) {
  a += b + x;
  d = rotated(d ^ a, 16);
  c += d;
  b = rotated(b ^ c, 12);
  a += b + y;
  d = rotated(d ^ a, 8);
  c += d;
  b = rotated(b ^ c, 7);
}

// The message permutation, applied 0..6 times: written out so that every index is a constant.
constexpr u8 schedule[7][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
                                {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
                                {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
                                {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
                                {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
                                {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13}};

template <int R>
[[gnu::always_inline]] inline void round(u32* v, const u32* m) {
  constexpr auto& s = schedule[R];
  mix(v[0], v[4], v[8], v[12], m[s[0]], m[s[1]]);
  mix(v[1], v[5], v[9], v[13], m[s[2]], m[s[3]]);
  mix(v[2], v[6], v[10], v[14], m[s[4]], m[s[5]]);
  mix(v[3], v[7], v[11], v[15], m[s[6]], m[s[7]]);
  mix(v[0], v[5], v[10], v[15], m[s[8]], m[s[9]]);
  mix(v[1], v[6], v[11], v[12], m[s[10]], m[s[11]]);
  mix(v[2], v[7], v[8], v[13], m[s[12]], m[s[13]]);
  mix(v[3], v[4], v[9], v[14], m[s[14]], m[s[15]]);
}

}  // namespace

void blake3_compress(const u32 cv[8], const u32 block[16], u64 counter, u32 block_length, u32 flags,
                     u32 out[8]) noexcept {
  u32 v[16] = {cv[0],
               cv[1],
               cv[2],
               cv[3],
               cv[4],
               cv[5],
               cv[6],
               cv[7],
               blake3_iv[0],
               blake3_iv[1],
               blake3_iv[2],
               blake3_iv[3],
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

}  // namespace ashlar::crypto
