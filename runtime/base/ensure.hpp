#pragma once

namespace ashlar {

/// Ends the process (host: abort after printing to stderr; guest: halt with code 101).
/// Called by `ensure` and `verify`; never returns.
[[noreturn]] void broken_invariant(const char* expression, const char* file, int line) noexcept;

}  // namespace ashlar

/// Programmer errors: always checked, in every build. Never for input from outside.
#define ensure(condition)             \
  (__builtin_expect(!!(condition), 1) \
       ? void(0)                      \
       : ::ashlar::broken_invariant(#condition, __FILE__, __LINE__))

/// As `ensure`, for hot loops: checked where ASHLAR_VERIFY is on (dev and sanitizer builds).
#ifdef ASHLAR_VERIFY
#define verify(condition) ensure(condition)
#else
#define verify(condition) void(0)
#endif
