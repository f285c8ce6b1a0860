#pragma once

#include "runtime/base/bytes.hpp"

// The arithmetic behind the precompile calls (ecall.hpp), over words as they lie in RAM. These are
// definitions of what the chips prove; the hashes are crypto's own.

namespace ashlar::riscv {

/// out = (a b + c) mod m and quotient = floor of the division; m = 0 stands for 2^256. False where
/// the quotient does not fit 256 bits; nothing is written then.
bool mod256_mul_add(const u32 a[8], const u32 b[8], const u32 c[8], const u32 m[8], u32 out[8],
                    u32 quotient[8]) noexcept;

/// The same over 384 bits, but for m = 0, which no quotient fits: false.
bool mod384_mul_add(const u32 a[12], const u32 b[12], const u32 c[12], const u32 m[12], u32 out[12],
                    u32 quotient[12]) noexcept;

/// An element of Goldilocks in two words, low first: canonical whatever the words are; and back.
constexpr u64 element(const u32* words) noexcept {
  constexpr u64 p = 0xffffffff00000001;
  const u64 v = words[0] | u64{words[1]} << 32;
  return v < p ? v : v - p;
}
constexpr void put_element(u32* words, u64 canonical) noexcept {
  words[0] = static_cast<u32>(canonical);
  words[1] = static_cast<u32>(canonical >> 32);
}

/// out = a b + c in Goldilocks' cubic extension, X^3 = 2; see ecall.hpp.
void ext3_mul_add(const u32 a[6], const u32 b[6], const u32 c[6], u32 out[6]) noexcept;

/// v = v delta + the sum over j of z^(7 - j) block[j], in the cubic extension: what a block of
/// open_row adds to its value. v, delta and z as 6 words each, and canonical elements.
void ext3_take_block(u32 v[6], const u32 z[6], const u32 delta[6], const u64 block[8]) noexcept;

}  // namespace ashlar::riscv
