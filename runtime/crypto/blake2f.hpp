#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

/// The compression function F of BLAKE2b (RFC 7693, 3.2) with its number of rounds given, as
/// EIP-152 has it: h is updated in place. t is the 128-bit byte offset, low word first. Cost: one
/// gas a round on chain; `rounds` may be any 32-bit number.
void blake2f(u32 rounds, u64 h[8], const u64 m[16], const u64 t[2], bool final_block) noexcept;

}  // namespace ashlar::crypto
