#include "runtime/tree/leaf.hpp"

#include "runtime/crypto/blake3.hpp"

namespace ashlar::tree {

namespace {

using word [[gnu::may_alias]] = u32;

/// BLAKE3 of `size` bytes, more than a block and at most two: where they are laid out with zeros
/// behind them, nothing is copied.
hash256 hash_two_blocks(const u32* first, const u32 second[16], u32 size) noexcept {
  using namespace crypto;
  u32 between[8];
  hash256 out;
  blake3_compress(blake3_iv, first, 0, blake3_block_bytes, blake3_chunk_start, between);
  blake3_compress(between, second, 0, size - blake3_block_bytes, blake3_chunk_end | blake3_root,
                  reinterpret_cast<word*>(out.data()));
  return out;
}

hash256 all_ones() noexcept {
  hash256 h;
  h.data_.fill(0xff);
  return h;
}

}  // namespace

leaf low_sentinel() noexcept {
  return {hash256{}, hash256{}, 1};
}

leaf high_sentinel() noexcept {
  return {all_ones(), hash256{}, 1};
}

bool is_reserved(const hash256& key) noexcept {
  // One byte tells all but two keys in 256 apart.
  if (key[0] != 0 && key[0] != 0xff) return false;
  return key.is_zero() || key == all_ones();
}

void write_leaf(const leaf& from, u8* to) noexcept {
  std::memcpy(to, from.key.data(), 32);
  std::memcpy(to + 32, from.value.data(), 32);
  store_be64(to + 64, from.next);
}

hash256 leaf_hash(const leaf& l) noexcept {
  static_assert(offsetof(leaf, key) == 0 && offsetof(leaf, value) == 32);
  u32 next[16] = {};
  store_be64(reinterpret_cast<u8*>(next), l.next);
  return hash_two_blocks(reinterpret_cast<const word*>(l.key.data()), next, leaf_bytes);
}

hash256 node_hash(const hash256& left, const hash256& right) noexcept {
  return crypto::blake3_node(left, right);
}

empty_subtrees::empty_subtrees() noexcept {
  for (unsigned level = 0; level < depth; ++level)
    hashes_[level + 1] = node_hash(hashes_[level], hashes_[level]);
}

hash256 account_key(const address& who) noexcept {
  return crypto::blake3(bytes_view(who.data_));
}

hash256 storage_key(const address& who, const u256& slot) noexcept {
  u8 raw[52];
  std::memcpy(raw, who.data(), 20);
  slot.to_be(raw + 20);
  return crypto::blake3(raw);
}

hash256 account_value(u64 nonce, const u256& balance, const hash256& code_hash,
                      u32 code_size) noexcept {
  u32 blocks[32] = {};
  u8* const raw = reinterpret_cast<u8*>(blocks);
  store_be64(raw, nonce);
  balance.to_be(raw + 8);
  std::memcpy(raw + 40, code_hash.data(), 32);
  store_be32(raw + 72, code_size);
  return hash_two_blocks(blocks, blocks + 16, 76);
}

bool is_proper(const std::vector<update>& updates) noexcept {
  for (std::size_t i = 0; i < updates.size(); ++i) {
    if (is_reserved(updates[i].key)) return false;
    if (i > 0 && !(updates[i - 1].key < updates[i].key)) return false;
  }
  return true;
}

}  // namespace ashlar::tree
