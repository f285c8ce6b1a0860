#pragma once

#include "runtime/stark/ntt/ntt_kernels.hpp"

// Transforms and block operations over vectors of Lanes::width canonical words, for the vector
// files alone: each includes this with its own Lanes, so everything is in an unnamed namespace.
//
// Lanes gives: vec, width, width_log2; load, store, broadcast, add, sub, mul, times_2_24,
// times_2_48, times_2_72, transpose.

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

  // Two and three stages taken together are transforms of four and eight elements, with the general
  // factors in front of them (decimation in time) or behind them (in frequency) and roots of order
  // 4 and 8 within. Those are powers of two: w4 = 2^48, w8 = -2^24, w8^3 = -2^72, and backwards
  // 1 / w4 = -2^48, 1 / w8 = 2^72, 1 / w8^3 = 2^24.
  static void butterfly_w4(vec& a, vec& b) {
    b = L::times_2_48(b);
    butterfly(a, b);
  }
  template <unsigned N>
  [[gnu::always_inline]] static void dit(vec* x) {
    if constexpr (N == 2) {
      butterfly(x[0], x[1]);
    } else {
      dit<N / 2>(x);
      dit<N / 2>(x + N / 2);
      butterfly(x[0], x[N / 2]);
      butterfly_w4(x[N / 4], x[3 * N / 4]);
      if constexpr (N == 8) {
        vec minus = L::times_2_24(x[5]);
        x[5] = L::add(x[1], minus);
        x[1] = L::sub(x[1], minus);
        minus = L::times_2_72(x[7]);
        x[7] = L::add(x[3], minus);
        x[3] = L::sub(x[3], minus);
      }
    }
  }
  template <unsigned N>
  [[gnu::always_inline]] static void dif(vec* x) {
    butterfly(x[0], x[N / 2]);
    if constexpr (N > 2) {
      const vec sum = L::add(x[N / 4], x[3 * N / 4]);
      x[3 * N / 4] = L::times_2_48(L::sub(x[3 * N / 4], x[N / 4]));
      x[N / 4] = sum;
      if constexpr (N == 8) {
        butterfly(x[1], x[5]);
        x[5] = L::times_2_72(x[5]);
        butterfly(x[3], x[7]);
        x[7] = L::times_2_24(x[7]);
      }
      dif<N / 2>(x);
      dif<N / 2>(x + N / 2);
    }
  }

  // The factors of N elements taken together, from stage s on, as runs of 2^s: t[k - 1] is that of
  // element k.
  template <unsigned N>
  struct factors {
    const u64* run[N - 1];
    factors(const stage_factors& f, unsigned s) {
      const std::size_t half = std::size_t{1} << s;
      run[0] = f.stage[s];
      if constexpr (N >= 4) {
        run[1] = f.stage[s + 1];
        run[2] = f.products[s];
      }
      if constexpr (N == 8) {
        run[3] = f.stage[s + 2];
        for (unsigned k = 1; k <= 3; ++k) run[3 + k] = f.products[s] + k * half;
      }
    }
  };

  // Stages s .. s + log2 N - 1 of a row of n: blocks of N half, element i and those half apart.
  template <unsigned N>
  static void pass_dit(u64* x, std::size_t n, unsigned s, const stage_factors& f) {
    const std::size_t half = std::size_t{1} << s;
    const factors<N> t(f, s);
    for (std::size_t block = 0; block < n; block += N * half)
      for (std::size_t i = 0; i < half; i += w) {
        u64* const p = x + block + i;
        vec r[N];
        r[0] = L::load(p);
#pragma GCC unroll 8
        for (unsigned k = 1; k < N; ++k)
          r[k] = L::mul(L::load(p + k * half), L::load(t.run[k - 1] + i));
        dit<N>(r);
#pragma GCC unroll 8
        for (unsigned k = 0; k < N; ++k) L::store(p + k * half, r[k]);
      }
  }
  template <unsigned N>
  static void pass_dif(u64* x, std::size_t n, unsigned s, const stage_factors& f) {
    const std::size_t half = std::size_t{1} << s;
    const factors<N> t(f, s);
    for (std::size_t block = 0; block < n; block += N * half)
      for (std::size_t i = 0; i < half; i += w) {
        u64* const p = x + block + i;
        vec r[N];
#pragma GCC unroll 8
        for (unsigned k = 0; k < N; ++k) r[k] = L::load(p + k * half);
        dif<N>(r);
        L::store(p, r[0]);
#pragma GCC unroll 8
        for (unsigned k = 1; k < N; ++k)
          L::store(p + k * half, L::mul(r[k], L::load(t.run[k - 1] + i)));
      }
  }

  // The stages with half below the width: w vectors are transposed so that partners stand in
  // different vectors. Without a shift all factors are one.
  template <bool Shifted>
  static void short_dit(const u64* from, u64* to, std::size_t n, const stage_factors& f) {
    const factors<w> t(f, 0);
    for (std::size_t at = 0; at < n; at += w * w) {
      vec r[w];
#pragma GCC unroll 8
      for (std::size_t k = 0; k < w; ++k) r[k] = L::load(from + at + k * w);
      L::transpose(r);
      if constexpr (Shifted) {
#pragma GCC unroll 8
        for (std::size_t k = 1; k < w; ++k) r[k] = L::mul(r[k], L::broadcast(*t.run[k - 1]));
      }
      dit<w>(r);
      L::transpose(r);
#pragma GCC unroll 8
      for (std::size_t k = 0; k < w; ++k) L::store(to + at + k * w, r[k]);
    }
  }
  template <bool Shifted>
  static void short_dif(u64* x, std::size_t n, const stage_factors& f) {
    const factors<w> t(f, 0);
    for (std::size_t at = 0; at < n; at += w * w) {
      vec r[w];
#pragma GCC unroll 8
      for (std::size_t k = 0; k < w; ++k) r[k] = L::load(x + at + k * w);
      L::transpose(r);
      dif<w>(r);
      if constexpr (Shifted) {
#pragma GCC unroll 8
        for (std::size_t k = 1; k < w; ++k) r[k] = L::mul(r[k], L::broadcast(*t.run[k - 1]));
      }
      L::transpose(r);
#pragma GCC unroll 8
      for (std::size_t k = 0; k < w; ++k) L::store(x + at + k * w, r[k]);
    }
  }
  static bool is_shifted(const stage_factors& f) {
    return *f.stage[0] != 1 || *f.stage[1] != 1;
  }

  // Stages are taken by threes; one or two that are left over go first.
  static void row_dit(const u64* from, u64* to, unsigned log2, const stage_factors& f) {
    const std::size_t n = std::size_t{1} << log2;
    is_shifted(f) ? short_dit<true>(from, to, n, f) : short_dit<false>(from, to, n, f);
    unsigned s = L::width_log2;
    if ((log2 - s) % 3 == 1) pass_dit<2>(to, n, s++, f);
    if ((log2 - s) % 3 == 2) {
      pass_dit<4>(to, n, s, f);
      s += 2;
    }
    for (; s < log2; s += 3) pass_dit<8>(to, n, s, f);
  }
  static void row_dif(u64* x, unsigned log2, const stage_factors& f) {
    const std::size_t n = std::size_t{1} << log2;
    unsigned s = log2;
    for (; s >= L::width_log2 + 3; s -= 3) pass_dif<8>(x, n, s - 3, f);
    if (s == L::width_log2 + 2) pass_dif<4>(x, n, s - 2, f);
    if (s == L::width_log2 + 1) pass_dif<2>(x, n, s - 1, f);
    is_shifted(f) ? short_dif<true>(x, n, f) : short_dif<false>(x, n, f);
  }

  // Across rows: `x` holds 2^log2 rows of `tile` elements, and all elements of a row have the same
  // factor. At i = 0 every factor is one, as there is no shift here.
  static constexpr std::size_t tile_vecs = tile / w;
  template <unsigned N>
  static void tile_pass_dit(u64* x, unsigned log2, unsigned s, const stage_factors& f) {
    const std::size_t rows = std::size_t{1} << log2, half = std::size_t{1} << s;
    const std::size_t step = half * tile;
    const factors<N> t(f, s);
    for (std::size_t i = 0; i < half; ++i) {
      vec factor[N - 1];
#pragma GCC unroll 8
      for (unsigned k = 0; k + 1 < N; ++k) factor[k] = L::broadcast(t.run[k][i]);
      for (std::size_t block = i; block < rows; block += N * half)
        for (std::size_t v = 0; v < tile; v += w) {
          u64* const p = x + block * tile + v;
          vec r[N];
#pragma GCC unroll 8
          for (unsigned k = 0; k < N; ++k) r[k] = L::load(p + k * step);
          if (i != 0) {
#pragma GCC unroll 8
            for (unsigned k = 1; k < N; ++k) r[k] = L::mul(r[k], factor[k - 1]);
          }
          dit<N>(r);
#pragma GCC unroll 8
          for (unsigned k = 0; k < N; ++k) L::store(p + k * step, r[k]);
        }
    }
  }
  template <unsigned N>
  static void tile_pass_dif(u64* x, unsigned log2, unsigned s, const stage_factors& f) {
    const std::size_t rows = std::size_t{1} << log2, half = std::size_t{1} << s;
    const std::size_t step = half * tile;
    const factors<N> t(f, s);
    for (std::size_t i = 0; i < half; ++i) {
      vec factor[N - 1];
#pragma GCC unroll 8
      for (unsigned k = 0; k + 1 < N; ++k) factor[k] = L::broadcast(t.run[k][i]);
      for (std::size_t block = i; block < rows; block += N * half)
        for (std::size_t v = 0; v < tile; v += w) {
          u64* const p = x + block * tile + v;
          vec r[N];
#pragma GCC unroll 8
          for (unsigned k = 0; k < N; ++k) r[k] = L::load(p + k * step);
          dif<N>(r);
          if (i != 0) {
#pragma GCC unroll 8
            for (unsigned k = 1; k < N; ++k) r[k] = L::mul(r[k], factor[k - 1]);
          }
#pragma GCC unroll 8
          for (unsigned k = 0; k < N; ++k) L::store(p + k * step, r[k]);
        }
    }
  }
  static void tile_dit(u64* x, unsigned log2, const stage_factors& f) {
    unsigned s = 0;
    if (log2 % 3 == 1) tile_pass_dit<2>(x, log2, s++, f);
    if (log2 % 3 == 2) {
      tile_pass_dit<4>(x, log2, s, f);
      s += 2;
    }
    for (; s < log2; s += 3) tile_pass_dit<8>(x, log2, s, f);
  }
  static void tile_dif(u64* x, unsigned log2, const stage_factors& f) {
    unsigned s = log2;
    for (; s >= 3; s -= 3) tile_pass_dif<8>(x, log2, s - 3, f);
    if (s == 2) tile_pass_dif<4>(x, log2, 0, f);
    if (s == 1) tile_pass_dif<2>(x, log2, 0, f);
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
  static void across_dif(const u64* from, u64* to, const transform_plan& plan) {
    const std::size_t rows = std::size_t{1} << plan.rows_log2, c = std::size_t{1} << plan.row_log2;
    alignas(64) u64 buffer[tile << 10];
    for (std::size_t at = 0; at < c; at += tile) {
      for (std::size_t r = 0; r < rows; ++r)
        for (std::size_t v = 0; v < tile; v += w)
          L::store(buffer + r * tile + v, L::load(from + r * c + at + v));
      tile_dif(buffer, plan.rows_log2, plan.across);
      vec power[tile_vecs], base[tile_vecs];
      for (std::size_t v = 0; v < tile_vecs; ++v) {
        base[v] = L::load(plan.bases + at + v * w);
        power[v] = L::broadcast(plan.start);
      }
      std::size_t r = 0;
      for (std::size_t e = 0; e < rows; ++e) {
        for (std::size_t v = 0; v < tile_vecs; ++v) {
          L::store(to + r * c + at + v * w, L::mul(L::load(buffer + r * tile + v * w), power[v]));
          power[v] = L::mul(power[v], base[v]);
        }
        if (e + 1 < rows) r = next_reversed(r, rows);
      }
    }
  }

  static void scale(const u64* from, u64* to, std::size_t n, u64 factor) {
    const vec f = L::broadcast(factor);
    for (std::size_t i = 0; i < n; i += w) L::store(to + i, L::mul(L::load(from + i), f));
  }
  static void interpolate(const u64* from, u64* to, const transform_plan& plan) noexcept {
    const std::size_t rows = std::size_t{1} << plan.rows_log2, c = std::size_t{1} << plan.row_log2;
    if (rows > 1)
      across_dif(from, to, plan);
    else
      scale(from, to, c, plan.start);
    for (std::size_t r = 0; r < rows; ++r) row_dif(to + r * c, plan.row_log2, plan.row);
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
  // Sums of products c a, c constant, before reduction. a is taken in halves of 32 bits, c in
  // pieces of 22, so that products are below 2^54 and sums_max of them below 2^62.
  static constexpr unsigned piece_bits = 22;
  static constexpr std::size_t sums_max = 256;
  struct pieces {
    u64 of[3];
    explicit pieces(u64 c)
        : of{c & ((1u << piece_bits) - 1), c >> piece_bits & ((1u << piece_bits) - 1),
             c >> 2 * piece_bits} {}
    pieces() = default;
  };
  // The field element s[0] + 2^22 s[1] + 2^44 s[2].
  static vec joined(const vec* s) {
    const vec mask = L::broadcast((1u << piece_bits) - 1);
    const vec middle = L::add_words(s[1], L::template down<piece_bits>(s[0]));
    const vec top = L::add_words(s[2], L::template down<piece_bits>(middle));
    const vec low = L::bits_or(
        L::bits_or(L::bits_and(s[0], mask), L::template up<piece_bits>(L::bits_and(middle, mask))),
        L::template up<2 * piece_bits>(top));
    return L::reduce(low, L::template down<64 - 2 * piece_bits>(top));
  }
  // As many limbs at once as there are registers for their sums.
  static constexpr unsigned limbs_at_once = w == 8 ? 3 : 1;
  static void add_combination(gl* const to[3], const gl* const* a, const gl3* c, std::size_t count,
                              std::size_t n, std::size_t ahead) {
    if (count < 3) {
      for (std::size_t j = 0; j < count; ++j) add_scaled(to, a[j], c[j], n);
      return;
    }
    for (; count > sums_max; count -= sums_max, a += sums_max, c += sums_max)
      add_combination(to, a, c, sums_max, n, ahead);
    pieces factor[sums_max][3];
    const u64* const words_of_c = reinterpret_cast<const u64*>(c);
    for (std::size_t j = 0; j < count; ++j)
      for (unsigned k = 0; k < 3; ++k) factor[j][k] = pieces(words_of_c[3 * j + k]);
    std::size_t i = 0;
    for (; i + w <= n; i += w)
      for (unsigned first = 0; first < 3; first += limbs_at_once) {
        vec sum[limbs_at_once][6];
        for (auto& limb : sum)
          for (vec& s : limb) s = L::broadcast(0);
        for (std::size_t j = 0; j < count; ++j) {
          __builtin_prefetch(words(a[j]) + i + ahead, 0, 2);
          const vec low = L::load(words(a[j]) + i), high = L::template down<32>(low);
#pragma GCC unroll 3
          for (unsigned k = 0; k < limbs_at_once; ++k)
#pragma GCC unroll 3
            for (unsigned q = 0; q < 3; ++q) {
              const vec f = L::broadcast(factor[j][first + k].of[q]);
              sum[k][q] = L::add_words(sum[k][q], L::mul_halves(low, f));
              sum[k][3 + q] = L::add_words(sum[k][3 + q], L::mul_halves(high, f));
            }
        }
        for (unsigned k = 0; k < limbs_at_once; ++k) {
          u64* const out = words(to[first + k]) + i;
          const vec all = L::add(joined(sum[k]), L::times_2_32(joined(sum[k] + 3)));
          L::store(out, L::add(L::load(out), all));
        }
      }
    if (i == n) return;
    for (std::size_t j = 0; j < count; ++j) {
      gl* const rest[3] = {to[0] + i, to[1] + i, to[2] + i};
      add_scaled(rest, a[j] + i, c[j], n - i);
    }
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
  // Adds up lanes: out[k][lane]; the caller adds the lanes. As in add_combination, with the pieces
  // of b taken from vectors.
  static void dot_lanes(const u64* a, const u64* const b[3], std::size_t n, const u64* next,
                        u64 out[3][8]) {
    const vec mask = L::broadcast((1u << piece_bits) - 1);
    vec all[3] = {L::broadcast(0), L::broadcast(0), L::broadcast(0)};
    const std::size_t vectors = n / w;
    for (std::size_t first = 0; first < vectors; first += sums_max) {
      const std::size_t last = vectors - first < sums_max ? vectors : first + sums_max;
      for (unsigned k = 0; k < 3; k += limbs_at_once) {
        vec sum[limbs_at_once][6];
        for (auto& limb : sum)
          for (vec& s : limb) s = L::broadcast(0);
        for (std::size_t i = first * w; i < last * w; i += w) {
          __builtin_prefetch(next + i, 0, 2);
          const vec low = L::load(a + i), high = L::template down<32>(low);
#pragma GCC unroll 3
          for (unsigned j = 0; j < limbs_at_once; ++j) {
            const vec c = L::load(b[k + j] + i);
            const vec piece[3] = {L::bits_and(c, mask),
                                  L::bits_and(L::template down<piece_bits>(c), mask),
                                  L::template down<2 * piece_bits>(c)};
#pragma GCC unroll 3
            for (unsigned q = 0; q < 3; ++q) {
              sum[j][q] = L::add_words(sum[j][q], L::mul_halves(low, piece[q]));
              sum[j][3 + q] = L::add_words(sum[j][3 + q], L::mul_halves(high, piece[q]));
            }
          }
        }
        for (unsigned j = 0; j < limbs_at_once; ++j)
          all[k + j] =
              L::add(all[k + j], L::add(joined(sum[j]), L::times_2_32(joined(sum[j] + 3))));
      }
    }
    for (unsigned k = 0; k < 3; ++k) L::store(out[k], all[k]);
  }

  static constexpr kernels table{interpolate, evaluate,   2 * L::width_log2, add,      sub,
                                 mul,         add_scaled, add_combination,   mul_base, mul_ext,
                                 w,           dot_lanes};
};

}  // namespace

}  // namespace ashlar::stark::ntt
