#pragma once

#include "cuda/kernels/roots.hpp"

// Running sums of columns.
namespace ashlar::cuda {

/// What a block takes of a run at a time.
struct scan_tile {
  static constexpr unsigned log2 = 12, size = 1u << log2;
  static constexpr u64 tiles(u64 n) noexcept { return (n + size - 1) >> log2; }
};

/// Runs of n elements, `stride` apart, a block a tile, run after run. A place of a run becomes the
/// sum of what comes before it in its tile, plus `starts` of the tile, less `means` of the run
/// times the place; only where `write`. totals[block] is the tile's sum. starts, means and totals
/// may be null.
struct scan_sums {
  static constexpr unsigned threads = 256, share = scan_tile::size / threads, wide = 16;
  static constexpr unsigned shared_words =
      scan_tile::size + (scan_tile::size >> 4) + threads + wide;

  gl* data;
  u64 stride, n;
  const gl* starts;  // by block
  const gl* means;   // by run
  gl* totals;        // by block
  bool write;

  constexpr unsigned phases() const noexcept { return write ? 6 : 4; }
  constexpr void run(unsigned phase, u64 block, unsigned thread, u64* shared) const {
    const u64 tiles = scan_tile::tiles(n), run = block / tiles,
              begin = (block % tiles) << scan_tile::log2;
    gl* const at = data + run * stride;
    u64* const part = shared + scan_tile::size + (scan_tile::size >> 4);  // a thread's share
    u64* const group = part + threads;                                    // 16 threads' shares
    switch (phase) {
      case 0:
        for (unsigned l = thread; l < scan_tile::size; l += threads)
          shared[padded(l)] = begin + l < n ? at[begin + l].value() : 0;
        return;
      case 1: {
        gl sum;
        for (unsigned l = 0; l < share; ++l)
          sum += gl::from_canonical(shared[padded(thread * share + l)]);
        part[thread] = sum.value();
        return;
      }
      case 2: {
        if (thread >= wide) return;
        gl sum;
        for (unsigned k = 0; k < threads / wide; ++k)
          sum += gl::from_canonical(part[thread * (threads / wide) + k]);
        group[thread] = sum.value();
        return;
      }
      case 3: {
        if (thread != 0) return;
        gl sum = starts != nullptr ? starts[block] : gl();
        const gl start = sum;
        for (unsigned k = 0; k < wide; ++k) {
          const gl own = gl::from_canonical(group[k]);
          group[k] = sum.value();
          sum += own;
        }
        if (totals != nullptr) totals[block] = sum - start;
        return;
      }
      case 4: {
        gl sum = gl::from_canonical(group[thread / (threads / wide)]);
        for (unsigned k = thread / (threads / wide) * (threads / wide); k < thread; ++k)
          sum += gl::from_canonical(part[k]);
        for (unsigned l = 0; l < share; ++l) {
          u64& cell = shared[padded(thread * share + l)];
          const gl own = gl::from_canonical(cell);
          cell = sum.value();
          sum += own;
        }
        return;
      }
      default:
        for (unsigned l = thread; l < scan_tile::size; l += threads) {
          if (begin + l >= n) continue;
          gl v = gl::from_canonical(shared[padded(l)]);
          if (means != nullptr) v -= means[run] * gl(begin + l);
          at[begin + l] = v;
        }
    }
  }

 private:
  static constexpr unsigned padded(unsigned l) noexcept { return l + (l >> 4); }
};

/// means[run] = totals[run] / n.
struct scan_means {
  static constexpr unsigned threads = 32;
  const gl* totals;
  gl n_inverse;
  gl* means;
  constexpr void operator()(u64 i) const { means[i] = totals[i] * n_inverse; }
};

}  // namespace ashlar::cuda
