#pragma once

#include "cuda/kernels/hash.hpp"

namespace ashlar::cuda {

/// Keccak-f[1600], and what Keccak-256 (the padding of Ethereum's) puts into it. Lanes are
/// little-endian, as FIPS 202 has them.
struct keccak_state {
  static constexpr unsigned rate = 17;  // lanes
  u64 a[25] = {};

  template <unsigned N>
  static constexpr u64 rotated(u64 x) {
    if constexpr (N == 0)
      return x;
    else
      return x << N | x >> (64 - N);
  }
  /// The padding's last bit; its first stands behind the message.
  constexpr void pad_last() { a[rate - 1] ^= u64{1} << 63; }

  // Theta's column sums go into every lane on its way through rho and pi. Row Y of the result takes
  // lane (X + 3 Y, X) at place X.
  template <unsigned X, unsigned Y>
  constexpr u64 moved(const u64 (&d)[5]) const {
    // FIPS 202, table 2, by x + 5 y.
    constexpr unsigned offsets[25] = {0,  1,  62, 28, 27, 36, 44, 6,  55, 20, 3,  10, 43,
                                      25, 39, 41, 45, 15, 21, 8,  18, 2,  61, 56, 14};
    constexpr unsigned from_x = (X + 3 * Y) % 5, from = from_x + 5 * X;
    return rotated<offsets[from]>(a[from] ^ d[from_x]);
  }
  template <unsigned Y>
  constexpr void row(const u64 (&d)[5], u64* to) const {
    const u64 b0 = moved<0, Y>(d), b1 = moved<1, Y>(d), b2 = moved<2, Y>(d), b3 = moved<3, Y>(d),
              b4 = moved<4, Y>(d);
    to[0] = b0 ^ (~b1 & b2);
    to[1] = b1 ^ (~b2 & b3);
    to[2] = b2 ^ (~b3 & b4);
    to[3] = b3 ^ (~b4 & b0);
    to[4] = b4 ^ (~b0 & b1);
  }
  constexpr void round(u64 constant) {
    u64 c[5] = {}, d[5] = {}, e[25] = {};
    ASHLAR_UNROLL
    for (unsigned x = 0; x < 5; ++x) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
    ASHLAR_UNROLL
    for (unsigned x = 0; x < 5; ++x) d[x] = c[(x + 4) % 5] ^ rotated<1>(c[(x + 1) % 5]);
    row<0>(d, e);
    row<1>(d, e + 5);
    row<2>(d, e + 10);
    row<3>(d, e + 15);
    row<4>(d, e + 20);
    e[0] ^= constant;
    ASHLAR_UNROLL
    for (unsigned i = 0; i < 25; ++i) a[i] = e[i];
  }
  constexpr void permute() {
    // Unrolled, so that the constants stand in the instructions.
    constexpr u64 constants[24] = {
        0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
        0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
        0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
        0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
        0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
        0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};
    ASHLAR_UNROLL
    for (unsigned r = 0; r < 24; ++r) round(constants[r]);
  }
  constexpr digest result() const {
    digest out{};
    for (unsigned k = 0; k < 4; ++k) {
      out.w[2 * k] = static_cast<u32>(a[k]);
      out.w[2 * k + 1] = static_cast<u32>(a[k] >> 32);
    }
    return out;
  }
};

template <>
struct node_hash<stark::hash_kind::keccak> {
  static constexpr digest pair(const digest& left, const digest& right, const gl*) {
    keccak_state state;
    for (unsigned k = 0; k < 4; ++k) {
      state.a[k] = left.w[2 * k] | u64{left.w[2 * k + 1]} << 32;
      state.a[4 + k] = right.w[2 * k] | u64{right.w[2 * k + 1]} << 32;
    }
    state.a[8] = 1;
    state.pad_last();
    state.permute();
    return state.result();
  }
};

/// hash_rows for Keccak: elements are big-endian.
struct keccak_rows {
  static constexpr unsigned threads = 128;
  const leaf_column* columns;
  u32 width;
  unsigned height_log2;
  digest* out;

  /// Row x & (2^height - 1) of coset x >> height.
  constexpr void operator()(u64 x) const {
    constexpr u32 rate = keccak_state::rate;
    const u64 rows = u64{1} << height_log2, coset = x >> height_log2, row = x & (rows - 1);
    keccak_state state;
    // A message that fills its last block is followed by one of padding.
    for (u32 at = 0; at <= width; at += rate) {
      ASHLAR_UNROLL
      for (u32 j = 0; j < rate; ++j) {
        u64 lane = at + j == width ? 1 : 0;
        if (at + j < width) {
          const leaf_column& column = columns[at + j];
          lane = swapped(column.data[coset * column.coset_stride + row].value());
        }
        state.a[j] ^= lane;
      }
      if (at + rate > width) state.pad_last();
      state.permute();
    }
    out[coset * rows + stark::reverse_bits(static_cast<u32>(row), height_log2)] = state.result();
  }
};

/// grind_nonces for Keccak: `message` is the transcript's work_message with nonce 0, as lanes; the
/// nonce is bytes 33 to 40, big-endian, and so is the number that the mask is of.
struct grind_keccak {
  static constexpr unsigned threads = 128;
  static constexpr u32 run = 4;
  u64 message[5];
  u64 first, mask;
  u8* out;

  constexpr void operator()(u64 i) const {
    u32 found = run;
    for (u32 k = run; k-- > 0;) {
      const u64 nonce = swapped(first + i * run + k);
      keccak_state state;
      for (unsigned j = 0; j < 5; ++j) state.a[j] = message[j];
      state.a[4] |= nonce << 8;
      state.a[5] = nonce >> 56 | u64{1} << 8;
      state.pad_last();
      state.permute();
      if ((swapped(state.a[0]) & mask) == 0) found = k;
    }
    out[i] = static_cast<u8>(found);
  }
};

}  // namespace ashlar::cuda
