#pragma once

#include "runtime/stark/ntt/ntt_kernels.hpp"

// Transforms and block operations over vectors of Lanes::width canonical words, for the vector
// files alone: each includes this with its own Lanes, so everything is in an unnamed namespace.
//
// Lanes gives: vec, width, width_log2; load, store, broadcast, add, sub, mul, transpose.

namespace ashlar::stark::ntt {

namespace {

template <class L>
struct kernel {
  using vec = typename L::vec;
  static constexpr std::size_t w = L::width;

  static void butterfly(vec& a, vec& b) {
    const vec sum = L::add(a, b);
    b = L::sub(a, b);
    a = sum;
  }

  // One stage, decimation in time: blocks of 2 half, element i and i + half. `stride` vectors of
  // lanes share a factor where the elements are rows of a tile (then the factor is broadcast).
  static void stage_dit(u64* x, std::size_t n, std::size_t half, const u64* f) {
    for (std::size_t block = 0; block < n; block += 2 * half)
      for (std::size_t i = 0; i < half; i += w) {
        u64* p = x + block + i;
        vec a = L::load(p), b = L::mul(L::load(p + half), L::load(f + i));
        butterfly(a, b);
        L::store(p, a);
        L::store(p + half, b);
      }
  }
  static void stage_dif(u64* x, std::size_t n, std::size_t half, const u64* f) {
    for (std::size_t block = 0; block < n; block += 2 * half)
      for (std::size_t i = 0; i < half; i += w) {
        u64* p = x + block + i;
        vec a = L::load(p), b = L::load(p + half);
        butterfly(a, b);
        L::store(p, a);
        L::store(p + half, L::mul(b, L::load(f + i)));
      }
  }
  // Two stages at once: half and 2 half.
  static void stages_dit(u64* x, std::size_t n, std::size_t half, const u64* f, const u64* g) {
    for (std::size_t block = 0; block < n; block += 4 * half)
      for (std::size_t i = 0; i < half; i += w) {
        u64* p = x + block + i;
        const vec f0 = L::load(f + i);
        vec a = L::load(p), b = L::mul(L::load(p + half), f0);
        vec c = L::load(p + 2 * half), d = L::mul(L::load(p + 3 * half), f0);
        butterfly(a, b);
        butterfly(c, d);
        c = L::mul(c, L::load(g + i));
        d = L::mul(d, L::load(g + i + half));
        butterfly(a, c);
        butterfly(b, d);
        L::store(p, a);
        L::store(p + half, b);
        L::store(p + 2 * half, c);
        L::store(p + 3 * half, d);
      }
  }
  static void stages_dif(u64* x, std::size_t n, std::size_t half, const u64* f, const u64* g) {
    for (std::size_t block = 0; block < n; block += 4 * half)
      for (std::size_t i = 0; i < half; i += w) {
        u64* p = x + block + i;
        vec a = L::load(p), b = L::load(p + half), c = L::load(p + 2 * half),
            d = L::load(p + 3 * half);
        butterfly(a, c);
        butterfly(b, d);
        c = L::mul(c, L::load(g + i));
        d = L::mul(d, L::load(g + i + half));
        butterfly(a, b);
        butterfly(c, d);
        const vec f0 = L::load(f + i);
        L::store(p, a);
        L::store(p + half, L::mul(b, f0));
        L::store(p + 2 * half, c);
        L::store(p + 3 * half, L::mul(d, f0));
      }
  }

  // The stages with half below the width: w vectors are transposed so that partners stand in
  // different vectors.
  static void short_dit(const u64* from, u64* to, std::size_t n, const stage_factors& f) {
    for (std::size_t at = 0; at < n; at += w * w) {
      vec r[w];
      for (std::size_t k = 0; k < w; ++k) r[k] = L::load(from + at + k * w);
      L::transpose(r);
#pragma GCC unroll 3
      for (unsigned s = 0; s < L::width_log2; ++s) {
        const std::size_t half = std::size_t{1} << s;
#pragma GCC unroll 8
        for (std::size_t k = 0; k < w; ++k) {
          if (k & half) continue;
          r[k + half] = L::mul(r[k + half], L::broadcast(f.stage[s][k & (half - 1)]));
          butterfly(r[k], r[k + half]);
        }
      }
      L::transpose(r);
      for (std::size_t k = 0; k < w; ++k) L::store(to + at + k * w, r[k]);
    }
  }
  static void short_dif(u64* x, std::size_t n, const stage_factors& f) {
    for (std::size_t at = 0; at < n; at += w * w) {
      vec r[w];
      for (std::size_t k = 0; k < w; ++k) r[k] = L::load(x + at + k * w);
      L::transpose(r);
#pragma GCC unroll 3
      for (unsigned back = 1; back <= L::width_log2; ++back) {
        const unsigned s = L::width_log2 - back;
        const std::size_t half = std::size_t{1} << s;
#pragma GCC unroll 8
        for (std::size_t k = 0; k < w; ++k) {
          if (k & half) continue;
          butterfly(r[k], r[k + half]);
          r[k + half] = L::mul(r[k + half], L::broadcast(f.stage[s][k & (half - 1)]));
        }
      }
      L::transpose(r);
      for (std::size_t k = 0; k < w; ++k) L::store(x + at + k * w, r[k]);
    }
  }

  static void row_dit(const u64* from, u64* to, unsigned log2, const stage_factors& f) {
    const std::size_t n = std::size_t{1} << log2;
    short_dit(from, to, n, f);
    unsigned s = L::width_log2;
    if ((log2 - s) % 2 != 0) {
      stage_dit(to, n, std::size_t{1} << s, f.stage[s]);
      ++s;
    }
    for (; s < log2; s += 2) stages_dit(to, n, std::size_t{1} << s, f.stage[s], f.stage[s + 1]);
  }
  static void row_dif(u64* x, unsigned log2, const stage_factors& f) {
    const std::size_t n = std::size_t{1} << log2;
    unsigned s = log2;
    for (; s >= L::width_log2 + 2; s -= 2)
      stages_dif(x, n, std::size_t{1} << (s - 2), f.stage[s - 2], f.stage[s - 1]);
    if (s > L::width_log2) stage_dif(x, n, std::size_t{1} << (s - 1), f.stage[s - 1]);
    short_dif(x, n, f);
  }

  // Across rows: `x` holds 2^log2 rows of `tile` elements.
  static constexpr std::size_t tile_vecs = tile / w;
  static void tile_dit(u64* x, unsigned log2, const stage_factors& f) {
    const std::size_t rows = std::size_t{1} << log2;
    unsigned s = 0;
    if (log2 % 2 != 0) {
      for (std::size_t r = 0; r < rows; r += 2)
        for (std::size_t v = 0; v < tile; v += w) {
          u64* p = x + r * tile + v;
          vec a = L::load(p), b = L::load(p + tile);
          butterfly(a, b);
          L::store(p, a);
          L::store(p + tile, b);
        }
      s = 1;
    }
    for (; s < log2; s += 2) {
      const std::size_t half = std::size_t{1} << s, step = half * tile;
      for (std::size_t i = 0; i < half; ++i) {
        const vec f0 = L::broadcast(f.stage[s][i]), g0 = L::broadcast(f.stage[s + 1][i]);
        const vec g1 = L::broadcast(f.stage[s + 1][i + half]);
        for (std::size_t block = i; block < rows; block += 4 * half)
          for (std::size_t v = 0; v < tile; v += w) {
            u64* p = x + block * tile + v;
            vec a = L::load(p), b = L::mul(L::load(p + step), f0);
            vec c = L::load(p + 2 * step), d = L::mul(L::load(p + 3 * step), f0);
            butterfly(a, b);
            butterfly(c, d);
            c = L::mul(c, g0);
            d = L::mul(d, g1);
            butterfly(a, c);
            butterfly(b, d);
            L::store(p, a);
            L::store(p + step, b);
            L::store(p + 2 * step, c);
            L::store(p + 3 * step, d);
          }
      }
    }
  }
  static void tile_dif(u64* x, unsigned log2, const stage_factors& f) {
    const std::size_t rows = std::size_t{1} << log2;
    unsigned s = log2;
    for (; s >= 2; s -= 2) {
      const std::size_t half = std::size_t{1} << (s - 2), step = half * tile;
      for (std::size_t i = 0; i < half; ++i) {
        const vec f0 = L::broadcast(f.stage[s - 2][i]), g0 = L::broadcast(f.stage[s - 1][i]);
        const vec g1 = L::broadcast(f.stage[s - 1][i + half]);
        for (std::size_t block = i; block < rows; block += 4 * half)
          for (std::size_t v = 0; v < tile; v += w) {
            u64* p = x + block * tile + v;
            vec a = L::load(p), b = L::load(p + step), c = L::load(p + 2 * step),
                d = L::load(p + 3 * step);
            butterfly(a, c);
            butterfly(b, d);
            c = L::mul(c, g0);
            d = L::mul(d, g1);
            butterfly(a, b);
            butterfly(c, d);
            L::store(p, a);
            L::store(p + step, L::mul(b, f0));
            L::store(p + 2 * step, c);
            L::store(p + 3 * step, L::mul(d, f0));
          }
      }
    }
    if (s == 1)
      for (std::size_t r = 0; r < rows; r += 2)
        for (std::size_t v = 0; v < tile; v += w) {
          u64* p = x + r * tile + v;
          vec a = L::load(p), b = L::load(p + tile);
          butterfly(a, b);
          L::store(p, a);
          L::store(p + tile, b);
        }
  }

  // reversed(e) over e = 0, 1, ..: the next one in bit-reversed counting.
  static std::size_t next_reversed(std::size_t r, std::size_t rows) {
    std::size_t bit = rows >> 1;
    while (r & bit) {
      r ^= bit;
      bit >>= 1;
    }
    return r | bit;
  }

  static void across_dit(u64* x, const transform_plan& plan) {
    const std::size_t rows = std::size_t{1} << plan.rows_log2, c = std::size_t{1} << plan.row_log2;
    alignas(64) u64 buffer[tile << 10];
    for (std::size_t at = 0; at < c; at += tile) {
      vec power[tile_vecs], base[tile_vecs];
      for (std::size_t v = 0; v < tile_vecs; ++v) {
        base[v] = L::load(plan.bases + at + v * w);
        power[v] = L::broadcast(plan.start);
      }
      std::size_t r = 0;
      for (std::size_t e = 0; e < rows; ++e) {
        for (std::size_t v = 0; v < tile_vecs; ++v) {
          L::store(buffer + r * tile + v * w, L::mul(L::load(x + r * c + at + v * w), power[v]));
          power[v] = L::mul(power[v], base[v]);
        }
        if (e + 1 < rows) r = next_reversed(r, rows);
      }
      tile_dit(buffer, plan.rows_log2, plan.across);
      for (r = 0; r < rows; ++r)
        for (std::size_t v = 0; v < tile; v += w)
          L::store(x + r * c + at + v, L::load(buffer + r * tile + v));
    }
  }
  static void across_dif(u64* x, const transform_plan& plan) {
    const std::size_t rows = std::size_t{1} << plan.rows_log2, c = std::size_t{1} << plan.row_log2;
    alignas(64) u64 buffer[tile << 10];
    for (std::size_t at = 0; at < c; at += tile) {
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t v = 0; v < tile; v += w)
          L::store(buffer + r * tile + v, L::load(x + r * c + at + v));
      tile_dif(buffer, plan.rows_log2, plan.across);
      vec power[tile_vecs], base[tile_vecs];
      for (std::size_t v = 0; v < tile_vecs; ++v) {
        base[v] = L::load(plan.bases + at + v * w);
        power[v] = L::broadcast(plan.start);
      }
      std::size_t r = 0;
      for (std::size_t e = 0; e < rows; ++e) {
        for (std::size_t v = 0; v < tile_vecs; ++v) {
          L::store(x + r * c + at + v * w, L::mul(L::load(buffer + r * tile + v * w), power[v]));
          power[v] = L::mul(power[v], base[v]);
        }
        if (e + 1 < rows) r = next_reversed(r, rows);
      }
    }
  }

  static void scale(u64* x, std::size_t n, u64 factor) {
    const vec f = L::broadcast(factor);
    for (std::size_t i = 0; i < n; i += w) L::store(x + i, L::mul(L::load(x + i), f));
  }
  static void interpolate(u64* x, const transform_plan& plan) noexcept {
    const std::size_t rows = std::size_t{1} << plan.rows_log2, c = std::size_t{1} << plan.row_log2;
    if (rows > 1)
      across_dif(x, plan);
    else
      scale(x, c, plan.start);
    for (std::size_t r = 0; r < rows; ++r) row_dif(x + r * c, plan.row_log2, plan.row);
  }
  static void evaluate(const u64* from, u64* to, const transform_plan& plan) noexcept {
    const std::size_t rows = std::size_t{1} << plan.rows_log2, c = std::size_t{1} << plan.row_log2;
    for (std::size_t r = 0; r < rows; ++r)
      row_dit(from + r * c, to + r * c, plan.row_log2, plan.row);
    if (rows > 1) across_dit(to, plan);
  }

  // Block operations. A tail shorter than a vector goes through a padded copy.
  static const u64* words(const gl* p) {
    return reinterpret_cast<const u64*>(p);
  }
  static u64* words(gl* p) {
    return reinterpret_cast<u64*>(p);
  }

  template <class Op>
  static void each(gl* to, const gl* a, const gl* b, std::size_t n, const Op& op) {
    std::size_t i = 0;
    for (; i + w <= n; i += w)
      L::store(words(to) + i, op(L::load(words(a) + i), L::load(words(b) + i)));
    if (i == n) return;
    u64 x[w] = {}, y[w] = {};
    std::memcpy(x, words(a) + i, 8 * (n - i));
    std::memcpy(y, words(b) + i, 8 * (n - i));
    L::store(x, op(L::load(x), L::load(y)));
    std::memcpy(words(to) + i, x, 8 * (n - i));
  }
  static void add(gl* to, const gl* a, const gl* b, std::size_t n) {
    each(to, a, b, n, [](vec x, vec y) { return L::add(x, y); });
  }
  static void sub(gl* to, const gl* a, const gl* b, std::size_t n) {
    each(to, a, b, n, [](vec x, vec y) { return L::sub(x, y); });
  }
  static void mul(gl* to, const gl* a, const gl* b, std::size_t n) {
    each(to, a, b, n, [](vec x, vec y) { return L::mul(x, y); });
  }
  static void add_scaled(gl* const to[3], const gl* a, const gl3& c, std::size_t n) {
    const u64* words_of_c = reinterpret_cast<const u64*>(&c);
    const vec c0 = L::broadcast(words_of_c[0]), c1 = L::broadcast(words_of_c[1]),
              c2 = L::broadcast(words_of_c[2]);
    const vec cs[3] = {c0, c1, c2};
    for (unsigned k = 0; k < 3; ++k)
      each(to[k], to[k], a, n, [&](vec x, vec y) { return L::add(x, L::mul(y, cs[k])); });
  }
  static void mul_base(gl* const to[3], const gl* const a[3], const gl* b, std::size_t n) {
    for (unsigned k = 0; k < 3; ++k) mul(to[k], a[k], b, n);
  }
  static void mul3(const vec a[3], const vec b[3], vec r[3]) {
    const vec p0 = L::mul(a[0], b[0]), p1 = L::mul(a[1], b[1]), p2 = L::mul(a[2], b[2]);
    const vec s01 = L::mul(L::add(a[0], a[1]), L::add(b[0], b[1]));
    const vec s02 = L::mul(L::add(a[0], a[2]), L::add(b[0], b[2]));
    const vec s12 = L::mul(L::add(a[1], a[2]), L::add(b[1], b[2]));
    const vec m12 = L::sub(L::sub(s12, p1), p2);
    r[0] = L::add(p0, L::add(m12, m12));
    r[1] = L::add(L::sub(L::sub(s01, p0), p1), L::add(p2, p2));
    r[2] = L::add(L::sub(L::sub(s02, p0), p2), p1);
  }
  static void mul_ext(gl* const to[3], const gl* const a[3], const gl* const b[3], std::size_t n) {
    for (std::size_t i = 0; i < n; i += w) {
      const std::size_t m = n - i < w ? n - i : w;
      u64 pad[6][w] = {};
      vec x[3], y[3], r[3];
      for (unsigned k = 0; k < 3; ++k) {
        if (m == w) {
          x[k] = L::load(words(a[k]) + i);
          y[k] = L::load(words(b[k]) + i);
        } else {
          std::memcpy(pad[k], words(a[k]) + i, 8 * m);
          std::memcpy(pad[3 + k], words(b[k]) + i, 8 * m);
          x[k] = L::load(pad[k]);
          y[k] = L::load(pad[3 + k]);
        }
      }
      mul3(x, y, r);
      for (unsigned k = 0; k < 3; ++k) {
        if (m == w) {
          L::store(words(to[k]) + i, r[k]);
        } else {
          L::store(pad[k], r[k]);
          std::memcpy(words(to[k]) + i, pad[k], 8 * m);
        }
      }
    }
  }
  // Adds up lanes: out[k][lane]; the caller adds the lanes.
  static void dot_lanes(const u64* a, const u64* const b[3], std::size_t n, u64 out[3][8]) {
    vec sum[3] = {L::broadcast(0), L::broadcast(0), L::broadcast(0)};
    for (std::size_t i = 0; i + w <= n; i += w) {
      const vec x = L::load(a + i);
      for (unsigned k = 0; k < 3; ++k) sum[k] = L::add(sum[k], L::mul(x, L::load(b[k] + i)));
    }
    for (unsigned k = 0; k < 3; ++k) L::store(out[k], sum[k]);
  }

  static constexpr kernels table{interpolate, evaluate, 2 * L::width_log2, add, sub,      mul,
                                 add_scaled,  mul_base, mul_ext,           w,   dot_lanes};
};

}  // namespace

}  // namespace ashlar::stark::ntt
