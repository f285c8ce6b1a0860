#pragma once

#include "runtime/base/bytes.hpp"

// The arithmetic behind the precompile calls (ecall.hpp), over words as they lie in RAM. These are
// definitions of what the chips prove; the hashes are crypto's own.

namespace ashlar::riscv {

/// out = (a b + c) mod m and quotient = floor of the division; m = 0 stands for 2^256. False where
/// the quotient does not fit 256 bits; nothing is written then.
bool mod256_mul_add(const u32 a[8], const u32 b[8], const u32 c[8], const u32 m[8], u32 out[8],
                    u32 quotient[8]) noexcept;

/// out = a b + c in Goldilocks' cubic extension, X^3 = 2; see ecall.hpp.
void ext3_mul_add(const u32 a[6], const u32 b[6], const u32 c[6], u32 out[6]) noexcept;

}  // namespace ashlar::riscv
