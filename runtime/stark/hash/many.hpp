#pragma once

#include "runtime/stark/hash/hash.hpp"

// Hashing as a prover does it: whole levels and tables at once. Host only.
namespace ashlar::stark {

/// Rows of a column-major table: element j of row i is columns[j][first + i], i < n, canonical.
struct row_hash_job {
  std::span<const u64* const> columns;
  std::size_t first, n;
  unsigned each;  // as hash_elements
  hash256* out;   // n digests
};

/// hash_elements of each row.
void hash_rows(hash_kind kind, const row_hash_job& job) noexcept;

/// out[i] = hash_node(pairs[2 i], pairs[2 i + 1]) for i < n. `out` may equal `pairs`, no other
/// overlap is allowed.
void hash_nodes(hash_kind kind, const hash256* pairs, hash256* out, std::size_t n) noexcept;

}  // namespace ashlar::stark
