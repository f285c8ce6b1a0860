#pragma once

#include "cuda/kernels/roots.hpp"
#include "runtime/crypto/blake3_rounds.hpp"
#include "runtime/stark/hash/hash_kind.hpp"

namespace ashlar::cuda {

/// hash256 as words.
struct alignas(16) digest {
  u32 w[8];
};
static_assert(sizeof(digest) == sizeof(hash256));

/// A column of a Merkle tree's leaves, as column_view of runtime/stark/prover/merkle_tree.hpp.
struct leaf_column {
  const gl* data;
  u64 coset_stride;
};

/// The bytes the other way round.
constexpr u64 swapped(u64 x) {
  x = (x & 0x00ff00ff00ff00ff) << 8 | (x >> 8 & 0x00ff00ff00ff00ff);
  x = (x & 0x0000ffff0000ffff) << 16 | (x >> 16 & 0x0000ffff0000ffff);
  return x << 32 | x >> 32;
}

/// BLAKE3 of left ‖ right.
constexpr digest hash_pair(const digest& left, const digest& right) {
  u32 block[16] = {}, cv[8] = {};
  for (unsigned k = 0; k < 8; ++k) {
    block[k] = left.w[k];
    block[8 + k] = right.w[k];
  }
  digest out{};
  crypto::blake3_start(cv);
  crypto::blake3_compress_inline(
      cv, block, 0, 64, crypto::blake3_chunk_start | crypto::blake3_chunk_end | crypto::blake3_root,
      out.w);
  return out;
}

/// hash_node of a kind; `constants` are Poseidon2's (poseidon2.hpp), else null.
template <stark::hash_kind Kind>
struct node_hash;
template <>
struct node_hash<stark::hash_kind::blake3> {
  static constexpr digest pair(const digest& left, const digest& right, const gl*) {
    return hash_pair(left, right);
  }
};

/// BLAKE3 of the rows of columns of one height, each at its place in the tree.
struct hash_rows {
  static constexpr unsigned threads = 128;
  static constexpr u32 block_columns = crypto::blake3_block_bytes / gl::encoded_bytes;
  static constexpr u32 chunk_columns = crypto::blake3_chunk_bytes / gl::encoded_bytes;
  /// Chunks, so 2^8 of them.
  static constexpr unsigned depth_max = 8;

  const leaf_column* columns;
  u32 width;  // 1 .. 2^depth_max chunks
  unsigned height_log2;
  digest* out;

  /// Row x & (2^height - 1) of coset x >> height.
  constexpr void operator()(u64 x) const {
    const u64 rows = u64{1} << height_log2, coset = x >> height_log2, row = x & (rows - 1);
    const u32 chunks = (width + chunk_columns - 1) / chunk_columns;
    digest value{};
    if (chunks == 1) {
      chunk(0, coset, row, crypto::blake3_root, value.w);
    } else {
      // Finished subtrees wait for an equal one, as the digits of a counter do for a carry.
      digest waiting[depth_max + 1];
      unsigned depth = 0;
      for (u32 c = 0; c < chunks; ++c) {
        chunk(c, coset, row, 0, value.w);
        if (c + 1 == chunks) break;
        for (u32 n = c + 1; (n & 1) == 0; n >>= 1) value = parent(waiting[--depth], value, 0);
        waiting[depth++] = value;
      }
      while (depth != 0) {
        --depth;
        value = parent(waiting[depth], value, depth == 0 ? crypto::blake3_root : 0);
      }
    }
    out[coset * rows + stark::reverse_bits(static_cast<u32>(row), height_log2)] = value;
  }

 private:
  constexpr void chunk(u32 c, u64 coset, u64 row, u32 root, u32* cv) const {
    crypto::blake3_start(cv);
    const u32 first = c * chunk_columns;
    const u32 end = first + chunk_columns < width ? first + chunk_columns : width;
    for (u32 j = first; j < end; j += block_columns) {
      const u32 n = end - j < block_columns ? end - j : block_columns;
      u32 block[16] = {};
      ASHLAR_UNROLL
      for (u32 k = 0; k < block_columns; ++k) {
        u64 v = 0;
        if (k < n) {
          const leaf_column& column = columns[j + k];
          v = column.data[coset * column.coset_stride + row].value();
        }
        block[2 * k] = static_cast<u32>(v);
        block[2 * k + 1] = static_cast<u32>(v >> 32);
      }
      const u32 flags = (j == first ? crypto::blake3_chunk_start : 0) |
                        (j + n == end ? crypto::blake3_chunk_end | root : 0);
      crypto::blake3_compress_inline(cv, block, c, n * u32{gl::encoded_bytes}, flags, cv);
    }
  }
  static constexpr digest parent(const digest& left, const digest& right, u32 root) {
    u32 block[16] = {}, cv[8] = {};
    for (unsigned k = 0; k < 8; ++k) {
      block[k] = left.w[k];
      block[8 + k] = right.w[k];
    }
    digest out{};
    crypto::blake3_start(cv);
    crypto::blake3_compress_inline(cv, block, 0, 64, crypto::blake3_parent | root, out.w);
    return out;
  }
};

/// A level of a tree: here[i] is the node above below[2 i] and below[2 i + 1], joined with the
/// digest of the rows that have their place there, if any.
template <stark::hash_kind Kind>
struct hash_level {
  static constexpr unsigned threads = 128;
  const digest* below;
  const digest* rows;  // may be null
  digest* here;
  const gl* constants;

  constexpr void operator()(u64 i) const {
    const digest node = node_hash<Kind>::pair(below[2 * i], below[2 * i + 1], constants);
    here[i] = rows == nullptr ? node : node_hash<Kind>::pair(node, rows[i], constants);
  }
};

/// The levels above the narrowest ones that are worth a kernel each, all in one block.
template <stark::hash_kind Kind>
struct hash_top {
  static constexpr unsigned threads = 512, shared_words = 1;
  // One multiprocessor makes them: where a node takes thousands of products, fewer levels.
  static constexpr unsigned levels_max = Kind == stark::hash_kind::poseidon2 ? 6 : 10;
  digest* nodes;                   // level d at 2^d
  unsigned levels;                 // levels - 1 .. 0 are made
  const digest* rows[levels_max];  // by level; may be null
  const gl* constants;

  constexpr unsigned phases() const noexcept { return levels; }
  constexpr void run(unsigned phase, u64, unsigned thread, u64*) const {
    const unsigned d = levels - 1 - phase;
    if (thread >= (1u << d)) return;
    hash_level<Kind>{nodes + (u64{2} << d), rows[d], nodes + (u64{1} << d), constants}(thread);
  }
};

/// Of each opened position the row of its ancestor `shift` levels up, in pieces of `piece` bytes.
struct gather_cells {
  static constexpr unsigned threads = 128;
  const leaf_column* columns;
  u32 width;
  unsigned height_log2;
  const u32* positions;
  unsigned shift;
  u8* out;  // of the first piece; pieces are as aligned as elements
  u64 piece;
  bool big_endian;  // elements as Keccak's proofs have them

  constexpr void operator()(u64 i) const {
    const u64 p = i / width, j = i % width;
    const u32 place = positions[p] >> shift;
    const leaf_column& c = columns[j];
    const u64 row = stark::reverse_bits(place, height_log2);
    const u64 cell = c.data[u64{place >> height_log2} * c.coset_stride + row].value();
    reinterpret_cast<u64*>(out + p * piece)[j] = big_endian ? swapped(cell) : cell;
  }
};

/// And the siblings of its ancestors from `level` on, `count` of them.
struct gather_siblings {
  static constexpr unsigned threads = 128;
  const digest* nodes;  // level d at 2^d
  const u32* positions;
  unsigned depth, level, count;
  u8* out;
  u64 piece;

  constexpr void operator()(u64 i) const {
    const u64 p = i / count;
    const unsigned k = static_cast<unsigned>(i % count), d = level - k;
    const digest& from = nodes[(u64{1} << d) + ((positions[p] >> (depth - d)) ^ 1)];
    // Rows of an odd number of elements put digests at multiples of eight.
    u64* const to = reinterpret_cast<u64*>(out + p * piece) + 4 * k;
    for (unsigned w = 0; w < 4; ++w) to[w] = from.w[2 * w] | u64{from.w[2 * w + 1]} << 32;
  }
};

/// Tries nonces of a proof of work: out[i] = the least k < run such that nonce first + i run + k
/// passes, or run.
struct grind_nonces {
  static constexpr unsigned threads = 128;
  static constexpr u32 run = 16;
  u32 block[16];  // the message with nonce 0, as words
  u32 message_bytes;
  u64 first, mask;
  u8* out;

  constexpr void operator()(u64 i) const {
    u32 m[16] = {}, cv[8] = {};
    for (unsigned k = 0; k < 16; ++k) m[k] = block[k];
    u32 found = run;
    for (u32 k = run; k-- > 0;) {
      const u64 nonce = first + i * run + k;
      m[8] = block[8] | static_cast<u32>(nonce << 8);
      m[9] = static_cast<u32>(nonce >> 24);
      m[10] = static_cast<u32>(nonce >> 56);
      u32 h[8] = {};
      crypto::blake3_start(cv);
      crypto::blake3_compress_inline(
          cv, m, 0, message_bytes,
          crypto::blake3_chunk_start | crypto::blake3_chunk_end | crypto::blake3_root, h);
      if (((u64{h[1]} << 32 | h[0]) & mask) == 0) found = k;
    }
    out[i] = static_cast<u8>(found);
  }
};

}  // namespace ashlar::cuda
