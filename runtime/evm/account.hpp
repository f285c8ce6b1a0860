#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::evm {

/// keccak256 of no bytes: the code hash of an account without code.
inline constexpr hash256 empty_code_hash{{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c,
                                          0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
                                          0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b,
                                          0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};

/// An account without its storage. `code_size` is in bytes and belongs to `code_hash`, so that
/// EXTCODESIZE needs no code.
struct account {
  u64 nonce = 0;
  u256 balance;
  hash256 code_hash = empty_code_hash;
  u32 code_size = 0;

  bool has_code() const noexcept { return code_size != 0; }
  /// EIP-161: no nonce, no balance, no code.
  bool is_empty() const noexcept { return nonce == 0 && balance.is_zero() && !has_code(); }
  friend bool operator==(const account&, const account&) = default;
};

}  // namespace ashlar::evm
