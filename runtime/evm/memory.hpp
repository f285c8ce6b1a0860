#pragma once

#include <cstdlib>

#include "runtime/base/ensure.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::evm {

/// Bytes that a frame can address at most: what 2^63 gas could never pay for is refused before
/// any multiplication can overflow.
inline constexpr u64 memory_bytes_max = u64{1} << 32;

/// Gas of a memory of `words` 32-byte words: 3 w + w^2 / 512. Precondition: words <= 2^27 + 1.
constexpr u64 memory_gas(u64 words) noexcept {
  return 3 * words + words * words / 512;
}

/// A frame's memory: grows by whole words, new bytes zero. Keeps its allocation between frames.
class memory {
 public:
  memory() = default;
  memory(const memory&) = delete;
  memory& operator=(const memory&) = delete;
  ~memory() { std::free(data_); }

  u8* data() noexcept { return data_; }
  u8* operator+(u64 offset) noexcept { return data_ + offset; }
  /// Bytes, a multiple of 32.
  u64 size() const noexcept { return size_; }
  bytes_view view() const noexcept { return {data_, static_cast<std::size_t>(size_)}; }
  void clear() noexcept { size_ = 0; }

  /// Precondition: `bytes` is a multiple of 32, above size(), at most memory_bytes_max.
  void grow(u64 bytes) noexcept {
    if (bytes > capacity_) reserve(bytes);
    std::memset(data_ + size_, 0, static_cast<std::size_t>(bytes - size_));
    size_ = bytes;
  }

  void trim(std::size_t bytes_max) noexcept {
    if (capacity_ <= bytes_max) return;
    std::free(data_);
    data_ = nullptr;
    size_ = capacity_ = 0;
  }

 private:
  void reserve(u64 bytes) noexcept {
    u64 wanted = capacity_ == 0 ? 4096 : capacity_;
    while (wanted < bytes) wanted *= 2;
    data_ = static_cast<u8*>(std::realloc(data_, static_cast<std::size_t>(wanted)));
    ensure(data_ != nullptr);
    capacity_ = wanted;
  }

  u8* data_ = nullptr;
  u64 size_ = 0;
  u64 capacity_ = 0;
};

}  // namespace ashlar::evm
