#pragma once

#include "runtime/riscv/ecall.hpp"

/// The ecalls as functions: guest only. Arguments and limits as in runtime/riscv/ecall.hpp.
namespace ashlar::guest {

using riscv::ecall;

[[noreturn]] inline void halt(u32 code) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(ecall::halt);
  register u32 a0 __asm__("a0") = code;
  for (;;) __asm__ volatile("ecall" : : "r"(a7), "r"(a0) : "memory");
}

/// No register changes in a call, so the compiler may keep arguments where they are.
inline void call(ecall number, const void* x0) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(number);
  register const void* a0 __asm__("a0") = x0;
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0) : "memory");
}
/// The next words of the private input.
inline void read(void* to, u32 words) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(ecall::read);
  register void* a0 __asm__("a0") = to;
  register u32 a1 __asm__("a1") = words;
  register u32 a2 __asm__("a2") = static_cast<u32>(riscv::advice::none);
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0), "r"(a1), "r"(a2) : "memory");
}
inline void call(ecall number, const void* x0, const void* x1) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(number);
  register const void* a0 __asm__("a0") = x0;
  register const void* a1 __asm__("a1") = x1;
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0), "r"(a1) : "memory");
}
inline void call(ecall number, const void* x0, const void* x1, u32 x2) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(number);
  register const void* a0 __asm__("a0") = x0;
  register const void* a1 __asm__("a1") = x1;
  register u32 a2 __asm__("a2") = x2;
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0), "r"(a1), "r"(a2) : "memory");
}

/// What open_row leaves: elements as they lie in RAM, canonical.
struct opened_row {
  u64 digest[4], value[3];
};
/// Where open_row takes the value: z and delta, in the cubic extension.
struct row_challenge {
  u64 z[3], delta[3];
};
/// A row of n elements of the private input, cut into blocks of `each`.
inline void open_row(opened_row& out, const row_challenge& at, u32 n, u32 each) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(ecall::open_row);
  register opened_row* a0 __asm__("a0") = &out;
  register const row_challenge* a1 __asm__("a1") = &at;
  register u32 a2 __asm__("a2") = n;
  register u32 a3 __asm__("a3") = each;
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0), "r"(a1), "r"(a2), "r"(a3) : "memory");
}
/// From a node of four elements to the one `depth` levels above it, by siblings of the private
/// input. The machine refuses an index of more than `depth` bits.
inline void climb(u64 digest[4], u32 index, u32 depth) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(ecall::climb);
  register u64* a0 __asm__("a0") = digest;
  register u32 a1 __asm__("a1") = index;
  register u32 a2 __asm__("a2") = depth;
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0), "r"(a1), "r"(a2) : "memory");
}
inline void call(ecall number, const void* x0, const void* x1, const void* x2, u32 x3,
                 u32 x4) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(number);
  register const void* a0 __asm__("a0") = x0;
  register const void* a1 __asm__("a1") = x1;
  register const void* a2 __asm__("a2") = x2;
  register u32 a3 __asm__("a3") = x3;
  register u32 a4 __asm__("a4") = x4;
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
}
inline void call(ecall number, const void* x0, const void* x1, const void* x2, const void* x3,
                 const void* x4) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(number);
  register const void* a0 __asm__("a0") = x0;
  register const void* a1 __asm__("a1") = x1;
  register const void* a2 __asm__("a2") = x2;
  register const void* a3 __asm__("a3") = x3;
  register const void* a4 __asm__("a4") = x4;
  __asm__ volatile("ecall" : : "r"(a7), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
}

}  // namespace ashlar::guest
