#pragma once

#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/blake3_lanes.hpp"

// The hash-many kernel over `Lanes::width` inputs, for the vector files alone: each includes this
// with its own Lanes, so everything is in an unnamed namespace and compiled for its extension.
//
// Lanes gives: vec; width; broadcast, load, add, exclusive_or, rotated<16, 12, 8, 7>; halves (width
// words of 8 bytes to two words); transpose_in (width x 64 bytes to 16 words) and transpose_out (8
// words to width x 32 bytes), which are told by a function where row i lies.

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

  // Messages of one whole block and one counter, as nodes of a tree and parents are. Where they lie
  // is said by offsets from two pointers: an array of places is filled by vector code, then read
  // back, and a group's loads wait for that.
  [[gnu::always_inline]] static void group_of_nodes(const u8* input, vec counter_low,
                                                    vec counter_high, u32 flags, u8* out) {
    vec m[16], cv[8];
    Lanes::transpose_in([&](std::size_t i) { return input + 64 * i; }, m);
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) cv[i] = Lanes::broadcast(kernel_iv[i]);
    compress(cv, m, counter_low, counter_high, 64, flags);
    Lanes::transpose_out(cv, [&](std::size_t i) { return out + 32 * i; });
  }

  static void run_nodes(const blake3_job& job) {
    const vec low = Lanes::broadcast(static_cast<u32>(job.counter));
    const vec high = Lanes::broadcast(static_cast<u32>(job.counter >> 32));
    const u32 flags = job.flags | job.flags_start | job.flags_end;
    const u8* input = job.input;
    u8* out = job.out;
    std::size_t left = job.n;
    for (; left >= width; left -= width, input += 64 * width, out += 32 * width)
      group_of_nodes(input, low, high, flags, out);
    if (left == 0) return;
    u8 padded[64 * width] = {}, parents[32 * width];
    std::memcpy(padded, input, 64 * left);
    group_of_nodes(padded, low, high, flags, parents);
    std::memcpy(out, parents, 32 * left);
  }

  static void group_of_chunks(const blake3_job& job, const u8* const* input, vec counter_low,
                              vec counter_high, u8* const* out) {
    vec m[16], cv[8];
    for (int i = 0; i < 8; ++i) cv[i] = Lanes::broadcast(kernel_iv[i]);
    u32 start = job.flags_start;
    std::size_t at = 0;
    for (; job.length - at > 64; at += 64, start = 0) {
      Lanes::transpose_in([&](std::size_t i) { return input[i] + at; }, m);
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
    Lanes::transpose_in([&](std::size_t i) { return rows[i]; }, m);
    compress(cv, m, counter_low, counter_high, static_cast<u32>(last),
             job.flags | start | job.flags_end);
    Lanes::transpose_out(cv, [&](std::size_t i) { return out[i]; });
  }

  // Messages are hashed by tiles. While one is, the next is fetched, a column's part of it at a
  // time: that is 1 kB without a gap, where the memory is quick, while `width` messages' part of a
  // column is two lines. Fetching past the last message reads nothing and cannot fault.
  static constexpr std::size_t tile_messages = 128, line_words = 8;
  static constexpr std::size_t block_columns = 8, chunk_columns = 128, depth_max = 11;
  static_assert(blake3_columns_max <= chunk_columns << depth_max);
  static_assert(tile_messages / width >= block_columns);  // so a block has time for a column

  // At block `block` of messages at ..: the share of the next tile that is fetched now.
  // Inlined by force: GCC takes a function of prefetches alone for one without effect.
  [[gnu::always_inline]] static void fetch_ahead(const blake3_columns_job& job, std::size_t block,
                                                 std::size_t at) {
    const std::size_t blocks = (job.count + block_columns - 1) / block_columns;
    const std::size_t in_tile = at % tile_messages;
    const std::size_t column = in_tile / width * blocks + block;
    if (column >= job.count) return;
    const auto from = reinterpret_cast<std::uintptr_t>(job.columns[column]) +
                      sizeof(u64) * (at - in_tile + tile_messages);
    for (std::size_t i = 0; i < tile_messages; i += line_words)
      __builtin_prefetch(reinterpret_cast<const void*>(from + sizeof(u64) * i), 0, 2);
  }

  // Chunk c of messages at .. at + width - 1.
  static void chunk_of_columns(const blake3_columns_job& job, std::size_t c, std::size_t at,
                               u32 root, vec* cv) {
    for (int i = 0; i < 8; ++i) cv[i] = Lanes::broadcast(kernel_iv[i]);
    const std::size_t begin = c * chunk_columns;
    const std::size_t end = job.count - begin < chunk_columns ? job.count : begin + chunk_columns;
    const vec zero = Lanes::broadcast(0), counter = Lanes::broadcast(static_cast<u32>(c));
    u32 flags = blake3_chunk_start;
    for (std::size_t j = begin; j < end; j += block_columns, flags = 0) {
      const std::size_t here = end - j < block_columns ? end - j : block_columns;
      fetch_ahead(job, j / block_columns, at);
      if (j + here == end) flags |= blake3_chunk_end | root;
      vec m[16];
      if (here == block_columns) {
#pragma GCC unroll 8
        for (std::size_t k = 0; k < block_columns; ++k)
          Lanes::halves(job.columns[j + k] + at, m[2 * k], m[2 * k + 1]);
      } else {
        for (std::size_t k = 0; k < block_columns; ++k) {
          m[2 * k] = m[2 * k + 1] = zero;
          if (k < here) Lanes::halves(job.columns[j + k] + at, m[2 * k], m[2 * k + 1]);
        }
      }
      compress(cv, m, counter, zero, static_cast<u32>(8 * here), flags);
    }
  }

  // cv becomes the parent of left and cv.
  static void parent(const vec* left, vec* cv, u32 root) {
    vec m[16];
    for (int i = 0; i < 8; ++i) {
      m[i] = left[i];
      m[8 + i] = cv[i];
      cv[i] = Lanes::broadcast(kernel_iv[i]);
    }
    const vec zero = Lanes::broadcast(0);
    compress(cv, m, zero, zero, 64, blake3_parent | root);
  }

  static void run_columns(const blake3_columns_job& job) {
    const std::size_t chunks = (job.count + chunk_columns - 1) / chunk_columns;
    for (std::size_t i = 0; i < job.n; i += width) {
      const std::size_t at = job.first + i;
      // Roots of finished subtrees, one for each bit set in the number of chunks before.
      vec cv[8], stack[depth_max][8];
      std::size_t stacked = 0;
      for (std::size_t c = 0; c + 1 < chunks; ++c) {
        chunk_of_columns(job, c, at, 0, cv);
        for (std::size_t bit = 1; c & bit; bit <<= 1) parent(stack[--stacked], cv, 0);
        for (int k = 0; k < 8; ++k) stack[stacked][k] = cv[k];
        ++stacked;
      }
      chunk_of_columns(job, chunks - 1, at, chunks == 1 ? blake3_root : 0, cv);
      while (stacked-- != 0) parent(stack[stacked], cv, stacked == 0 ? blake3_root : 0);
      Lanes::transpose_out(cv, [&](std::size_t k) { return job.out + 32 * (i + k); });
    }
  }

  static void run(const blake3_job& job) {
    if (job.length == 64 && job.counter_step == 0) return run_nodes(job);
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
      group_of_chunks(job, input, Lanes::load(low), Lanes::load(high), out);
    }
  }
};

}  // namespace

}  // namespace ashlar::crypto
