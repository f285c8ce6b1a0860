#include "runtime/crypto/keccak.hpp"

#include <bit>
#include <utility>

namespace ashlar::crypto {

namespace {

constexpr std::size_t rate = 136;

static_assert(std::endian::native == std::endian::little, "lanes are loaded by memcpy");

void absorb(u64* lanes, const u8* block) {
  // From where they are, unless a machine that takes no other words would load byte by byte.
  using word [[gnu::may_alias, gnu::aligned(4)]] = u64;
  alignas(8) u8 copy[rate];
  if (reinterpret_cast<std::uintptr_t>(block) % 4 != 0) {
    std::memcpy(copy, block, rate);
    block = copy;
  }
  const word* const words = reinterpret_cast<const word*>(block);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((lanes[I] ^= words[I]), ...);
  }
  (std::make_index_sequence<rate / 8>{});
  keccak_f1600(lanes);
}

// `lanes` holds the padded last block's bytes, absorbed; permutes and reads the hash.
hash256 squeeze(u64* lanes, std::size_t size) {
  u8* const raw = reinterpret_cast<u8*>(lanes);
  raw[size] ^= 0x01;
  raw[rate - 1] ^= 0x80;
  keccak_f1600(lanes);
  hash256 out;
  std::memcpy(out.data(), lanes, out.size());
  return out;
}

// Pads and absorbs the last `size` < rate bytes, then reads the hash.
hash256 finish(u64* lanes, const u8* tail, std::size_t size) {
  u64 words[rate / 8] = {};
  if (size != 0) std::memcpy(words, tail, size);
  for (std::size_t i = 0; i < (size + 7) / 8; ++i) lanes[i] ^= words[i];
  return squeeze(lanes, size);
}

}  // namespace

hash256 keccak256(bytes_view data) noexcept {
  u64 lanes[25] = {};
  const u8* p = data.data();
  std::size_t left = data.size();
  // The first block meets a state of zeros.
  const std::size_t first = std::min(left, rate);
  if (first != 0) std::memcpy(lanes, p, first);
  if (left < rate) return squeeze(lanes, left);
  keccak_f1600(lanes);
  p += rate;
  left -= rate;
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
