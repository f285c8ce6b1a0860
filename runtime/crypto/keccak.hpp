#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

/// The permutation Keccak-f[1600] (FIPS 202, 3.3) in place; state[x + 5 y] is lane (x, y).
/// In the guest a chip stands behind this name.
void keccak_f1600(u64 state[25]) noexcept;

/// Keccak-256 as Ethereum has it: rate 136, capacity 512, padding 0x01 (not SHA-3's 0x06).
hash256 keccak256(bytes_view data) noexcept;

/// Keccak-256 in pieces: the result depends only on the bytes given, not on how they were cut.
class keccak256_state {
 public:
  void update(bytes_view data) noexcept;
  /// The hash of everything given so far. The state is spent: call it once.
  hash256 final() noexcept;

 private:
  u64 lanes_[25] = {};
  u8 buffer_[136];
  std::size_t buffered_ = 0;
};

}  // namespace ashlar::crypto
