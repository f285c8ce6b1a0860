#pragma once

#include "runtime/crypto/blake3_lanes.hpp"

// The hash-many kernel over `Lanes::width` inputs, for the vector files alone: each includes this
// with its own Lanes, so everything is in an unnamed namespace and compiled for its extension.
//
// Lanes gives: vec; width; broadcast, load, add, exclusive_or, rotated<16, 12, 8, 7>;
// transpose_in (width x 64 bytes to 16 words) and transpose_out (8 words to width x 32 bytes).

namespace ashlar::crypto {

namespace {

constexpr u32 kernel_iv[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                              0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

// The message permutation, applied 0..6 times.
constexpr u8 kernel_schedule[7][16] = {{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
                                       {2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8},
                                       {3, 4, 10, 12, 13, 2, 7, 14, 6, 5, 9, 0, 11, 15, 8, 1},
                                       {10, 7, 12, 9, 14, 3, 13, 15, 4, 0, 11, 2, 5, 8, 1, 6},
                                       {12, 13, 9, 11, 15, 10, 14, 8, 7, 2, 5, 3, 0, 1, 6, 4},
                                       {9, 14, 11, 5, 8, 12, 15, 1, 13, 3, 0, 10, 2, 6, 4, 7},
                                       {11, 15, 5, 0, 1, 9, 8, 6, 14, 10, 2, 12, 3, 4, 7, 13}};

template <class Lanes>
struct kernel {
  using vec = typename Lanes::vec;
  static constexpr std::size_t width = Lanes::width;

  // Four mixes side by side, so that the latency of one hides behind the others. S is 0 for the
  // columns and 1 for the diagonals: place i of rows b, c, d is rotated by S, 2S, 3S.
  template <int R, int S>
  [[gnu::always_inline]] static void mix4(vec* v, const vec* m) {
    constexpr const u8* s = kernel_schedule[R] + 8 * S;
    vec* const a = v;
    const auto b = [&](int i) -> vec& { return v[4 + (i + S) % 4]; };
    const auto c = [&](int i) -> vec& { return v[8 + (i + 2 * S) % 4]; };
    const auto d = [&](int i) -> vec& { return v[12 + (i + 3 * S) % 4]; };
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) a[i] = Lanes::add(Lanes::add(a[i], m[s[2 * i]]), b(i));
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) d(i) = Lanes::template rotated<16>(Lanes::exclusive_or(d(i), a[i]));
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) c(i) = Lanes::add(c(i), d(i));
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) b(i) = Lanes::template rotated<12>(Lanes::exclusive_or(b(i), c(i)));
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) a[i] = Lanes::add(Lanes::add(a[i], m[s[2 * i + 1]]), b(i));
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) d(i) = Lanes::template rotated<8>(Lanes::exclusive_or(d(i), a[i]));
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) c(i) = Lanes::add(c(i), d(i));
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) b(i) = Lanes::template rotated<7>(Lanes::exclusive_or(b(i), c(i)));
  }

  template <int R>
  [[gnu::always_inline]] static void round(vec* v, const vec* m) {
    mix4<R, 0>(v, m);
    mix4<R, 1>(v, m);
  }

  // One block of every lane; only the chaining half of the output is wanted.
  [[gnu::always_inline]] static void compress(vec* cv, const vec* m, vec counter_low,
                                              vec counter_high, u32 block_length, u32 flags) {
    vec v[16];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) v[i] = cv[i];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) v[8 + i] = Lanes::broadcast(kernel_iv[i]);
    v[12] = counter_low;
    v[13] = counter_high;
    v[14] = Lanes::broadcast(block_length);
    v[15] = Lanes::broadcast(flags);
    round<0>(v, m);
    round<1>(v, m);
    round<2>(v, m);
    round<3>(v, m);
    round<4>(v, m);
    round<5>(v, m);
    round<6>(v, m);
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) cv[i] = Lanes::exclusive_or(v[i], v[i + 8]);
  }

  // Sixty-four byte inputs of one block: nodes and parents, the case that fills a tree.
  [[gnu::always_inline]] static void group_of_nodes(const u8* const* input, vec counter_low,
                                                    vec counter_high, u32 flags, u8* const* out) {
    vec m[16], cv[8];
    Lanes::transpose_in(input, 0, m);
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) cv[i] = Lanes::broadcast(kernel_iv[i]);
    compress(cv, m, counter_low, counter_high, 64, flags);
    Lanes::transpose_out(cv, out);
  }

  static void group_of_chunks(const blake3_job& job, const u8* const* input, vec counter_low,
                              vec counter_high, u8* const* out) {
    vec m[16], cv[8];
    for (int i = 0; i < 8; ++i) cv[i] = Lanes::broadcast(kernel_iv[i]);
    u32 start = job.flags_start;
    std::size_t at = 0;
    for (; job.length - at > 64; at += 64, start = 0) {
      Lanes::transpose_in(input, at, m);
      compress(cv, m, counter_low, counter_high, 64, job.flags | start);
    }
    const std::size_t last = job.length - at;
    u8 padded[width][64];
    const u8* rows[width];
    for (std::size_t i = 0; i < width; ++i) {
      std::memset(padded[i], 0, 64);
      if (last != 0) std::memcpy(padded[i], input[i] + at, last);
      rows[i] = padded[i];
    }
    Lanes::transpose_in(rows, 0, m);
    compress(cv, m, counter_low, counter_high, static_cast<u32>(last),
             job.flags | start | job.flags_end);
    Lanes::transpose_out(cv, out);
  }

  static void run(const blake3_job& job) {
    u8 spill[32];
    for (std::size_t base = 0; base < job.n; base += width) {
      const std::size_t used = job.n - base < width ? job.n - base : width;
      const u8* input[width];
      u8* out[width];
      u32 low[width], high[width];
      for (std::size_t i = 0; i < width; ++i) {
        // Lanes past the end repeat the last input and write where nobody looks.
        const std::size_t index = base + (i < used ? i : used - 1);
        input[i] = job.input + index * job.length;
        out[i] = i < used ? job.out + index * 32 : spill;
        const u64 counter = job.counter + index * job.counter_step;
        low[i] = static_cast<u32>(counter);
        high[i] = static_cast<u32>(counter >> 32);
      }
      if (job.length == 64)
        group_of_nodes(input, Lanes::load(low), Lanes::load(high),
                       job.flags | job.flags_start | job.flags_end, out);
      else
        group_of_chunks(job, input, Lanes::load(low), Lanes::load(high), out);
    }
  }
};

}  // namespace

}  // namespace ashlar::crypto
