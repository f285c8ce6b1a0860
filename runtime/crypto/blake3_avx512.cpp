#if defined(__x86_64__)
#ifndef __clang__
// GCC 12's own AVX-512 headers start some results from a variable set to itself.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>

#include "runtime/crypto/blake3_kernel.hpp"

namespace ashlar::crypto {

namespace {

struct lanes16 {
  using vec = __m512i;
  static constexpr std::size_t width = 16;

  static vec broadcast(u32 x) { return _mm512_set1_epi32(static_cast<int>(x)); }
  static vec load(const u32* p) { return _mm512_loadu_si512(p); }
  static vec add(vec a, vec b) { return _mm512_add_epi32(a, b); }
  static vec exclusive_or(vec a, vec b) { return _mm512_xor_si512(a, b); }
  template <int N>
  static vec rotated(vec x) {
    return _mm512_ror_epi32(x, N);
  }

  // The two halves of 16 words of 8 bytes.
  [[gnu::always_inline]] static void halves(const u64* p, vec& low, vec& high) {
    const vec a = _mm512_loadu_si512(p), b = _mm512_loadu_si512(p + 8);
    const vec even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
    low = _mm512_permutex2var_epi32(a, even, b);
    high = _mm512_permutex2var_epi32(a, _mm512_add_epi32(even, broadcast(1)), b);
  }

  // 16 rows of 64 bytes to 16 words, half a row after the other. Two rows' halves make a vector:
  // the second is loaded into place, which leaves the units that permute, the busiest, to 48 steps.
  template <class Rows>
  [[gnu::always_inline]] static void transpose_in(const Rows& row, vec* m) {
#pragma GCC unroll 2
    for (std::size_t h = 0; h < 2; ++h) {
      vec t[8];
#pragma GCC unroll 2
      for (std::size_t g = 0; g < 2; ++g) {
        const auto two = [&](std::size_t i) {
          return _mm512_inserti64x4(_mm512_castsi256_si512(load_half(row(8 * g + i) + 32 * h)),
                                    load_half(row(8 * g + 4 + i) + 32 * h), 1);
        };
        const vec r0 = two(0), r1 = two(1), r2 = two(2), r3 = two(3);
        const vec a = _mm512_unpacklo_epi32(r0, r1), b = _mm512_unpackhi_epi32(r0, r1);
        const vec c = _mm512_unpacklo_epi32(r2, r3), d = _mm512_unpackhi_epi32(r2, r3);
        t[4 * g] = _mm512_unpacklo_epi64(a, c);
        t[4 * g + 1] = _mm512_unpackhi_epi64(a, c);
        t[4 * g + 2] = _mm512_unpacklo_epi64(b, d);
        t[4 * g + 3] = _mm512_unpackhi_epi64(b, d);
      }
      // t[4 g + k]: word k of rows 8 g .., word 4 + k of them, the same of rows 8 g + 4 ..
#pragma GCC unroll 4
      for (std::size_t k = 0; k < 4; ++k) {
        m[8 * h + k] = _mm512_shuffle_i32x4(t[k], t[4 + k], 0x88);
        m[8 * h + 4 + k] = _mm512_shuffle_i32x4(t[k], t[4 + k], 0xdd);
      }
    }
  }

  template <class Places>
  [[gnu::always_inline]] static void transpose_out(const vec* w, const Places& out) {
    vec t[8];
#pragma GCC unroll 2
    for (int h = 0; h < 2; ++h) {
      const vec* r = w + 4 * h;
      const vec a = _mm512_unpacklo_epi32(r[0], r[1]), b = _mm512_unpackhi_epi32(r[0], r[1]);
      const vec c = _mm512_unpacklo_epi32(r[2], r[3]), d = _mm512_unpackhi_epi32(r[2], r[3]);
      t[4 * h] = _mm512_unpacklo_epi64(a, c);
      t[4 * h + 1] = _mm512_unpackhi_epi64(a, c);
      t[4 * h + 2] = _mm512_unpacklo_epi64(b, d);
      t[4 * h + 3] = _mm512_unpackhi_epi64(b, d);
    }
    // t[4 h + k], piece q: words 4 h .. 4 h + 3 of lane 4 q + k.
    const vec first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
    const vec second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const vec low = _mm512_permutex2var_epi64(t[k], first, t[4 + k]);
      const vec high = _mm512_permutex2var_epi64(t[k], second, t[4 + k]);
      store(out(k), _mm512_castsi512_si256(low));
      store(out(4 + k), _mm512_extracti64x4_epi64(low, 1));
      store(out(8 + k), _mm512_castsi512_si256(high));
      store(out(12 + k), _mm512_extracti64x4_epi64(high, 1));
    }
  }

  static __m256i load_half(const u8* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  static void store(u8* p, __m256i x) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), x);
  }
};

}  // namespace

void blake3_hash_many_avx512(const blake3_job& job) noexcept {
  kernel<lanes16>::run(job);
}

void blake3_hash_columns_avx512(const blake3_columns_job& job) noexcept {
  kernel<lanes16>::run_columns(job);
}

}  // namespace ashlar::crypto
#endif
