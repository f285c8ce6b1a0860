#pragma once

#include "cuda/kernels/roots.hpp"

// Values of columns at a point outside the domain, by the barycentric formula on coset 0.
namespace ashlar::cuda {

/// out (three runs of 2^height): x_i / (zeta - x_i).
struct opening_weights {
  static constexpr unsigned threads = 128;
  root_powers roots;
  unsigned height_log2;
  gl3 zeta;
  gl shift;
  gl* out;

  constexpr void operator()(u64 i) const {
    const gl x = shift * roots(height_log2, i);
    const gl3 w = (zeta - x).inverse() * x;
    for (unsigned k = 0; k < 3; ++k) out[(u64{k} << height_log2) + i] = w.c[k];
  }
};

/// Sums of column values times weights, over one piece of the rows, for a few columns. Block
/// (piece, group of columns); out[(column pieces + piece) 2 + point].
struct opening_sums {
  static constexpr unsigned threads = 128, columns_at_once = 4;
  static constexpr unsigned sums = 2 * columns_at_once;  // both points
  static constexpr unsigned shared_words = threads * sums * 3;
  static constexpr unsigned piece_log2_max = 13;

  const gl* columns;
  u64 stride;
  u32 width;
  unsigned height_log2;
  unsigned piece_log2;  // rows a piece
  const gl* weights;    // three runs
  gl3* out;

  constexpr unsigned phases() const noexcept { return 2; }
  constexpr void run(unsigned phase, u64 block, unsigned thread, u64* shared) const {
    const u64 pieces_log2 = height_log2 - piece_log2;
    const u64 piece = block & ((u64{1} << pieces_log2) - 1);
    const u32 first = static_cast<u32>(block >> pieces_log2) * columns_at_once;
    if (phase == 0)
      add_up(piece, first, thread, shared);
    else
      join(piece, first, thread, shared);
  }

 private:
  constexpr void add_up(u64 piece, u32 first, unsigned thread, u64* shared) const {
    const u64 rows = u64{1} << height_log2, begin = piece << piece_log2;
    gl3 here[columns_at_once], next[columns_at_once];
    for (u64 i = begin + thread; i < begin + (u64{1} << piece_log2); i += threads) {
      const u64 before = (i - 1) & (rows - 1);
      const gl3 w(weights[i], weights[rows + i], weights[2 * rows + i]);
      const gl3 v(weights[before], weights[rows + before], weights[2 * rows + before]);
      ASHLAR_UNROLL
      for (unsigned j = 0; j < columns_at_once; ++j) {
        if (first + j >= width) continue;
        const gl x = columns[(first + j) * stride + i];
        here[j] += w * x;
        next[j] += v * x;
      }
    }
    ASHLAR_UNROLL
    for (unsigned j = 0; j < columns_at_once; ++j)
      for (unsigned k = 0; k < 3; ++k) {
        shared[(6 * j + k) * threads + thread] = here[j].c[k].value();
        shared[(6 * j + 3 + k) * threads + thread] = next[j].c[k].value();
      }
  }
  constexpr void join(u64 piece, u32 first, unsigned thread, const u64* shared) const {
    if (thread >= 3 * sums) return;
    gl sum;
    for (unsigned t = 0; t < threads; ++t)
      sum += gl::from_canonical(shared[thread * threads + (t + thread) % threads]);
    const u32 column = first + thread / 6;
    if (column >= width) return;
    const u64 pieces = u64{1} << (height_log2 - piece_log2);
    out[(column * pieces + piece) * 2 + (thread / 3) % 2].c[thread % 3] = sum;
  }
};

/// The pieces of opening_sums added up: out[i] = factor sum over the pieces, i = 2 column + point.
struct opening_values {
  static constexpr unsigned threads = 64;
  const gl3* parts;
  u64 pieces;
  gl3 factor;
  gl3* out;
  constexpr void operator()(u64 i) const {
    gl3 sum;
    for (u64 p = 0; p < pieces; ++p) sum += parts[((i / 2) * pieces + p) * 2 + i % 2];
    out[i] = sum * factor;
  }
};

}  // namespace ashlar::cuda
