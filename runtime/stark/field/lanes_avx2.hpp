#pragma once

#include "runtime/base/bytes.hpp"
#if defined(__AVX2__)
#include <immintrin.h>

// Goldilocks in vectors, for the files that are compiled for them and entered only after a check of
// the processor: everything here has internal linkage.
namespace ashlar::stark {

namespace {

struct lanes4 {
  using vec = __m256i;
  static constexpr std::size_t width = 4;
  static constexpr unsigned width_log2 = 2;
  /// What hides the latency of Poseidon2's products: vectors of states, S-boxes (hash).
  static constexpr unsigned states_at_once = 2, boxes_at_once = 2;

  static vec broadcast(u64 x) { return _mm256_set1_epi64x(static_cast<long long>(x)); }
  static vec load(const u64* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  static void store(u64* p, vec x) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x); }
  static vec p() { return broadcast(0xffffffff00000001ull); }
  static vec epsilon() { return broadcast(0xffffffffull); }
  // All ones where a < b as unsigned numbers.
  static vec less(vec a, vec b) {
    const vec top = broadcast(1ull << 63);
    return _mm256_cmpgt_epi64(_mm256_xor_si256(b, top), _mm256_xor_si256(a, top));
  }

  static vec add(vec a, vec b) {
    const vec c = _mm256_sub_epi64(p(), b), d = _mm256_sub_epi64(a, c);
    return _mm256_add_epi64(d, _mm256_and_si256(less(a, c), p()));
  }
  static vec sub(vec a, vec b) {
    return _mm256_add_epi64(_mm256_sub_epi64(a, b), _mm256_and_si256(less(a, b), p()));
  }
  static vec reduce(vec low, vec high) {
    // low + 2^64 high, with 2^64 = epsilon and 2^96 = -1.
    const vec top = _mm256_srli_epi64(high, 32);
    vec r = _mm256_sub_epi64(low, top);
    r = _mm256_sub_epi64(r, _mm256_and_si256(less(low, top), epsilon()));
    const vec m = _mm256_mul_epu32(high, epsilon());
    vec s = _mm256_add_epi64(r, m);
    s = _mm256_add_epi64(s, _mm256_and_si256(less(s, m), epsilon()));
    const vec reduced = _mm256_sub_epi64(s, p());
    return _mm256_blendv_epi8(reduced, s, less(s, p()));
  }
  static vec mul(vec a, vec b) {
    const vec ah = _mm256_srli_epi64(a, 32), bh = _mm256_srli_epi64(b, 32);
    const vec ll = _mm256_mul_epu32(a, b), lh = _mm256_mul_epu32(a, bh);
    const vec hl = _mm256_mul_epu32(ah, b), hh = _mm256_mul_epu32(ah, bh);
    const vec t = _mm256_add_epi64(hl, _mm256_srli_epi64(ll, 32));
    const vec u = _mm256_add_epi64(lh, _mm256_and_si256(t, epsilon()));
    const vec high =
        _mm256_add_epi64(_mm256_add_epi64(hh, _mm256_srli_epi64(t, 32)), _mm256_srli_epi64(u, 32));
    const vec low = _mm256_blend_epi32(ll, _mm256_slli_epi64(u, 32), 0xaa);
    return reduce(low, high);
  }
  static vec canonical(vec x) {
    return _mm256_sub_epi64(x, _mm256_andnot_si256(less(x, p()), p()));
  }
  static vec bits_and(vec a, vec b) { return _mm256_and_si256(a, b); }
  static vec bits_or(vec a, vec b) { return _mm256_or_si256(a, b); }
  template <int N>
  static vec up(vec x) {
    return _mm256_slli_epi64(x, N);
  }
  template <int N>
  static vec down(vec x) {
    return _mm256_srli_epi64(x, N);
  }
  /// Without reduction: sums of words, and products of their lower halves.
  static vec add_words(vec a, vec b) { return _mm256_add_epi64(a, b); }
  static vec sub_words(vec a, vec b) { return _mm256_sub_epi64(a, b); }
  static vec mul_halves(vec a, vec b) { return _mm256_mul_epu32(a, b); }
  /// r + c, r - c where a < b; r elsewhere.
  static vec add_where_less(vec r, vec a, vec b, vec c) {
    return _mm256_add_epi64(r, _mm256_and_si256(less(a, b), c));
  }
  static vec sub_where_less(vec r, vec a, vec b, vec c) {
    return _mm256_sub_epi64(r, _mm256_and_si256(less(a, b), c));
  }
  /// The lower half of `low` and the upper one of `high`.
  static vec join_halves(vec low, vec high) { return _mm256_blend_epi32(low, high, 0xaa); }
  /// x / 2^K of canonical words.
  template <int K>
  static vec over(vec x) {
    const vec one = broadcast(1);
    for (int i = 0; i < K; ++i) {
      const vec odd = _mm256_cmpeq_epi64(_mm256_and_si256(x, one), one);
      x = _mm256_add_epi64(_mm256_srli_epi64(x, 1),
                           _mm256_and_si256(odd, broadcast(0x7fffffff80000001ull)));
    }
    return x;
  }
  static vec times_2_32(vec x) { return add(up<32>(x), _mm256_mul_epu32(down<32>(x), epsilon())); }

  // x 2^24, 2^48, 2^72: with 2^64 = epsilon and 2^96 = -1 the parts of x that leave the word come
  // back as one product and one difference.
  static vec times_2_24(vec x) {
    const vec m = _mm256_mul_epu32(_mm256_srli_epi64(x, 40), epsilon());
    vec s = _mm256_add_epi64(_mm256_slli_epi64(x, 24), m);
    s = _mm256_add_epi64(s, _mm256_and_si256(less(s, m), epsilon()));
    const vec reduced = _mm256_sub_epi64(s, p());
    return _mm256_blendv_epi8(reduced, s, less(s, p()));
  }
  static vec times_2_48(vec x) {
    const vec m = _mm256_mul_epu32(_mm256_srli_epi64(x, 16), epsilon());
    return sub(add(m, _mm256_slli_epi64(x, 48)), _mm256_srli_epi64(x, 48));
  }
  static vec times_2_72(vec x) {
    return sub(_mm256_mul_epu32(_mm256_slli_epi64(x, 8), epsilon()), _mm256_srli_epi64(x, 24));
  }
  [[gnu::always_inline]] static void transpose(vec (&r)[4]) {
    const vec a = _mm256_unpacklo_epi64(r[0], r[1]), b = _mm256_unpackhi_epi64(r[0], r[1]);
    const vec c = _mm256_unpacklo_epi64(r[2], r[3]), d = _mm256_unpackhi_epi64(r[2], r[3]);
    r[0] = _mm256_permute2x128_si256(a, c, 0x20);
    r[1] = _mm256_permute2x128_si256(b, d, 0x20);
    r[2] = _mm256_permute2x128_si256(a, c, 0x31);
    r[3] = _mm256_permute2x128_si256(b, d, 0x31);
  }
};

}  // namespace

}  // namespace ashlar::stark
#endif
