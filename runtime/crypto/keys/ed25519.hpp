#pragma once

#include "runtime/crypto/keys/secret.hpp"

namespace ashlar::crypto {

using ed25519_public_key = fixed_bytes<32>;
using ed25519_signature = fixed_bytes<64>;

/// Ed25519 (RFC 8032) from a 32-byte seed: what soft confirmations and node identities are signed
/// with. Deterministic; safe to use from many threads.
class ed25519_signer {
 public:
  explicit ed25519_signer(const secret32& seed);
  const ed25519_public_key& public_key() const noexcept { return public_key_; }
  ed25519_signature sign(bytes_view message) const noexcept;

 private:
  secret_bytes<64> expanded_;
  ed25519_public_key public_key_;
};

/// Whether `signature` is `key`'s over `message`. Non-canonical encodings and keys of small order
/// are refused.
bool ed25519_verify(const ed25519_public_key& key, bytes_view message,
                    const ed25519_signature& signature) noexcept;

}  // namespace ashlar::crypto
