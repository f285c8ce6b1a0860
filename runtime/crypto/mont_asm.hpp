#pragma once

#include "runtime/base/bytes.hpp"

/// Carry chains for four and six limbs, which compilers of the day do not make of portable code.
/// Baseline x86-64 only; elsewhere, and in constant expressions, mont.hpp's own loops run.
#if defined(__x86_64__) && defined(__SIZEOF_INT128__) && !defined(ASHLAR_NO_ASM)
#define ASHLAR_MONT_ASM 1

namespace ashlar::crypto::mont_asm {

/// a += b, the carry out dropped.
inline void add(std::array<u64, 4>& a, const std::array<u64, 4>& b) noexcept {
  asm("addq %4, %0\n\t"
      "adcq %5, %1\n\t"
      "adcq %6, %2\n\t"
      "adcq %7, %3"
      : "+&r"(a[0]), "+&r"(a[1]), "+&r"(a[2]), "+&r"(a[3])
      : "rm"(b[0]), "rm"(b[1]), "rm"(b[2]), "rm"(b[3])
      : "cc");
}
inline void add(std::array<u64, 6>& a, const std::array<u64, 6>& b) noexcept {
  asm("addq %6, %0\n\t"
      "adcq %7, %1\n\t"
      "adcq %8, %2\n\t"
      "adcq %9, %3\n\t"
      "adcq %10, %4\n\t"
      "adcq %11, %5"
      : "+&r"(a[0]), "+&r"(a[1]), "+&r"(a[2]), "+&r"(a[3]), "+&r"(a[4]), "+&r"(a[5])
      : "m"(b[0]), "m"(b[1]), "m"(b[2]), "m"(b[3]), "m"(b[4]), "m"(b[5])
      : "cc");
}

/// a -= b; returns the borrow, 0 or 1.
inline u64 subtract(std::array<u64, 4>& a, const std::array<u64, 4>& b) noexcept {
  u64 mask;
  asm("subq %5, %0\n\t"
      "sbbq %6, %1\n\t"
      "sbbq %7, %2\n\t"
      "sbbq %8, %3\n\t"
      "sbbq %4, %4"
      : "+&r"(a[0]), "+&r"(a[1]), "+&r"(a[2]), "+&r"(a[3]), "=&r"(mask)
      : "rm"(b[0]), "rm"(b[1]), "rm"(b[2]), "rm"(b[3])
      : "cc");
  return mask & 1;
}
inline u64 subtract(std::array<u64, 6>& a, const std::array<u64, 6>& b) noexcept {
  u64 mask;
  asm("subq %7, %0\n\t"
      "sbbq %8, %1\n\t"
      "sbbq %9, %2\n\t"
      "sbbq %10, %3\n\t"
      "sbbq %11, %4\n\t"
      "sbbq %12, %5\n\t"
      "sbbq %6, %6"
      : "+&r"(a[0]), "+&r"(a[1]), "+&r"(a[2]), "+&r"(a[3]), "+&r"(a[4]), "+&r"(a[5]), "=&r"(mask)
      : "m"(b[0]), "m"(b[1]), "m"(b[2]), "m"(b[3]), "m"(b[4]), "m"(b[5])
      : "cc");
  return mask & 1;
}

}  // namespace ashlar::crypto::mont_asm
#endif
