#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::guest {

/// What a guest program does; the exit code. Each program in programs/ defines it.
u32 guest_main();

/// Exit codes that are no program's own.
inline constexpr u32 exit_broken_invariant = 101;
inline constexpr u32 exit_out_of_memory = 102;

/// The private input: one word that gives its length in bytes, then its bytes. It is untrusted.
bytes_view read_input();

/// Gives the public output. Once.
void commit(const hash256& output);

}  // namespace ashlar::guest
