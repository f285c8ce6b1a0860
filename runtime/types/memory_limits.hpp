#pragma once

#include <algorithm>

#include "runtime/base/bytes.hpp"

/// How much memory the proved program touches for a batch. A proof for L1 exists only of a run that
/// touches no more words than the largest memory shape has rows (stark/run/shapes.hpp), so a block
/// beyond it would stop settlement for good. Here is why there is none: whatever grows with what
/// transactions do is metered, by the same code natively and in the proof, and bounded for a
/// transaction, a block and a batch. Derivation and measurements: runtime/stf/README.md.
namespace ashlar {

/// What transactions make a proof hold for the rest of its run.
struct memory_use {
  /// Distinct accounts and storage slots.
  u64 keys = 0;
  /// Of the tree, which prove them: one of a key that is there, two of one that is absent.
  u64 leaves = 0;
  /// Codes, logs, initcodes, the transactions themselves, by the weights below.
  u64 bytes = 0;
  friend bool operator==(const memory_use&, const memory_use&) = default;
};
constexpr memory_use operator+(const memory_use& a, const memory_use& b) noexcept {
  return {a.keys + b.keys, a.leaves + b.leaves, a.bytes + b.bytes};
}

/// What one transaction may make it hold; what would take more fails in its frame. Without bounds,
/// as on Ethereum, by default.
struct txn_memory_max {
  static constexpr u64 none = u64{1} << 62;
  u64 keys = none;
  u64 bytes = none;
  u64 passing_bytes =
      none;  ///< journal and written transient slots, whose room the next one uses again
  u64 frames_bytes = none;  ///< stacks and memories of all frames that are open at once
  u64 output_bytes = none;  ///< what one call may return
};

/// No transaction that serves a purpose comes near any of these: 3,072 cold accounts and slots are
/// 6.5 million gas of reads; 6 MiB are 63 contracts of the largest size, 4,096 transfers' events or
/// 768 KiB of log data; 131,072 changes that could be undone, a change being 100 gas at least; 180
/// nested calls; and a memory of 2.9 MB is all that 2^24 gas pays for.
inline constexpr txn_memory_max txn_memory_bounds{
    .keys = 3'072,
    .bytes = 6u << 20,
    .passing_bytes = 6u << 20,
    .frames_bytes = 6u << 20,
    .output_bytes = 3u << 20,
};
/// What a frame that calls another keeps to itself of what is left, but never more than half of it:
/// a 64th of each bound, and of bytes a 16th, since a code of the largest size weighs 98,816.
/// However little its caller lets it have, and whatever its callees take, it can go on with some of
/// what is new to the transaction: behind one greedy callee with a proxy of any contract.
struct frame_reserve {
  static constexpr u64 keys = 48;
  static constexpr u64 bytes = 384u << 10;
  static constexpr u64 passing_bytes = 96u << 10;
};
static_assert(64 * frame_reserve::keys == txn_memory_bounds.keys);
static_assert(16 * frame_reserve::bytes == txn_memory_bounds.bytes);
static_assert(64 * frame_reserve::passing_bytes == txn_memory_bounds.passing_bytes);

/// An envelope that is longer is refused, unless it comes from L1, which takes less.
inline constexpr u64 txn_envelope_bytes_max = 160 * 1024;
/// Transient slots of earlier transactions that may still be in their table.
inline constexpr u64 transient_slots_kept_max = 8'192;

/// From either on a block takes no more transactions: a rule of the state transition.
inline constexpr u64 block_memory_keys_full = 3'072, block_memory_bytes_full = 4u << 20;

/// Bytes that are counted for a byte, or for one of what is named.
namespace memory_weight {
inline constexpr u64 code_byte = 4, code = 512;  ///< read from the state
inline constexpr u64 new_code_byte = 8;          ///< deployed
inline constexpr u64 initcode_byte = 3;
inline constexpr u64 log_byte = 8, log = 512;  ///< topics are bytes, too
inline constexpr u64 envelope_byte = 8, txn = 2'048;
inline constexpr u64 journal_entry = 48, transient_slot = 320;
}  // namespace memory_weight

/// What a block uses at most beside its transactions: EIP-2935's contract and slot.
inline constexpr memory_use block_memory_unmetered{2, 4, 0};

/// The most that a block uses: it was below full, then came one transaction at its bounds. What
/// the operation that crosses a bound adds, and what is paid out at the end, comes on top.
constexpr memory_use block_memory_max() noexcept {
  constexpr u64 overshoot_keys = 16, overshoot_bytes = 256u << 10;
  constexpr u64 keys = block_memory_keys_full + txn_memory_bounds.keys + overshoot_keys;
  return block_memory_unmetered +
         memory_use{keys, 2 * keys,
                    block_memory_bytes_full + txn_memory_bounds.bytes + overshoot_bytes +
                        memory_weight::txn + memory_weight::envelope_byte * txn_envelope_bytes_max};
}

/// Bytes that a run may touch: 2^24 words, the last of stark's memory_shapes.
inline constexpr u64 guest_bytes_limit = u64{4} << 24;

/// Nodes of a tree with so many leaves above `covered` of them, on all levels: a bound of the
/// hashes beside their paths, too.
constexpr u64 covered_nodes_max(u64 covered, u64 leaf_count) noexcept {
  u64 nodes = 0;
  for (unsigned level = 0; level < 64; ++level)
    nodes += std::min(covered, (leaf_count >> level) + 1);
  return nodes;
}

/// Upper bound of what the proved program touches for a batch, without what transactions use one
/// after another.
constexpr u64 guest_bytes_lasting(const memory_use& use, u64 blocks, u64 leaf_count) noexcept {
  /// Program, the machine's stack, tables of fixed size, temporaries.
  constexpr u64 fixed = 2u << 20;
  constexpr u64 per_key = 800, per_leaf = 400, per_node = 96, per_block = 512;
  return fixed + use.keys * per_key + use.leaves * per_leaf +
         covered_nodes_max(use.leaves, leaf_count) * per_node + use.bytes + blocks * per_block;
}
/// Frames, what they return, journal, and the table of transient slots.
inline constexpr u64 guest_bytes_passing = txn_memory_bounds.frames_bytes +
                                           txn_memory_bounds.output_bytes +
                                           txn_memory_bounds.passing_bytes + (3u << 20);

/// Upper bound of the bytes that the proved program touches for a batch with this use, in so many
/// blocks, on a tree of so many leaves.
constexpr u64 guest_bytes_max(const memory_use& use, u64 blocks, u64 leaf_count) noexcept {
  return guest_bytes_lasting(use, blocks, leaf_count) + guest_bytes_passing;
}

/// Any one block fits a batch of its own, while the tree has less than 2^32 leaves.
static_assert(guest_bytes_max(block_memory_max(), 1, u64{1} << 32) == 66'947'968);
static_assert(guest_bytes_max(block_memory_max(), 1, u64{1} << 32) <= guest_bytes_limit);

}  // namespace ashlar
