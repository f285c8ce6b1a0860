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
inline void call(ecall number, const void* x0, const void* x1, u32 x2) noexcept {
  register u32 a7 __asm__("a7") = static_cast<u32>(number);
  register const void* a0 __asm__("a0") = x0;
  register const void* a1 __asm__("a1") = x1;
  register u32 a2 __asm__("a2") = x2;
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
