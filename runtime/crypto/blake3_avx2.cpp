#if defined(__x86_64__)
#include <immintrin.h>

#include "runtime/crypto/blake3_kernel.hpp"

namespace ashlar::crypto {

namespace {

struct lanes8 {
  using vec = __m256i;
  static constexpr std::size_t width = 8;

  static vec broadcast(u32 x) { return _mm256_set1_epi32(static_cast<int>(x)); }
  static vec load(const u32* p) { return load_row(reinterpret_cast<const u8*>(p)); }
  static vec add(vec a, vec b) { return _mm256_add_epi32(a, b); }
  static vec exclusive_or(vec a, vec b) { return _mm256_xor_si256(a, b); }
  // Rotations by whole bytes are one shuffle.
  template <int N>
  static vec rotated(vec x) {
    if constexpr (N == 16)
      return _mm256_shuffle_epi8(
          x, _mm256_setr_epi8(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13, 2, 3, 0, 1, 6,
                              7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
    else if constexpr (N == 8)
      return _mm256_shuffle_epi8(
          x, _mm256_setr_epi8(1, 2, 3, 0, 5, 6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12, 1, 2, 3, 0, 5,
                              6, 7, 4, 9, 10, 11, 8, 13, 14, 15, 12));
    else
      return _mm256_or_si256(_mm256_srli_epi32(x, N), _mm256_slli_epi32(x, 32 - N));
  }

  // The two halves of 8 words of 8 bytes.
  [[gnu::always_inline]] static void halves(const u64* p, vec& low, vec& high) {
    const __m256 a = _mm256_castsi256_ps(load_row(reinterpret_cast<const u8*>(p)));
    const __m256 b = _mm256_castsi256_ps(load_row(reinterpret_cast<const u8*>(p + 4)));
    low = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0x88)), 0xd8);
    high = _mm256_permute4x64_epi64(_mm256_castps_si256(_mm256_shuffle_ps(a, b, 0xdd)), 0xd8);
  }

  // An 8 x 8 transposition of words; it is its own inverse.
  [[gnu::always_inline]] static void transpose(const vec* r, vec* m) {
    vec t[8];
#pragma GCC unroll 2
    for (int g = 0; g < 2; ++g) {
      const vec* q = r + 4 * g;
      const vec a = _mm256_unpacklo_epi32(q[0], q[1]), b = _mm256_unpackhi_epi32(q[0], q[1]);
      const vec c = _mm256_unpacklo_epi32(q[2], q[3]), d = _mm256_unpackhi_epi32(q[2], q[3]);
      t[4 * g] = _mm256_unpacklo_epi64(a, c);
      t[4 * g + 1] = _mm256_unpackhi_epi64(a, c);
      t[4 * g + 2] = _mm256_unpacklo_epi64(b, d);
      t[4 * g + 3] = _mm256_unpackhi_epi64(b, d);
    }
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      m[k] = _mm256_permute2x128_si256(t[k], t[4 + k], 0x20);
      m[4 + k] = _mm256_permute2x128_si256(t[k], t[4 + k], 0x31);
    }
  }

  template <class Rows>
  [[gnu::always_inline]] static void transpose_in(const Rows& row, vec* m) {
    vec r[8];
#pragma GCC unroll 2
    for (int h = 0; h < 2; ++h) {
#pragma GCC unroll 8
      for (std::size_t i = 0; i < 8; ++i) r[i] = load_row(row(i) + 32 * h);
      transpose(r, m + 8 * h);
    }
  }

  template <class Places>
  [[gnu::always_inline]] static void transpose_out(const vec* w, const Places& out) {
    vec r[8];
    transpose(w, r);
#pragma GCC unroll 8
    for (std::size_t i = 0; i < 8; ++i)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out(i)), r[i]);
  }

  static vec load_row(const u8* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
};

}  // namespace

void blake3_hash_many_avx2(const blake3_job& job) noexcept {
  kernel<lanes8>::run(job);
}

void blake3_hash_columns_avx2(const blake3_columns_job& job) noexcept {
  kernel<lanes8>::run_columns(job);
}

}  // namespace ashlar::crypto
#endif
