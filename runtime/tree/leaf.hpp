#pragma once

#include <array>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::tree {

/// The tree is binary, with its root at this level and its leaves at level 0.
inline constexpr unsigned depth = 64;

/// Bound on the number of leaves, so that index arithmetic never wraps.
inline constexpr u64 leaf_count_limit = u64{1} << 48;

/// One slot of state. Leaves lie in the order of their insertion; `next` threads them into one
/// list sorted by key.
struct leaf {
  hash256 key;
  hash256 value;
  u64 next = 0;  // index of the leaf with the next larger key

  friend bool operator==(const leaf&, const leaf&) = default;
};

/// Bytes of a leaf as it is hashed: key 32 ‖ value 32 ‖ next u64 big-endian.
inline constexpr std::size_t leaf_bytes = 72;

/// The two sentinels every tree starts with: 00..00 at index 0 and ff..ff at index 1, which is its
/// own next. Their keys are reserved: they are neither read nor written.
inline constexpr u64 leaf_count_initial = 2;
leaf low_sentinel() noexcept;
leaf high_sentinel() noexcept;
bool is_reserved(const hash256& key) noexcept;

/// Writes the `leaf_bytes` that are hashed.
void write_leaf(const leaf& from, u8* to) noexcept;

/// BLAKE3(key ‖ value ‖ next). Leaves are 72 bytes and nodes 64, so that neither is ever a valid
/// preimage of the other. The hash of a leaf that is not there is 32 zero bytes, which no leaf is
/// known to have.
hash256 leaf_hash(const leaf& l) noexcept;

/// BLAKE3(left ‖ right).
hash256 node_hash(const hash256& left, const hash256& right) noexcept;

/// Element k is the root of a subtree of 2^k positions without a leaf: element 0 is 32 zero bytes,
/// element k + 1 is node_hash(k, k). Costs 64 hashes.
class empty_subtrees {
 public:
  empty_subtrees() noexcept;
  const hash256& operator[](unsigned level) const noexcept { return hashes_[level]; }

 private:
  std::array<hash256, depth + 1> hashes_;
};

/// BLAKE3(address).
hash256 account_key(const address& who) noexcept;

/// BLAKE3(address ‖ slot as 32 bytes big-endian).
hash256 storage_key(const address& who, const u256& slot) noexcept;

/// BLAKE3(nonce u64 ‖ balance 32 bytes ‖ code hash ‖ code size u32), integers big-endian. An
/// account that is absent or empty (EIP-161) has the value zero instead: the caller decides.
hash256 account_value(u64 nonce, const u256& balance, const hash256& code_hash,
                      u32 code_size) noexcept;

/// A slot and the value it has after a batch. Lists of updates are sorted by key, each key once.
/// An update of an absent key to zero changes nothing: such a key gets no leaf.
struct update {
  hash256 key;
  hash256 value;

  friend bool operator==(const update&, const update&) = default;
};

/// What a chain's state commitment says of the tree.
struct summary {
  hash256 root;
  u64 leaf_count = 0;

  friend bool operator==(const summary&, const summary&) = default;
};

/// A leaf and its place.
struct placed_leaf {
  u64 index = 0;
  leaf content;

  friend bool operator==(const placed_leaf&, const placed_leaf&) = default;
};

/// Keys strictly ascending, none reserved.
bool is_proper(const std::vector<update>& updates) noexcept;

}  // namespace ashlar::tree
