#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

/// What a hash-many kernel is asked: for i < n, the chaining value (or hash) of the `length` bytes
/// at input + i * length, as one chunk or one parent.
struct blake3_job {
  const u8* input;
  std::size_t length;  // bytes an input, 0..1024
  std::size_t n;
  u64 counter;       // chunk index of input 0
  u64 counter_step;  // 1 for successive chunks of one message, 0 for separate messages
  u32 flags, flags_start, flags_end;  // on every block; also on the first; also on the last
  u8* out;  // 32 n bytes; may equal input where length >= 32, else apart from it
};

/// The kernels: the same bits from each. The vector ones may run only where the processor has the
/// named extension.
void blake3_hash_many_scalar(const blake3_job& job) noexcept;
void blake3_hash_many_avx2(const blake3_job& job) noexcept;
void blake3_hash_many_avx512(const blake3_job& job) noexcept;

/// The widest kernel this processor has; in the guest the scalar one.
void blake3_hash_many(const blake3_job& job) noexcept;

/// Messages that lie across columns, as the rows of a column-major table: word j of message i, its
/// 8 bytes, is columns[j][first + i]. Neighbours in a column are lanes, so nothing is transposed.
struct blake3_columns_job {
  const u64* const* columns;
  std::size_t count;     // columns, from 1 to blake3_columns_max
  std::size_t first, n;  // messages first .. first + n - 1
  u8* out;               // the whole hash of each, 32 n bytes
};
inline constexpr std::size_t blake3_columns_max = std::size_t{1} << 18;

/// On the host alone. The vector ones need n to be a multiple of 8 (AVX2) or 16 (AVX-512).
void blake3_hash_columns_scalar(const blake3_columns_job& job) noexcept;
void blake3_hash_columns_avx2(const blake3_columns_job& job) noexcept;
void blake3_hash_columns_avx512(const blake3_columns_job& job) noexcept;

/// Any n, by the widest kernel this processor has.
void blake3_hash_columns(const blake3_columns_job& job) noexcept;

}  // namespace ashlar::crypto
