#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

/// SHA-256 (FIPS 180-4). On the host with the processor's SHA extension where it has one.
hash256 sha256(bytes_view data) noexcept;

/// Absorbs `blocks` 64-byte blocks into the eight words of state; the two do the same. The second
/// may run only where the processor has SHA and SSE4.1.
void sha256_blocks_scalar(u32 state[8], const u8* data, std::size_t blocks) noexcept;
void sha256_blocks_ni(u32 state[8], const u8* data, std::size_t blocks) noexcept;

/// The faster of them here.
void sha256_blocks(u32 state[8], const u8* data, std::size_t blocks) noexcept;

}  // namespace ashlar::crypto
