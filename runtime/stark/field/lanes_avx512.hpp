#pragma once

#include "runtime/base/bytes.hpp"
#if defined(__AVX512F__)
#ifndef __clang__
// GCC 12's own AVX-512 headers start some results from a variable set to itself.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

// Goldilocks in vectors, for the files that are compiled for them and entered only after a check of
// the processor: everything here has internal linkage.
namespace ashlar::stark {

namespace {

struct lanes8 {
  using vec = __m512i;
  static constexpr std::size_t width = 8;
  static constexpr unsigned width_log2 = 3;
  /// What hides the latency of Poseidon2's products: vectors of states, S-boxes (hash).
  static constexpr unsigned states_at_once = 4, boxes_at_once = 6;

  static vec broadcast(u64 x) { return _mm512_set1_epi64(static_cast<long long>(x)); }
  static vec load(const u64* p) { return _mm512_loadu_si512(p); }
  static void store(u64* p, vec x) { _mm512_storeu_si512(p, x); }
  static vec p() { return broadcast(0xffffffff00000001ull); }
  static vec epsilon() { return broadcast(0xffffffffull); }

  static vec add(vec a, vec b) {
    // b - (p - a), and p more where that borrows.
    const vec c = _mm512_sub_epi64(p(), a), d = _mm512_sub_epi64(b, c);
    return _mm512_mask_add_epi64(d, _mm512_cmplt_epu64_mask(b, c), d, p());
  }
  static vec sub(vec a, vec b) {
    const vec d = _mm512_sub_epi64(a, b);
    return _mm512_mask_add_epi64(d, _mm512_cmplt_epu64_mask(a, b), d, p());
  }
  static vec reduce(vec low, vec high) {
    // low + 2^64 high, with 2^64 = epsilon and 2^96 = -1.
    const vec top = _mm512_srli_epi64(high, 32);
    vec r = _mm512_sub_epi64(low, top);
    r = _mm512_mask_sub_epi64(r, _mm512_cmplt_epu64_mask(low, top), r, epsilon());
    const vec m = _mm512_mul_epu32(high, epsilon());
    vec s = _mm512_add_epi64(r, m);
    s = _mm512_mask_add_epi64(s, _mm512_cmplt_epu64_mask(s, m), s, epsilon());
    return _mm512_min_epu64(s, _mm512_sub_epi64(s, p()));
  }
  static vec mul(vec a, vec b) {
    const vec ah = _mm512_srli_epi64(a, 32), bh = _mm512_srli_epi64(b, 32);
    const vec ll = _mm512_mul_epu32(a, b), lh = _mm512_mul_epu32(a, bh);
    const vec hl = _mm512_mul_epu32(ah, b), hh = _mm512_mul_epu32(ah, bh);
    const vec t = _mm512_add_epi64(hl, _mm512_srli_epi64(ll, 32));
    const vec u = _mm512_add_epi64(lh, _mm512_and_si512(t, epsilon()));
    const vec high =
        _mm512_add_epi64(_mm512_add_epi64(hh, _mm512_srli_epi64(t, 32)), _mm512_srli_epi64(u, 32));
    const vec low = _mm512_mask_blend_epi32(0xaaaa, ll, _mm512_slli_epi64(u, 32));
    return reduce(low, high);
  }
  static vec canonical(vec x) { return _mm512_min_epu64(x, _mm512_sub_epi64(x, p())); }
  static vec bits_and(vec a, vec b) { return _mm512_and_si512(a, b); }
  static vec bits_or(vec a, vec b) { return _mm512_or_si512(a, b); }
  template <int N>
  static vec up(vec x) {
    return _mm512_slli_epi64(x, N);
  }
  template <int N>
  static vec down(vec x) {
    return _mm512_srli_epi64(x, N);
  }
  /// Without reduction: sums of words, and products of their lower halves.
  static vec add_words(vec a, vec b) { return _mm512_add_epi64(a, b); }
  static vec sub_words(vec a, vec b) { return _mm512_sub_epi64(a, b); }
  static vec mul_halves(vec a, vec b) { return _mm512_mul_epu32(a, b); }
  /// r + c, r - c where a < b; r elsewhere.
  static vec add_where_less(vec r, vec a, vec b, vec c) {
    return _mm512_mask_add_epi64(r, _mm512_cmplt_epu64_mask(a, b), r, c);
  }
  static vec sub_where_less(vec r, vec a, vec b, vec c) {
    return _mm512_mask_sub_epi64(r, _mm512_cmplt_epu64_mask(a, b), r, c);
  }
  /// The lower half of `low` and the upper one of `high`.
  static vec join_halves(vec low, vec high) { return _mm512_mask_blend_epi32(0xaaaa, low, high); }
  /// x / 2^K of canonical words, K <= 3: what the bits shifted out are worth is looked up by them.
  template <int K>
  static vec over(vec x) {
    alignas(64) static constexpr eight worth = worth_of_bits(K);
    return _mm512_add_epi64(_mm512_srli_epi64(x, K),
                            _mm512_permutexvar_epi64(x, _mm512_load_si512(worth.of)));
  }
  static vec times_2_32(vec x) { return add(up<32>(x), _mm512_mul_epu32(down<32>(x), epsilon())); }

  // x 2^24, 2^48, 2^72: with 2^64 = epsilon and 2^96 = -1 the parts of x that leave the word come
  // back as one product and one difference.
  static vec times_2_24(vec x) {
    const vec m = _mm512_mul_epu32(_mm512_srli_epi64(x, 40), epsilon());
    vec s = _mm512_add_epi64(_mm512_slli_epi64(x, 24), m);
    s = _mm512_mask_add_epi64(s, _mm512_cmplt_epu64_mask(s, m), s, epsilon());
    return _mm512_min_epu64(s, _mm512_sub_epi64(s, p()));
  }
  static vec times_2_48(vec x) {
    const vec m = _mm512_mul_epu32(_mm512_srli_epi64(x, 16), epsilon());
    return sub(add(m, _mm512_slli_epi64(x, 48)), _mm512_srli_epi64(x, 48));
  }
  static vec times_2_72(vec x) {
    return sub(_mm512_mul_epu32(_mm512_slli_epi64(x, 8), epsilon()), _mm512_srli_epi64(x, 24));
  }
  struct eight {
    u64 of[8];
  };
  // (b mod 2^k) / 2^k in the field, for b < 8.
  static constexpr eight worth_of_bits(int k) {
    eight r{};
    for (u64 b = 0; b < 8; ++b) {
      r.of[b] = b & ((u64{1} << k) - 1);
      for (int i = 0; i < k; ++i) r.of[b] = (r.of[b] >> 1) + (r.of[b] & 1) * 0x7fffffff80000001ull;
    }
    return r;
  }
  [[gnu::always_inline]] static void transpose(vec (&r)[8]) {
    vec t[8], q[8];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      t[2 * i] = _mm512_unpacklo_epi64(r[2 * i], r[2 * i + 1]);
      t[2 * i + 1] = _mm512_unpackhi_epi64(r[2 * i], r[2 * i + 1]);
    }
#pragma GCC unroll 2
    for (int g = 0; g < 2; ++g)
#pragma GCC unroll 2
      for (int h = 0; h < 2; ++h) {
        // Pieces of 128 bits of rows (0, 1) and (2, 3) of the group.
        q[4 * g + h] = _mm512_shuffle_i64x2(t[4 * g + h], t[4 * g + 2 + h], 0x88);
        q[4 * g + 2 + h] = _mm512_shuffle_i64x2(t[4 * g + h], t[4 * g + 2 + h], 0xdd);
      }
#pragma GCC unroll 4
    for (int h = 0; h < 4; ++h) {
      const vec even = _mm512_shuffle_i64x2(q[h], q[4 + h], 0x88);
      const vec odd = _mm512_shuffle_i64x2(q[h], q[4 + h], 0xdd);
      r[h] = even;
      r[4 + h] = odd;
    }
  }
};

}  // namespace

}  // namespace ashlar::stark
#endif
