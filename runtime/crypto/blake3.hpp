#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

/// BLAKE3 (O'Connor, Aumasson, Neves, Wilcox-O'Hearn: BLAKE3, 2020), hash mode, 32 bytes out.

inline constexpr u32 blake3_iv[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                     0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
inline constexpr std::size_t blake3_block_bytes = 64;
inline constexpr std::size_t blake3_chunk_bytes = 1024;

/// The domain flags of the compression function (BLAKE3, table 3).
inline constexpr u32 blake3_chunk_start = 1, blake3_chunk_end = 2, blake3_parent = 4,
                     blake3_root = 8;

/// The compression function: seven rounds over chaining value, block, counter, block length
/// (0..64 bytes) and flags. `out` is the new chaining value (or the hash, at the root): the first
/// half of the extended output, the only one that hash mode uses. `out` may be cv or in block.
/// In the guest a chip stands behind this name, for counters below 2^32.
void blake3_compress(const u32 cv[8], const u32 block[16], u64 counter, u32 block_length, u32 flags,
                     u32 out[8]) noexcept;

/// The hash of any number of bytes. On the host, inputs above one chunk use vector code.
hash256 blake3(bytes_view data) noexcept;

/// An inner node of a binary tree: BLAKE3 of the 64 bytes left ‖ right. One compression.
hash256 blake3_node(const hash256& left, const hash256& right) noexcept;

/// BLAKE3 in pieces: the result depends only on the bytes given, not on how they were cut.
class blake3_state {
 public:
  blake3_state() noexcept;
  void update(bytes_view data) noexcept;
  /// The hash of everything given so far; the state may be continued.
  hash256 final() const noexcept;

 private:
  void compress_buffer(u32 last_flag) noexcept;
  void push_subtree(const u32 cv[8], u64 size) noexcept;

  u32 cv_[8];
  u8 block_[blake3_block_bytes];
  std::size_t buffered_ = 0;  // bytes in block_
  std::size_t blocks_ = 0;    // blocks of the chunk that are compressed already
  u64 chunks_ = 0;            // chunks finished
  u32 stack_[54][8];          // roots of finished subtrees, one for each bit set in chunks_
  std::size_t stacked_ = 0;
};

/// out[i] = BLAKE3(pairs[2 i] ‖ pairs[2 i + 1]) for i < n: a whole level of a tree at once. On the
/// host 16 or 8 at a time where the processor has AVX-512 or AVX2. `out` may equal `pairs` (a level
/// folded onto its own front), no other overlap is allowed.
void blake3_nodes(const hash256* pairs, hash256* out, std::size_t n) noexcept;

/// out[i] = BLAKE3 of the `length` bytes at data + i * length, i < n. Precondition: length <= 1024.
void blake3_many(const u8* data, std::size_t length, hash256* out, std::size_t n) noexcept;

}  // namespace ashlar::crypto
