#pragma once

#include "runtime/base/bytes.hpp"

// mod256_mul_add in the guest: the ecall itself, in line, as its arguments are most of its cost.
// Included by mod256.hpp. runtime/guest holds the number to the machine's.

namespace ashlar::crypto {

struct modulus256;
inline constexpr u32 mod256_ecall = 18;

inline void mod256_mul_add(u64 out[4], const u64 a[4], const u64 b[4], const u64 c[4],
                           const modulus256* modulus) noexcept {
  register u32 a7 __asm__("a7") = mod256_ecall;
  register u64* a0 __asm__("a0") = out;
  register const u64* a1 __asm__("a1") = a;
  register const u64* a2 __asm__("a2") = b;
  register const u64* a3 __asm__("a3") = c;
  register const modulus256* a4 __asm__("a4") = modulus;
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
}

inline constexpr u64 mod256_ones[4] = {~0ull, ~0ull, ~0ull, ~0ull}, mod256_one[4] = {1, 0, 0, 0};

/// By a product modulo 1 whose quotient, (2^256 - 1) (v + 1), the machine refuses unless v is zero:
/// one instruction in place of eight loads.
inline void mod256_ensure_zero(const u64 v[4]) noexcept {
  u64 scratch[4];
  mod256_mul_add(scratch, mod256_ones, v, mod256_ones,
                 reinterpret_cast<const modulus256*>(mod256_one));
}

}  // namespace ashlar::crypto
