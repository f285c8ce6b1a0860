#include <__verbose_abort>

#include "runtime/base/ensure.hpp"
#include "runtime/guest/guest_main.hpp"
#include "runtime/guest/machine.hpp"

// Where a guest begins, and the ways it ends early.

extern "C" {
using initializer = void (*)();
extern const initializer __init_array_start[], __init_array_end[];

/// Called by the entry below, with the stack set up.
[[noreturn]] void ashlar_guest_start() {
  for (const initializer* f = __init_array_start; f != __init_array_end; ++f) (*f)();
  ashlar::guest::halt(ashlar::guest::guest_main());
}

/// A broken invariant, libc++'s (a container used against its rules) or ours.
[[noreturn]] void ashlar_guest_abort() {
  ashlar::guest::halt(ashlar::guest::exit_broken_invariant);
}

void* __dso_handle = nullptr;
/// Nothing is destroyed at the end: the machine halts.
int __cxa_atexit(void (*)(void*), void*, void*) {
  return 0;
}
[[noreturn]] void __cxa_pure_virtual() {
  ashlar_guest_abort();
}
void abort() {
  ashlar_guest_abort();
}
}

__asm__(
    ".section .text.start,\"ax\",@progbits\n"
    ".globl _start\n"
    "_start:\n"
    "  la sp, __stack_top\n"
    "  call ashlar_guest_start\n");

namespace ashlar {
void broken_invariant(const char*, const char*, int) noexcept {
  ashlar_guest_abort();
}
}  // namespace ashlar

_LIBCPP_BEGIN_NAMESPACE_STD
void __libcpp_verbose_abort(const char*, ...) {
  ashlar_guest_abort();
}
_LIBCPP_END_NAMESPACE_STD
