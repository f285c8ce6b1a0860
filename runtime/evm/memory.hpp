#pragma once

#include "runtime/evm/frame_arena.hpp"

namespace ashlar::evm {

/// Bytes that a frame can address at most: what 2^63 gas could never pay for is refused before
/// any multiplication can overflow.
inline constexpr u64 memory_bytes_max = u64{1} << 32;

/// Gas of a memory of `words` 32-byte words: 3 w + w^2 / 512. Precondition: words <= 2^27 + 1.
constexpr u64 memory_gas(u64 words) noexcept {
  return 3 * words + words * words / 512;
}

/// A frame's memory: grows by whole words, new bytes zero. Lies in the arena while its frame is the
/// last one.
class memory {
 public:
  explicit memory(frame_arena& in) noexcept : in_(&in) {}
  memory(const memory&) = delete;
  memory& operator=(const memory&) = delete;

  u8* data() noexcept { return data_; }
  u8* operator+(u64 offset) noexcept { return data_ + offset; }
  /// Bytes, a multiple of 32.
  u64 size() const noexcept { return size_; }
  bytes_view view() const noexcept { return {data_, static_cast<std::size_t>(size_)}; }

  /// Precondition: `bytes` is a multiple of 32, above size(), at most memory_bytes_max.
  void grow(u64 bytes) noexcept {
    data_ = in_->grow(data_, size_, bytes);
    std::memset(data_ + size_, 0, static_cast<std::size_t>(bytes - size_));
    size_ = bytes;
  }

 private:
  frame_arena* in_;
  u8* data_ = nullptr;
  u64 size_ = 0;
};

}  // namespace ashlar::evm
