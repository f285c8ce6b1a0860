#pragma once

#include "runtime/base/bytes.hpp"

// Poseidon2 of many rows or nodes: the same bits from each kernel. They work on words and bytes, so
// that no inline function built for a processor is shared with the rest. The vector ones may run
// only where the processor has the named extension.
namespace ashlar::stark {

/// Row i is columns[j][first + i] for j < count; its digest goes to out + 32 i.
struct poseidon2_rows_job {
  const u64* const* columns;
  std::size_t count, first, n;
  unsigned each, first_block;  // elements of a block, and of the first one
  u64 start;                   // of the capacity (sponge.hpp)
  u8* out;
};

/// Precondition: n is a multiple of 32 (AVX-512) or 8 (AVX2).
void poseidon2_rows_scalar(const poseidon2_rows_job& job) noexcept;
void poseidon2_rows_avx2(const poseidon2_rows_job& job) noexcept;
void poseidon2_rows_avx512(const poseidon2_rows_job& job) noexcept;

/// Digests of n pairs of digests, 64 bytes each. `out` may equal `pairs`. The same precondition.
void poseidon2_nodes_scalar(const u8* pairs, u8* out, std::size_t n) noexcept;
void poseidon2_nodes_avx2(const u8* pairs, u8* out, std::size_t n) noexcept;
void poseidon2_nodes_avx512(const u8* pairs, u8* out, std::size_t n) noexcept;

inline constexpr std::size_t poseidon2_rows_at_once_avx2 = 8, poseidon2_rows_at_once_avx512 = 32;

}  // namespace ashlar::stark
