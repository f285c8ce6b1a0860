#pragma once

#include "cuda/kernels/roots.hpp"

// Transforms as ntt.hpp of runtime/stark has them: values in natural order, coefficients
// bit-reversed, nothing is ever permuted. Stages are taken up to four at a time: a group of 2^q
// elements that are 2^bit apart is one small transform in registers, with one factor an element.
namespace ashlar::cuda {

/// Stages [bit, bit + log2) at once.
struct ntt_step {
  unsigned bit = 0, log2 = 0;
  /// [f][r], r < 2^bit: factor of the member of frequency f in the group of residue r.
  const gl* factors = nullptr;
  /// Whether frequency 0 has a factor other than 1.
  bool scaled = false;
};

/// Fills a step's factors: scale (sigma w^r)^f, w of order 2^(bit + log2), or w^-r.
struct ntt_factors {
  static constexpr unsigned threads = 256;
  root_powers roots;
  unsigned bit, log2;
  bool inverse;
  gl sigma, scale;
  gl* out;

  constexpr void operator()(u64 i) const {
    const u64 f = i >> bit, r = i & ((u64{1} << bit) - 1);
    const gl w = inverse ? roots.inverse(bit + log2, r * f) : roots(bit + log2, r * f);
    out[i] = w * sigma.pow(f) * scale;
  }
};

/// One pass over memory: tiles of 2^12 elements come to shared memory, go through up to three
/// steps there, and leave. A tile is 2^12 consecutive elements (low = 0), or 2^bits pieces of
/// 2^(12 - bits) elements that are 2^low apart.
struct ntt_pass {
  static constexpr unsigned tile_log2 = 12, threads = 256, steps_max = 3;
  static constexpr unsigned tile = 1u << tile_log2;
  static constexpr unsigned shared_words = tile + (tile >> 4);

  const gl* from;
  u64 from_stride;  // elements from one column to the next
  gl* to;
  u64 to_stride;
  unsigned log2;  // of a column
  u64 total;      // elements: columns << log2
  unsigned low, bits;
  bool inverse;
  unsigned steps;
  ntt_step step[steps_max];  // in the order of their execution
  gl root[8];                // powers of the root of order 16, or of its inverse

  /// Tiles of columns 2^log2 long, short columns side by side.
  static constexpr u64 tiles(u64 total) noexcept { return (total + tile - 1) >> tile_log2; }

  constexpr unsigned phases() const noexcept { return steps + 2; }
  constexpr void run(unsigned phase, u64 block, unsigned thread, u64* shared) const {
    if (phase == 0) {
      for (unsigned l = thread; l < tile; l += threads)
        if (const u64 x = place(block, l); x < total)
          shared[padded(l)] = from[at(x, from_stride)].value();
    } else if (phase == steps + 1) {
      for (unsigned l = thread; l < tile; l += threads)
        if (const u64 x = place(block, l); x < total)
          to[at(x, to_stride)] = gl::from_canonical(shared[padded(l)]);
    } else {
      const ntt_step& s = step[phase - 1];
      switch (s.log2) {
        case 1:
          return take<1>(s, block, thread, shared);
        case 2:
          return take<2>(s, block, thread, shared);
        case 3:
          return take<3>(s, block, thread, shared);
        default:
          return take<4>(s, block, thread, shared);
      }
    }
  }

 private:
  // A word more every 16, so that 16 in a row by one thread meet 16 banks.
  static constexpr unsigned padded(unsigned l) noexcept { return l + (l >> 4); }
  constexpr u64 at(u64 x, u64 stride) const noexcept {
    return (x >> log2) * stride + (x & ((u64{1} << log2) - 1));
  }
  constexpr unsigned lanes_log2() const noexcept { return tile_log2 - bits; }
  // The element (columns one after another) at place l of a tile.
  constexpr u64 place(u64 block, unsigned l) const noexcept {
    if (low == 0) return block << tile_log2 | l;
    const unsigned lanes = lanes_log2(), rest_log2 = log2 - tile_log2;
    const u64 column = block >> rest_log2, rest = block & ((u64{1} << rest_log2) - 1);
    const u64 run = rest & ((u64{1} << (low - lanes)) - 1), high = rest >> (low - lanes);
    const u64 i =
        high << (low + bits) | u64{l >> lanes} << low | run << lanes | (l & ((1u << lanes) - 1));
    return column << log2 | i;
  }

  template <unsigned Q>
  constexpr void take(const ntt_step& s, u64 block, unsigned thread, u64* shared) const {
    const unsigned bit = low == 0 ? s.bit : s.bit - low + lanes_log2();
    for (unsigned g = thread; g < (tile >> Q); g += threads) {
      const unsigned first = (g >> bit) << (bit + Q) | (g & ((1u << bit) - 1));
      const u64 x = place(block, first);
      if (x >= total) continue;
      const u64 r = x & ((u64{1} << s.bit) - 1);
      gl v[1u << Q];
      ASHLAR_UNROLL
      for (unsigned m = 0; m < (1u << Q); ++m)
        v[m] = gl::from_canonical(shared[padded(first + (m << bit))]);
      if (inverse) {
        to_coefficients<Q>(v);
        scale<Q>(v, s, r);
      } else {
        scale<Q>(v, s, r);
        to_values<Q>(v);
      }
      ASHLAR_UNROLL
      for (unsigned m = 0; m < (1u << Q); ++m) shared[padded(first + (m << bit))] = v[m].value();
    }
  }
  template <unsigned Q>
  constexpr void scale(gl* v, const ntt_step& s, u64 r) const {
    if (s.scaled) v[0] *= s.factors[r];
    ASHLAR_UNROLL
    for (unsigned m = 1; m < (1u << Q); ++m)
      v[m] *= s.factors[(u64{stark::reverse_bits(m, Q)} << s.bit) | r];
  }
  template <unsigned Q>
  constexpr void to_values(gl* v) const {
    ASHLAR_UNROLL
    for (unsigned s = 0; s < Q; ++s) ASHLAR_UNROLL
    for (unsigned k = 0; k < (1u << (Q - 1)); ++k) {
      const unsigned i = k & ((1u << s) - 1), a = (k >> s) << (s + 1) | i, b = a + (1u << s);
      const gl y = i == 0 ? v[b] : v[b] * root[i << (3 - s)];
      v[b] = v[a] - y;
      v[a] += y;
    }
  }
  template <unsigned Q>
  constexpr void to_coefficients(gl* v) const {
    ASHLAR_UNROLL
    for (unsigned t = 0; t < Q; ++t) {
      const unsigned s = Q - 1 - t;
      ASHLAR_UNROLL
      for (unsigned k = 0; k < (1u << (Q - 1)); ++k) {
        const unsigned i = k & ((1u << s) - 1), a = (k >> s) << (s + 1) | i, b = a + (1u << s);
        const gl y = v[a] - v[b];
        v[a] += v[b];
        v[b] = i == 0 ? y : y * root[i << (3 - s)];
      }
    }
  }
};

}  // namespace ashlar::cuda
