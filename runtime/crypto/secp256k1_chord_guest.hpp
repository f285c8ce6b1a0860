#pragma once

#include "runtime/crypto/mod256_guest.hpp"

// An addition of points in the guest: nine ecalls whose arguments are set by hand, as they are most
// of its cost. Included by secp256k1_points.hpp, whose constants and steps it takes by offset.

namespace ashlar::crypto::secp {

/// What chord_step does, for `from` = the constants. False, with run and rise set and nothing else
/// done, where the low word of run is zero.
[[gnu::always_inline]] inline bool chord_ecalls(u256* xy, const u256* px, const u256* other,
                                                void* step, const void* from) noexcept {
  __asm__ goto volatile(
      "li a7, 18\n"
      // run = px * -1 + x
      "mv a0, %[t]\n mv a1, %[px]\n addi a2, %[k], 96\n mv a3, %[xy]\n addi a4, %[k], 224\n ecall\n"
      // rise = y * -1 + other
      "addi a0, %[t], 32\n addi a1, %[xy], 32\n mv a3, %[other]\n ecall\n"
      "lw a0, 0(%[t])\n beqz a0, %l[low_word_zero]\n"
      // slope = advice, -rise / run
      "li a7, 1\n addi a0, %[t], 64\n li a1, 8\n li a2, 1\n addi a3, %[t], 32\n mv a4, %[t]\n"
      "addi a5, %[k], 224\n ecall\n"
      // rest = slope * run + rise
      "li a7, 18\n mv a1, a0\n addi a0, %[t], 96\n mv a2, %[t]\n mv a4, a5\n ecall\n"
      // rest is zero: (2^256 - 1) (rest + 1) has a quotient by 1 below 2^256
      "addi a1, %[k], 192\n mv a2, a0\n mv a3, a1\n addi a4, %[k], 32\n ecall\n"
      // run = x * -3 + run; run = slope^2 + run
      "mv a0, %[t]\n mv a1, %[xy]\n addi a2, %[k], 160\n mv a3, %[t]\n mv a4, a5\n ecall\n"
      "addi a1, %[t], 64\n mv a2, a1\n ecall\n"
      // x = run * 1 + x
      "mv a0, %[xy]\n mv a1, %[t]\n addi a2, %[k], 32\n mv a3, %[xy]\n ecall\n"
      // y = slope * run + y
      "addi a0, %[xy], 32\n addi a1, %[t], 64\n mv a2, %[t]\n mv a3, a0\n ecall\n"
      :
      : [xy] "r"(xy), [px] "r"(px), [other] "r"(other), [t] "r"(step), [k] "r"(from)
      : "a0", "a1", "a2", "a3", "a4", "a5", "a7", "memory"
      : low_word_zero);
  return true;
low_word_zero:
  return false;
}

}  // namespace ashlar::crypto::secp
