#pragma once

#include <optional>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/types/receipt.hpp"
#include "runtime/types/rlp.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar {

/// keccak256(rlp([])): the uncle hash of every block since the merge.
inline constexpr hash256 empty_ommers_hash{{0x1d, 0xcc, 0x4d, 0xe8, 0xde, 0xc7, 0x5d, 0x7a,
                                            0xab, 0x85, 0xb5, 0x67, 0xb6, 0xcc, 0xd4, 0x1a,
                                            0xd3, 0x12, 0x45, 0x1b, 0x94, 0x8a, 0x74, 0x13,
                                            0xf0, 0xa1, 0x42, 0xfd, 0x40, 0xd4, 0x93, 0x47}};
/// keccak256(rlp("")): the root of an empty Merkle Patricia trie.
inline constexpr hash256 empty_trie_root{{0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6,
                                          0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e,
                                          0x5b, 0x48, 0xe0, 0x1b, 0x99, 0x6c, 0xad, 0xc0,
                                          0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21}};
/// sha256(""): EIP-7685's hash of no requests.
inline constexpr hash256 empty_requests_hash{{0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14,
                                              0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
                                              0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c,
                                              0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}};

/// An Ethereum header through Prague. On Ashlar `state_root` is zero: state is committed per
/// batch. Later fields are optional from the end, as forks added them.
struct block_header {
  hash256 parent_hash;
  hash256 ommers_hash = empty_ommers_hash;
  address beneficiary;
  hash256 state_root;
  hash256 transactions_root = empty_trie_root;
  hash256 receipts_root = empty_trie_root;
  bloom logs_bloom;
  u256 difficulty;
  block_number number;
  u64 gas_limit = 0;
  u64 gas_used = 0;
  unix_seconds timestamp;
  bytes extra_data;  ///< at most 32 bytes, else `oversize`
  hash256 mix_hash;  ///< PREVRANDAO
  fixed_bytes<8> nonce;
  std::optional<u256> base_fee_per_gas;
  std::optional<hash256> withdrawals_root;
  std::optional<u64> blob_gas_used;
  std::optional<u64> excess_blob_gas;
  std::optional<hash256> parent_beacon_block_root;
  std::optional<hash256> requests_hash;
  friend bool operator==(const block_header&, const block_header&) = default;
};

enum class block_error_code : u8 {
  malformed_rlp,  ///< see `rlp`
  bad_version,    ///< `expected` the known version, `got` the one read
  bad_txn,        ///< transaction `got` does not decode; see `txn`
};

struct block_error {
  block_error_code code{};
  u64 expected = 0;
  u64 got = 0;
  rlp::error rlp{};
  txn_error txn{};
  friend bool operator==(const block_error&, const block_error&) = default;
};

const char* to_text(block_error_code code) noexcept;

/// Precondition of both: an optional field is set only where all before it are.
bytes encode_header(const block_header& h);
/// keccak256(encode_header(h)): the block's hash.
hash256 header_hash(const block_header& h);
/// One header and nothing behind it.
result<block_header, block_error> decode_header(bytes_view raw);

struct block {
  block_header header;
  std::vector<txn> txns;
  friend bool operator==(const block&, const block&) = default;
};

/// The block log's record: version byte, then rlp([header, [txn bytes...]]).
inline constexpr u8 block_record_version = 1;
bytes encode_block(const block& b);
result<block, block_error> decode_block(bytes_view record);

}  // namespace ashlar
