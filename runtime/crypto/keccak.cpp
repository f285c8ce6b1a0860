#include "runtime/crypto/keccak.hpp"

namespace ashlar::crypto {

namespace {

constexpr std::size_t rate = 136;

void absorb(u64* lanes, const u8* block) {
  for (std::size_t i = 0; i < rate / 8; ++i) lanes[i] ^= load_le64(block + 8 * i);
  keccak_f1600(lanes);
}

// Pads and absorbs the last `size` < rate bytes, then reads the hash.
hash256 finish(u64* lanes, const u8* tail, std::size_t size) {
  u8 block[rate] = {};
  if (size != 0) std::memcpy(block, tail, size);
  block[size] = 0x01;
  block[rate - 1] |= 0x80;
  absorb(lanes, block);
  hash256 out;
  for (std::size_t i = 0; i < 4; ++i) store_le64(out.data() + 8 * i, lanes[i]);
  return out;
}

}  // namespace

hash256 keccak256(bytes_view data) noexcept {
  u64 lanes[25] = {};
  const u8* p = data.data();
  std::size_t left = data.size();
  for (; left >= rate; p += rate, left -= rate) absorb(lanes, p);
  return finish(lanes, p, left);
}

void keccak256_state::update(bytes_view data) noexcept {
  const u8* p = data.data();
  std::size_t left = data.size();
  if (buffered_ != 0) {
    const std::size_t take = std::min(left, rate - buffered_);
    if (take != 0) std::memcpy(buffer_ + buffered_, p, take);
    buffered_ += take;
    p += take;
    left -= take;
    if (buffered_ < rate) return;
    absorb(lanes_, buffer_);
    buffered_ = 0;
  }
  for (; left >= rate; p += rate, left -= rate) absorb(lanes_, p);
  if (left != 0) std::memcpy(buffer_, p, left);
  buffered_ = left;
}

hash256 keccak256_state::final() noexcept {
  return finish(lanes_, buffer_, buffered_);
}

}  // namespace ashlar::crypto
