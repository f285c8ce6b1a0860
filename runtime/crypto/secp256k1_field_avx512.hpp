#pragma once

#ifndef __clang__
// GCC 12's own AVX-512 headers start some results from a variable set to itself.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include "runtime/base/bytes.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/u256.hpp"

// Eight elements of secp256k1's field at once, one a lane, by the processor's products of 52-bit
// numbers (AVX-512 IFMA). Only for files that are compiled with it; everything here has internal
// linkage, so that none of it reaches a processor without. Not constant-time.
//
// A number is five limbs of 52 bits, a = sum a[i] 2^(52 i), of p = 2^256 - 0x1000003d1. The product
// instructions see the low 52 bits of each factor alone, so a limb that is a factor must have no
// more. Three types keep these ranges apart:
//
//   field8    a[0..3] < 2^52, a[4] < 2^48 + 2^13: below 2 p, perhaps not below p. What a product
//   is. factor8   a[0..4] < 2^52: below 2^260. May be multiplied. sum8      a[0..4] < 2^58. May be
//   brought to a factor by `carried`, or be added to a product.

namespace ashlar::crypto {

namespace {

using vec = __m512i;

constexpr u64 limb_mask = (u64{1} << 52) - 1, top_mask = (u64{1} << 48) - 1;
/// 2^256 and 2^260 modulo p.
constexpr u64 fold_256 = 0x1000003d1, fold_260 = fold_256 << 4;
constexpr u64 prime_limb[5] = {limb_mask - fold_256 + 1, limb_mask, limb_mask, limb_mask, top_mask};

[[gnu::always_inline]] inline vec all(u64 x) {
  return _mm512_set1_epi64(static_cast<long long>(x));
}

struct factor8 {
  vec limb[5];
};
struct field8 : factor8 {};
struct sum8 {
  vec limb[5];
};

/// Whether the limbs of every lane are below 2^52, the last one below `top`.
inline bool limbs_below(const factor8& a, u64 top) {
  bool fit = true;
  for (int i = 0; i < 5; ++i)
    fit &= _mm512_cmpge_epu64_mask(a.limb[i], all(i == 4 ? top : limb_mask + 1)) == 0;
  return fit;
}

/// 2 K p - K a, which is 0 or more in each limb: those of 2 p are at least 2^53 - 2^34, 2^53 - 2
/// and 2^49 - 2. The limbs of the result are below K 2^53.
template <int K = 1>
[[gnu::always_inline]] inline sum8 negated(const field8& a) {
  sum8 out;
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) {
    const vec times = K == 1   ? a.limb[i]
                      : K == 2 ? _mm512_add_epi64(a.limb[i], a.limb[i])
                               : _mm512_slli_epi64(a.limb[i], 2);
    static_assert(K == 1 || K == 2 || K == 4);
    out.limb[i] = _mm512_sub_epi64(all(u64{K} * 2 * prime_limb[i]), times);
  }
  return out;
}

template <class A, class B>
[[gnu::always_inline]] inline sum8 add(const A& a, const B& b) {
  sum8 out;
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) out.limb[i] = _mm512_add_epi64(a.limb[i], b.limb[i]);
  return out;
}

/// a, and 2 p - a in the lanes of `which`.
[[gnu::always_inline]] inline sum8 negated_where(__mmask8 which, const field8& a) {
  sum8 out;
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i)
    out.limb[i] = _mm512_mask_sub_epi64(a.limb[i], which, all(2 * prime_limb[i]), a.limb[i]);
  return out;
}

/// The limbs below 2^52, what exceeds that added to the next: the last must have room for it.
[[gnu::always_inline]] inline factor8 carried(const sum8& a) {
  const vec mask = all(limb_mask);
  factor8 out;
  vec carry = _mm512_setzero_si512();
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) {
    const vec t = _mm512_add_epi64(a.limb[i], carry);
    carry = _mm512_srli_epi64(t, 52);
    out.limb[i] = i == 4 ? t : _mm512_and_si512(t, mask);
  }
  verify(limbs_below(out, limb_mask + 1));
  return out;
}

/// The columns of a product: sum at[k] 2^(52 k), each at[k] below 10 2^52.
struct columns8 {
  vec at[10];
};

[[gnu::always_inline]] inline columns8 product(const factor8& a, const factor8& b) {
  columns8 t;
#pragma GCC unroll 10
  for (int k = 0; k < 10; ++k) t.at[k] = _mm512_setzero_si512();
#pragma GCC unroll 5
  for (int i = 4; i >= 0; --i) {
#pragma GCC unroll 5
    for (int j = 0; j < 5; ++j)
      t.at[i + j + 1] = _mm512_madd52hi_epu64(t.at[i + j + 1], a.limb[i], b.limb[j]);
#pragma GCC unroll 5
    for (int j = 0; j < 5; ++j)
      t.at[i + j] = _mm512_madd52lo_epu64(t.at[i + j], a.limb[i], b.limb[j]);
  }
  return t;
}

/// a a: the products of unlike limbs once, doubled, and those of each limb with itself.
[[gnu::always_inline]] inline columns8 square_of(const factor8& a) {
  columns8 t;
#pragma GCC unroll 10
  for (int k = 0; k < 10; ++k) t.at[k] = _mm512_setzero_si512();
#pragma GCC unroll 5
  for (int i = 4; i >= 0; --i) {
#pragma GCC unroll 5
    for (int j = i + 1; j < 5; ++j) {
      t.at[i + j + 1] = _mm512_madd52hi_epu64(t.at[i + j + 1], a.limb[i], a.limb[j]);
      t.at[i + j] = _mm512_madd52lo_epu64(t.at[i + j], a.limb[i], a.limb[j]);
    }
  }
#pragma GCC unroll 10
  for (int k = 1; k < 9; ++k) t.at[k] = _mm512_add_epi64(t.at[k], t.at[k]);
#pragma GCC unroll 5
  for (int i = 4; i >= 0; --i) {
    t.at[i + i + 1] = _mm512_madd52hi_epu64(t.at[i + i + 1], a.limb[i], a.limb[i]);
    t.at[i + i] = _mm512_madd52lo_epu64(t.at[i + i], a.limb[i], a.limb[i]);
  }
  return t;
}

/// K t + c modulo p, for K up to 3. The bounds, with t = a b for factors a and b below 2^260:
///   the upper columns, carried, are t[9] <= a b / 2^468 < 2^52 and else any number whose low 52
///   bits the products take; their carries, below 2^4, have gone up;
///   folded by 2^260, columns 0..4 are below 10 2^52 + 2^53 < 2^56, what passes them `over` below
///   2^(52 + 37 - 52) = 2^37;
///   times K with c, they are below 2^58 + 2^58 = 2^59; the bits of at[4] from 2^48 up with `over`
///   are q < 2^11 + 2^(39 + 4) < 2^44;
///   q 2^256 is folded to q 0x1000003d1, low part below 2^52, high part below 2^25;
///   the last carries are below 2^8, so that a[4] < 2^48 + 2^8.
template <int K, bool Plus>
[[gnu::always_inline]] inline field8 reduced(columns8 t, const sum8& c) {
  static_assert(K >= 1 && K <= 3);
  const vec fold = all(fold_260), mask = all(limb_mask);
#pragma GCC unroll 4
  for (int k = 5; k < 9; ++k)
    t.at[k + 1] = _mm512_add_epi64(t.at[k + 1], _mm512_srli_epi64(t.at[k], 52));
  vec over = _mm512_madd52hi_epu64(_mm512_setzero_si512(), t.at[9], fold);
#pragma GCC unroll 5
  for (int k = 0; k < 5; ++k) t.at[k] = _mm512_madd52lo_epu64(t.at[k], t.at[k + 5], fold);
#pragma GCC unroll 4
  for (int k = 1; k < 5; ++k) t.at[k] = _mm512_madd52hi_epu64(t.at[k], t.at[k + 4], fold);
  const auto times = [](vec v) {
    if constexpr (K == 1) return v;
    const vec twice = _mm512_add_epi64(v, v);
    return K == 2 ? twice : _mm512_add_epi64(twice, v);
  };
  over = times(over);
#pragma GCC unroll 5
  for (int k = 0; k < 5; ++k) {
    t.at[k] = times(t.at[k]);
    if constexpr (Plus) t.at[k] = _mm512_add_epi64(t.at[k], c.limb[k]);
  }
  const vec q = _mm512_add_epi64(_mm512_srli_epi64(t.at[4], 48), _mm512_slli_epi64(over, 4));
  t.at[4] = _mm512_and_si512(t.at[4], all(top_mask));
  t.at[0] = _mm512_madd52lo_epu64(t.at[0], q, all(fold_256));
  t.at[1] = _mm512_madd52hi_epu64(t.at[1], q, all(fold_256));
  field8 out;
#pragma GCC unroll 4
  for (int k = 0; k < 4; ++k) {
    t.at[k + 1] = _mm512_add_epi64(t.at[k + 1], _mm512_srli_epi64(t.at[k], 52));
    out.limb[k] = _mm512_and_si512(t.at[k], mask);
  }
  out.limb[4] = t.at[4];
  verify(limbs_below(out, (u64{1} << 48) + (1 << 8)));
  return out;
}

/// K a b, a b + c, K a^2, a^2 + c.
template <int K = 1>
[[gnu::always_inline]] inline field8 mul(const factor8& a, const factor8& b) {
  return reduced<K, false>(product(a, b), {});
}
[[gnu::always_inline]] inline field8 mul_add(const factor8& a, const factor8& b, const sum8& c) {
  return reduced<1, true>(product(a, b), c);
}
template <int K = 1>
[[gnu::always_inline]] inline field8 square(const factor8& a) {
  return reduced<K, false>(square_of(a), {});
}
[[gnu::always_inline]] inline field8 square_add(const factor8& a, const sum8& c) {
  return reduced<1, true>(square_of(a), c);
}

/// a as it is modulo p.
[[gnu::always_inline]] inline field8 lowered(const sum8& a) {
  return reduced<1, true>({}, a);
}

/// The representative below p: a, or a - p where a + 0x1000003d1 reaches 2^256. As a is below
/// 2^256 + 2^217, it is enough to do so once.
[[gnu::always_inline]] inline field8 canonical(const field8& a) {
  const vec mask = all(limb_mask);
  vec carry = all(fold_256), t[5];
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) {
    t[i] = _mm512_add_epi64(a.limb[i], carry);
    carry = _mm512_srli_epi64(t[i], 52);
    t[i] = _mm512_and_si512(t[i], mask);
  }
  const __mmask8 reaches = _mm512_cmpgt_epu64_mask(t[4], all(top_mask));
  t[4] = _mm512_and_si512(t[4], all(top_mask));
  field8 out;
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) out.limb[i] = _mm512_mask_mov_epi64(a.limb[i], reaches, t[i]);
  return out;
}

/// The lanes in which a and b are the same element.
inline __mmask8 equal(const field8& a, const field8& b) {
  const field8 x = canonical(a), y = canonical(b);
  __mmask8 same = 0xff;
  for (int i = 0; i < 5; ++i) same &= _mm512_cmpeq_epu64_mask(x.limb[i], y.limb[i]);
  return same;
}

/// From and to words of 64 bits: word[i] has bits 64 i and up of each lane. A number from words is
/// any below 2^256, so a field8; one to words is canonical.
[[gnu::always_inline]] inline field8 from_words(const vec word[4]) {
  const vec mask = all(limb_mask);
  field8 out;
  out.limb[0] = _mm512_and_si512(word[0], mask);
#pragma GCC unroll 3
  for (int i = 1; i < 4; ++i) {
    const vec low = _mm512_srli_epi64(word[i - 1], static_cast<unsigned>(64 - 12 * i));
    const vec high = _mm512_slli_epi64(word[i], static_cast<unsigned>(12 * i));
    out.limb[i] = _mm512_and_si512(_mm512_or_si512(low, high), mask);
  }
  out.limb[4] = _mm512_srli_epi64(word[3], 16);
  return out;
}

[[gnu::always_inline]] inline void to_words(const field8& a, vec word[4]) {
  const field8 c = canonical(a);
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const vec low = _mm512_srli_epi64(c.limb[i], static_cast<unsigned>(12 * i));
    const vec high = _mm512_slli_epi64(c.limb[i + 1], static_cast<unsigned>(52 - 12 * i));
    word[i] = _mm512_or_si512(low, high);
  }
}

/// The same number in all lanes.
inline field8 broadcast(const u256& a) {
  const vec word[4] = {all(a.limb[0]), all(a.limb[1]), all(a.limb[2]), all(a.limb[3])};
  return from_words(word);
}

/// a^(2^n).
[[gnu::always_inline]] inline field8 squared_times(field8 a, int n) {
  for (int i = 0; i < n; ++i) a = square(a);
  return a;
}

/// a^((p + 1) / 4): a root of a where it has one, else of -a. In binary the exponent is 223 ones, a
/// zero, 22 ones, four zeros, two ones, two zeros.
[[gnu::noinline]] inline field8 root(const field8& a) {
  // ones[n]: a to a number of n binary ones
  const field8 ones2 = mul(square(a), a), ones3 = mul(square(ones2), a);
  const field8 ones6 = mul(squared_times(ones3, 3), ones3);
  const field8 ones9 = mul(squared_times(ones6, 3), ones3);
  const field8 ones11 = mul(squared_times(ones9, 2), ones2);
  const field8 ones22 = mul(squared_times(ones11, 11), ones11);
  const field8 ones44 = mul(squared_times(ones22, 22), ones22);
  const field8 ones88 = mul(squared_times(ones44, 44), ones44);
  const field8 ones176 = mul(squared_times(ones88, 88), ones88);
  const field8 ones220 = mul(squared_times(ones176, 44), ones44);
  const field8 ones223 = mul(squared_times(ones220, 3), ones3);
  const field8 with22 = mul(squared_times(ones223, 23), ones22);
  return squared_times(mul(squared_times(with22, 6), ones2), 2);
}

}  // namespace

}  // namespace ashlar::crypto
