#if defined(__x86_64__)
#include <immintrin.h>

#include "runtime/crypto/sha256.hpp"
#include "runtime/crypto/sha256_constants.hpp"

namespace ashlar::crypto {

namespace {

__m128i load(const void* p) {
  return _mm_loadu_si128(static_cast<const __m128i*>(p));
}

// The instruction keeps the state as (a b e f) and (c d g h), highest word first.
void absorb(__m128i& abef, __m128i& cdgh, const u8* block) {
  const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  const __m128i abef_before = abef, cdgh_before = cdgh;
  __m128i w[4];
  for (int i = 0; i < 4; ++i) w[i] = _mm_shuffle_epi8(load(block + 16 * i), swap);
#pragma GCC unroll 16
  for (int i = 0; i < 16; ++i) {
    __m128i& now = w[i % 4];
    if (i >= 4) {
      // Words 4 i .. 4 i + 3 of the schedule, from the sixteen before them.
      const __m128i w9 = _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4);
      now = _mm_add_epi32(_mm_sha256msg1_epu32(now, w[(i + 1) % 4]), w9);
      now = _mm_sha256msg2_epu32(now, w[(i + 3) % 4]);
    }
    const __m128i wk = _mm_add_epi32(now, load(sha256_constants + 4 * i));
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, wk);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(wk, 0x0e));
  }
  abef = _mm_add_epi32(abef, abef_before);
  cdgh = _mm_add_epi32(cdgh, cdgh_before);
}

}  // namespace

void sha256_blocks_ni(u32 state[8], const u8* data, std::size_t blocks) noexcept {
  const __m128i cdab = _mm_shuffle_epi32(load(state), 0xb1);
  const __m128i efgh = _mm_shuffle_epi32(load(state + 4), 0x1b);
  __m128i abef = _mm_alignr_epi8(cdab, efgh, 8);
  __m128i cdgh = _mm_blend_epi16(efgh, cdab, 0xf0);
  for (; blocks != 0; --blocks, data += 64) absorb(abef, cdgh, data);
  const __m128i feba = _mm_shuffle_epi32(abef, 0x1b);
  const __m128i dchg = _mm_shuffle_epi32(cdgh, 0xb1);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state), _mm_blend_epi16(feba, dchg, 0xf0));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(state + 4), _mm_alignr_epi8(dchg, feba, 8));
}

}  // namespace ashlar::crypto
#endif
