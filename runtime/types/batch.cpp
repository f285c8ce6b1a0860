#include "runtime/types/batch.hpp"

#include "runtime/crypto/blake3.hpp"
#include "runtime/crypto/keccak.hpp"

namespace ashlar {
namespace {

/// Writes fields one behind another into a buffer of exactly the right size.
class packer {
 public:
  explicit packer(std::span<u8> to) noexcept : to_(to) {}
  void put(bytes_view raw) noexcept {
    ensure(raw.size() <= to_.size() - at_);
    std::memcpy(to_.data() + at_, raw.data(), raw.size());
    at_ += raw.size();
  }
  void put_u32(u32 value) noexcept {
    u8 be[4];
    store_be32(be, value);
    put(be);
  }
  void put_u64(u64 value) noexcept {
    u8 be[8];
    store_be64(be, value);
    put(be);
  }
  void put_u256(u64 value) noexcept { put(u256{value}.to_be().data_); }
  void finish() const noexcept { ensure(at_ == to_.size()); }

 private:
  std::span<u8> to_;
  std::size_t at_ = 0;
};

hash256 keccak_of_two(const hash256& first, const hash256& second) noexcept {
  u8 both[64];
  packer out{both};
  out.put(first.data_);
  out.put(second.data_);
  return crypto::keccak256(both);
}

}  // namespace

fixed_bytes<public_input_bytes> encode_public_input(const public_input& in) noexcept {
  fixed_bytes<public_input_bytes> packed;
  packer out{packed.data_};
  out.put_u32(in.protocol_version);
  out.put_u256(in.chain_id);
  out.put_u256(in.l1_chain_id);
  out.put(in.chain_contract.data_);
  out.put_u64(in.number.value);
  out.put(in.state_before.data_);
  out.put(in.state_after.data_);
  out.put_u64(in.first_block.value);
  out.put_u64(in.last_block.value);
  out.put_u64(in.first_timestamp.value);
  out.put_u64(in.last_timestamp.value);
  out.put(in.pubdata_commitment.data_);
  out.put(in.priority_hash_before.data_);
  out.put(in.priority_hash_after.data_);
  out.put_u64(in.priority_count);
  out.put(in.l2_to_l1_log_root.data_);
  out.put(in.config_hash.data_);
  out.finish();
  return packed;
}

hash256 public_input_hash(const public_input& in) noexcept {
  return crypto::keccak256(encode_public_input(in).data_);
}

hash256 chain_public_input(const hash256& accumulator, const hash256& input_hash) noexcept {
  return keccak_of_two(accumulator, input_hash);
}

hash256 pubdata_commitment(pubdata_mode mode, bytes_view pubdata) noexcept {
  u8 packed[33];
  packed[0] = static_cast<u8>(mode);
  const hash256 inner = crypto::keccak256(pubdata);
  std::memcpy(packed + 1, inner.data(), 32);
  return crypto::keccak256(packed);
}

hash256 extend_priority_hash(const hash256& rolling, const hash256& canonical_hash) noexcept {
  return keccak_of_two(rolling, canonical_hash);
}

hash256 block_hashes_digest(std::span<const hash256> oldest_first) noexcept {
  ensure(oldest_first.size() <= block_hash_window);
  u8 window[block_hash_window * 32] = {};
  u8* at = window + (block_hash_window - oldest_first.size()) * 32;
  for (const hash256& hash : oldest_first) {
    std::memcpy(at, hash.data(), 32);
    at += 32;
  }
  return crypto::blake3(window);
}

hash256 state_commitment(const chain_state& s) noexcept {
  u8 packed[32 + 8 + 8 + 32 + 8];
  packer out{packed};
  out.put(s.tree_root.data_);
  out.put_u64(s.leaf_count);
  out.put_u64(s.last_block.value);
  out.put(s.block_hashes_digest.data_);
  out.put_u64(s.last_timestamp.value);
  out.finish();
  return crypto::blake3(packed);
}

}  // namespace ashlar
