#include "runtime/crypto/ripemd160.hpp"

namespace ashlar::crypto {

namespace {

// Word order and rotation of each step, left line and right line.
constexpr u8 left_word[80] = {0, 1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15,
                              7, 4,  13, 1,  10, 6,  15, 3,  12, 0, 9,  5,  2,  14, 11, 8,
                              3, 10, 14, 4,  9,  15, 8,  1,  2,  7, 0,  6,  13, 11, 5,  12,
                              1, 9,  11, 10, 0,  8,  12, 4,  13, 3, 7,  15, 14, 5,  6,  2,
                              4, 0,  5,  9,  7,  12, 2,  10, 14, 1, 3,  8,  11, 6,  15, 13};
constexpr u8 right_word[80] = {5,  14, 7,  0, 9, 2,  11, 4,  13, 6,  15, 8,  1,  10, 3,  12,
                               6,  11, 3,  7, 0, 13, 5,  10, 14, 15, 8,  12, 4,  9,  1,  2,
                               15, 5,  1,  3, 7, 14, 6,  9,  11, 8,  12, 2,  10, 0,  4,  13,
                               8,  6,  4,  1, 3, 11, 15, 0,  5,  12, 2,  13, 9,  7,  10, 14,
                               12, 15, 10, 4, 1, 5,  8,  7,  6,  2,  13, 14, 0,  3,  9,  11};
constexpr u8 left_turn[80] = {11, 14, 15, 12, 5,  8,  7,  9,  11, 13, 14, 15, 6,  7,  9,  8,
                              7,  6,  8,  13, 11, 9,  7,  15, 7,  12, 15, 9,  11, 7,  13, 12,
                              11, 13, 6,  7,  14, 9,  13, 15, 14, 8,  13, 6,  5,  12, 7,  5,
                              11, 12, 14, 15, 14, 15, 9,  8,  9,  14, 5,  6,  8,  6,  5,  12,
                              9,  15, 5,  11, 6,  8,  13, 12, 5,  12, 13, 14, 11, 8,  5,  6};
constexpr u8 right_turn[80] = {8,  9,  9,  11, 13, 15, 15, 5,  7,  7,  8,  11, 14, 14, 12, 6,
                               9,  13, 15, 7,  12, 8,  9,  11, 7,  7,  12, 7,  6,  15, 13, 11,
                               9,  7,  15, 11, 8,  6,  6,  14, 12, 13, 5,  14, 13, 13, 7,  5,
                               15, 5,  8,  11, 14, 14, 6,  14, 6,  9,  12, 9,  12, 5,  15, 8,
                               8,  5,  12, 9,  12, 5,  14, 6,  8,  13, 6,  5,  15, 13, 11, 11};
constexpr u32 left_constant[5] = {0, 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xa953fd4e};
constexpr u32 right_constant[5] = {0x50a28be6, 0x5c4dd124, 0x6d703ef3, 0x7a6d76e9, 0};

u32 rotated(u32 x, unsigned n) {
  return (x << n) | (x >> (32 - n));
}

u32 boolean(int which, u32 x, u32 y, u32 z) {
  switch (which) {
    case 0:
      return x ^ y ^ z;
    case 1:
      return (x & y) | (~x & z);
    case 2:
      return (x | ~y) ^ z;
    case 3:
      return (x & z) | (y & ~z);
    default:
      return x ^ (y | ~z);
  }
}

void step(u32* v, int which, u32 word, u32 constant, unsigned turn) {
  const u32 t = rotated(v[0] + boolean(which, v[1], v[2], v[3]) + word + constant, turn) + v[4];
  v[0] = v[4];
  v[4] = v[3];
  v[3] = rotated(v[2], 10);
  v[2] = v[1];
  v[1] = t;
}

void absorb(u32* state, const u8* block) {
  u32 word[16], left[5], right[5];
  for (int i = 0; i < 16; ++i) word[i] = load_le32(block + 4 * i);
  for (int i = 0; i < 5; ++i) left[i] = right[i] = state[i];
  for (int i = 0; i < 80; ++i) {
    const int r = i / 16;
    step(left, r, word[left_word[i]], left_constant[r], left_turn[i]);
    step(right, 4 - r, word[right_word[i]], right_constant[r], right_turn[i]);
  }
  const u32 t = state[1] + left[2] + right[3];
  state[1] = state[2] + left[3] + right[4];
  state[2] = state[3] + left[4] + right[0];
  state[3] = state[4] + left[0] + right[1];
  state[4] = state[0] + left[1] + right[2];
  state[0] = t;
}

}  // namespace

fixed_bytes<20> ripemd160(bytes_view data) noexcept {
  u32 state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
  const std::size_t whole = data.size() / 64, rest = data.size() % 64;
  for (std::size_t i = 0; i < whole; ++i) absorb(state, data.data() + 64 * i);
  u8 tail[128] = {};
  if (rest != 0) std::memcpy(tail, data.data() + 64 * whole, rest);
  tail[rest] = 0x80;
  const std::size_t tail_blocks = rest < 56 ? 1 : 2;
  store_le64(tail + 64 * tail_blocks - 8, static_cast<u64>(data.size()) * 8);
  for (std::size_t i = 0; i < tail_blocks; ++i) absorb(state, tail + 64 * i);
  fixed_bytes<20> out;
  for (std::size_t i = 0; i < 5; ++i) store_le32(out.data() + 4 * i, state[i]);
  return out;
}

}  // namespace ashlar::crypto
