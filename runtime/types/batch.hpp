#pragma once

#include <span>

#include "runtime/base/bytes.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/types/block.hpp"

namespace ashlar {

/// What the proof of one batch states, in the order in which L1 packs it.
struct public_input {
  u32 protocol_version = 0;
  u64 chain_id = 0;
  u64 l1_chain_id = 0;
  address chain_contract;
  batch_number number;
  hash256 state_before;
  hash256 state_after;
  block_number first_block;
  block_number last_block;
  unix_seconds first_timestamp;
  unix_seconds last_timestamp;
  hash256 pubdata_commitment;
  hash256 priority_hash_before;
  hash256 priority_hash_after;
  u64 priority_count = 0;
  hash256 l2_to_l1_log_root;
  hash256 config_hash;
  friend bool operator==(const public_input&, const public_input&) = default;
};

/// Bytes of the packed encoding.
inline constexpr std::size_t public_input_bytes = 4 + 32 + 32 + 20 + 8 + 64 + 32 + 96 + 8 + 64;

fixed_bytes<public_input_bytes> encode_public_input(const public_input& in) noexcept;
/// keccak256 of the packed encoding.
hash256 public_input_hash(const public_input& in) noexcept;
/// acc' = keccak256(acc | hash): how a run of batches is proved as one. Starts at zero.
hash256 chain_public_input(const hash256& accumulator, const hash256& input_hash) noexcept;

/// How a batch's pubdata reaches L1.
enum class pubdata_mode : u8 { calldata = 0 };

/// keccak256(u8 mode | keccak256(pubdata)).
hash256 pubdata_commitment(pubdata_mode mode, bytes_view pubdata) noexcept;

/// h' = keccak256(h | canonical hash). The queue starts at 32 zero bytes.
hash256 extend_priority_hash(const hash256& rolling, const hash256& canonical_hash) noexcept;

/// What `state_before` and `state_after` commit to.
struct chain_state {
  hash256 tree_root;
  u64 leaf_count = 0;
  block_number last_block;
  hash256 block_hashes_digest;  ///< see block_hashes_digest()
  unix_seconds last_timestamp;
  friend bool operator==(const chain_state&, const chain_state&) = default;
};

inline constexpr std::size_t block_hash_window = 256;

/// BLAKE3 of exactly 256 hashes, oldest first; a younger chain has zero hashes in front.
/// Precondition: at most 256 hashes.
hash256 block_hashes_digest(std::span<const hash256> oldest_first) noexcept;
/// BLAKE3(tree_root | leaf_count | last_block | digest | timestamp).
hash256 state_commitment(const chain_state& s) noexcept;

}  // namespace ashlar
