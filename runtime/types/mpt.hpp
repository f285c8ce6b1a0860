#pragma once

#include <span>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/types/block.hpp"

namespace ashlar {

struct mpt_entry {
  bytes key;    ///< up to 32 bytes
  bytes value;  ///< not empty
};

/// Root of the Merkle Patricia trie of entries sorted by key, keys distinct, no key a prefix of
/// another's continuation excepted (a branch value holds it). O(total bytes), no node database.
hash256 mpt_root(std::span<const mpt_entry> sorted);

/// Root of index -> item with rlp(index) as key: transactions and receipts roots.
hash256 ordered_trie_root(std::span<const bytes_view> items);
hash256 ordered_trie_root(std::span<const bytes> items);

struct mpt_storage_slot {
  hash256 slot;
  u256 value;  ///< zero values are left out
};

/// Root of a secure storage trie: keccak256(slot) -> rlp(value). Any order, slots distinct.
hash256 secure_storage_root(std::span<const mpt_storage_slot> slots);

struct mpt_account {
  address account;
  u64 nonce = 0;
  u256 balance;
  hash256 code_hash;
  std::vector<mpt_storage_slot> storage;
};

/// Root of Ethereum's secure account trie. Any order, addresses distinct.
hash256 secure_state_root(std::span<const mpt_account> accounts);

}  // namespace ashlar
