#include "runtime/crypto/keccak.hpp"

namespace ashlar::crypto {

namespace {

constexpr u64 round_constants[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000,
    0x000000000000808b, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
    0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008};

template <unsigned N>
[[gnu::always_inline]] inline u64 rotated(u64 x) {
  if constexpr (N == 0)
    return x;
  else
    return (x << N) | (x >> (64 - N));
}

// One row of chi over five lanes after theta, rho and pi.
[[gnu::always_inline]] inline void chi(u64* row, u64 b0, u64 b1, u64 b2, u64 b3, u64 b4) {
  row[0] = b0 ^ (~b1 & b2);
  row[1] = b1 ^ (~b2 & b3);
  row[2] = b2 ^ (~b3 & b4);
  row[3] = b3 ^ (~b4 & b0);
  row[4] = b4 ^ (~b0 & b1);
}

// A whole round from a to e. Row Y of the result takes lane (X + 3Y mod 5, X) at place X: that is
// pi inverted, so each row is finished at once and the lanes stay in registers.
[[gnu::always_inline]] inline void round(const u64* a, u64* e, u64 constant) {
  const u64 c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
  const u64 c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
  const u64 c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
  const u64 c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
  const u64 c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
  const u64 d0 = c4 ^ rotated<1>(c1);
  const u64 d1 = c0 ^ rotated<1>(c2);
  const u64 d2 = c1 ^ rotated<1>(c3);
  const u64 d3 = c2 ^ rotated<1>(c4);
  const u64 d4 = c3 ^ rotated<1>(c0);
  chi(e, a[0] ^ d0, rotated<44>(a[6] ^ d1), rotated<43>(a[12] ^ d2), rotated<21>(a[18] ^ d3),
      rotated<14>(a[24] ^ d4));
  e[0] ^= constant;
  chi(e + 5, rotated<28>(a[3] ^ d3), rotated<20>(a[9] ^ d4), rotated<3>(a[10] ^ d0),
      rotated<45>(a[16] ^ d1), rotated<61>(a[22] ^ d2));
  chi(e + 10, rotated<1>(a[1] ^ d1), rotated<6>(a[7] ^ d2), rotated<25>(a[13] ^ d3),
      rotated<8>(a[19] ^ d4), rotated<18>(a[20] ^ d0));
  chi(e + 15, rotated<27>(a[4] ^ d4), rotated<36>(a[5] ^ d0), rotated<10>(a[11] ^ d1),
      rotated<15>(a[17] ^ d2), rotated<56>(a[23] ^ d3));
  chi(e + 20, rotated<62>(a[2] ^ d2), rotated<55>(a[8] ^ d3), rotated<39>(a[14] ^ d4),
      rotated<41>(a[15] ^ d0), rotated<2>(a[21] ^ d1));
}

[[gnu::always_inline]] inline void permute(u64* state) {
  u64 a[25], e[25];
  for (int i = 0; i < 25; ++i) a[i] = state[i];
  for (int r = 0; r < 24; r += 2) {
    round(a, e, round_constants[r]);
    round(e, a, round_constants[r + 1]);
  }
  for (int i = 0; i < 25; ++i) state[i] = a[i];
}

#if defined(__x86_64__)
// ANDN makes chi two instructions a lane and RORX saves the copies before rotations.
[[gnu::target("bmi,bmi2")]] void permute_bmi(u64* state) {
  permute(state);
}

const bool has_bmi = __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
#endif

}  // namespace

void keccak_f1600(u64 state[25]) noexcept {
#if defined(__x86_64__)
  if (has_bmi) return permute_bmi(state);
#endif
  permute(state);
}

}  // namespace ashlar::crypto
