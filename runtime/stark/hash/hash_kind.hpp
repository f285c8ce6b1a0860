#pragma once

#include <string_view>

#include "runtime/base/bytes.hpp"

namespace ashlar::stark {

/// What a proof is hashed with: its trees and its transcript. BLAKE3 where the proof stands alone
/// (fastest natively), Poseidon2 where another proof verifies it (fewest cells), Keccak-256 where a
/// contract does. Each is taken to have no collisions below 2^128 work, and to be a random oracle
/// in the transcript.
enum class hash_kind : u8 { blake3 = 1, poseidon2 = 2, keccak = 3 };

constexpr std::string_view hash_name(hash_kind kind) noexcept {
  switch (kind) {
    case hash_kind::blake3:
      return "blake3";
    case hash_kind::poseidon2:
      return "poseidon2";
    case hash_kind::keccak:
      return "keccak";
  }
  return "unknown";
}

}  // namespace ashlar::stark
