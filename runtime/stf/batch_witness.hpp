#pragma once

#include <utility>
#include <vector>

#include "runtime/stf/batch_run.hpp"
#include "runtime/tree/witness.hpp"

namespace ashlar::stf {

inline constexpr u8 batch_witness_version = 2;

/// Everything that applying a batch needs, and nothing that is trusted: what it says of the state
/// is checked against `start`, and `start` is bound by the public input.
struct batch_witness {
  chain_config config;
  batch_start start;
  tree::witness proof;
  /// Fields of every touched account that the tree holds, sorted by address.
  std::vector<std::pair<address, evm::account>> accounts;
  /// Every code that is executed, copied or hashed, sorted by hash.
  std::vector<bytes> codes;
  struct block_input {
    unix_seconds timestamp;
    std::vector<bytes> txns;  ///< EIP-2718 envelopes
    friend bool operator==(const block_input&, const block_input&) = default;
  };
  std::vector<block_input> blocks;
};

/// Ascending by hash, each once: the order in which a witness lists codes.
void sort_codes(std::vector<bytes>& codes);

/// version u8, three zeros ‖ proof ‖ codes ‖ blocks ‖ RLP of (config, start, accounts); one
/// encoding per witness. What is long lies in words, so that a machine that loads nothing else
/// copies it by words: numbers are u32 little-endian; a string is its size, its bytes, and zeros up
/// to a word. Of the proof the zeros come in front, as hashes are at its end. Codes are their
/// number and strings; blocks their number and, each, the timestamp (low half, high half), the
/// number of its transactions and these as strings.
bytes encode_batch_witness(const batch_witness& w);
/// Total: takes any bytes, allocates in proportion to their number. Checks form only.
result<batch_witness, batch_error> decode_batch_witness(bytes_view from);

}  // namespace ashlar::stf
