#pragma once

#include <cstddef>

#include "runtime/base/bytes.hpp"
#include "runtime/base/random.hpp"

namespace ashlar::crypto {

/// N secret bytes in memory of their own: locked against swapping where the system allows it,
/// between guard pages, left out of core dumps, zeroed when it ends. Moves, never copies.
template <std::size_t N>
class secret_bytes {
 public:
  secret_bytes();
  ~secret_bytes();
  secret_bytes(secret_bytes&& other) noexcept : memory_(other.memory_) { other.memory_ = nullptr; }
  secret_bytes& operator=(secret_bytes&& other) noexcept {
    std::swap(memory_, other.memory_);
    return *this;
  }
  secret_bytes(const secret_bytes&) = delete;
  secret_bytes& operator=(const secret_bytes&) = delete;

  static constexpr std::size_t size() noexcept { return N; }
  u8* data() noexcept { return memory_; }
  const u8* data() const noexcept { return memory_; }
  bytes_view view() const noexcept { return {memory_, N}; }

  /// Compares without a time that depends on the bytes.
  bool equals(const secret_bytes& other) const noexcept;

 private:
  u8* memory_;
};

/// An Ed25519 seed or a secp256k1 secret key.
using secret32 = secret_bytes<32>;

/// A fresh secret from `random`.
secret32 random_secret(random_source& random);

/// The system's generator, through libsodium: for secrets, nonces and salts.
class system_random final : public random_source {
 public:
  system_random();
  void fill(std::span<u8> out) noexcept override;
};

extern template class secret_bytes<32>;
extern template class secret_bytes<64>;

}  // namespace ashlar::crypto
