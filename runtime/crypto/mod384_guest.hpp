#pragma once

#include <array>

#include "runtime/base/bytes.hpp"

// mod384_mul_add in the guest: the ecall itself, in line. runtime/guest holds the number to the
// machine's.

namespace ashlar::crypto {

inline constexpr u32 mod384_ecall = 24;
using words384 = std::array<u32, 12>;

/// out = (a b + c) mod m, over words from the lowest on; b < m, a and c any.
inline void mod384_mul_add(words384& out, const words384& a, const words384& b, const words384& c,
                           const words384& m) noexcept {
  register u32 a7 __asm__("a7") = mod384_ecall;
  register words384* a0 __asm__("a0") = &out;
  register const words384* a1 __asm__("a1") = &a;
  register const words384* a2 __asm__("a2") = &b;
  register const words384* a3 __asm__("a3") = &c;
  register const words384* a4 __asm__("a4") = &m;
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
}

}  // namespace ashlar::crypto
