#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/strong.hpp"
#include "runtime/types/block.hpp"
#include "runtime/types/receipt.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar::rpc {

/// A transaction that is in a block, with all that its JSON forms need.
struct sealed_txn {
  txn body;
  hash256 hash;
  address sender;
  receipt outcome;          ///< derived fields (gas used, effective price) filled in
  u32 first_log_index = 0;  ///< index in the block of outcome.logs[0]
};

/// A soft-confirmed block. Immutable, shared between callers.
struct sealed_block {
  hash256 hash;
  block_header header;
  u64 size_bytes = 0;  ///< of the RLP encoding
  std::vector<sealed_txn> txns;
};
using sealed_block_ptr = std::shared_ptr<const sealed_block>;

/// A transaction in its block. Precondition of every user: index < block->txns.size().
struct located_txn {
  sealed_block_ptr block;
  u32 index = 0;
};

/// A transaction that was accepted and is in no block yet.
struct pending_txn {
  txn body;
  hash256 hash;
  address sender;
};
using pending_txn_ptr = std::shared_ptr<const pending_txn>;

/// What the block tags mean now. earliest is the lowest block whose body is served.
struct chain_heads {
  block_number latest;     ///< soft-confirmed
  block_number safe;       ///< the last one in a batch committed on L1
  block_number finalized;  ///< the last one in a batch executed in a final L1 block
  block_number earliest;
};

struct account_view {
  u64 nonce = 0;
  u256 balance;
  hash256 code_hash;  ///< keccak256("") where there is no code; zero where there is no account
};

/// Logs of blocks from..to inclusive. topics[i] lists the alternatives for position i, empty = any.
struct log_filter {
  block_number from;
  block_number to;
  std::vector<address> addresses;  ///< empty = any
  std::vector<std::vector<hash256>> topics;
};

/// What one log query may take. Called on the thread of the query.
struct log_limits {
  std::size_t results_max = 10'000;
  std::size_t bytes_max = 5u << 20;  ///< of the logs' data and topics together
  std::function<bool()> expired{};   ///< asked once a block; true: the time is over. Empty: never
};

/// Addresses and topics that the filter names.
std::size_t alternatives_of(const log_filter& filter) noexcept;

/// Of a log's data and topics: what counts against log_limits::bytes_max.
std::size_t log_bytes(const log_entry& entry) noexcept;

struct found_log {
  log_entry entry;
  block_number block;
  hash256 block_hash;
  unix_seconds timestamp;
  hash256 txn_hash;
  u32 txn_index = 0;
  u32 log_index = 0;  ///< in the block
};

/// Whether `entry` is what `filter` asks for (the block range is not looked at).
bool log_matches(const log_filter& filter, const log_entry& entry) noexcept;
/// False: no log of a block with this bloom can match.
bool bloom_may_match(const log_filter& filter, const bloom& of_block) noexcept;

/// One leaf of the state tree with its siblings from the leaf's level upwards.
struct tree_leaf_proof {
  u64 index = 0;
  hash256 key;
  hash256 value;
  u64 next_index = 0;
  std::vector<hash256> siblings;
};

/// Presence: `leaf` has the key. Absence: `leaf` is the left neighbour and `right` the next leaf.
struct tree_proof {
  bool present = false;
  tree_leaf_proof leaf;
  std::optional<tree_leaf_proof> right;
};

struct storage_proof {
  u256 slot;
  u256 value;
  tree_proof proof;
};

/// State is committed per batch: the proof is against the batch that holds the block asked for.
struct account_proof {
  account_view account;
  batch_number batch;
  hash256 tree_root;
  u64 leaf_count = 0;
  tree_proof proof;
  std::vector<storage_proof> slots;
};

}  // namespace ashlar::rpc
