#include "runtime/crypto/keys/ed25519.hpp"

#include <sodium.h>

#include "runtime/crypto/keys/sodium_ready.hpp"

namespace ashlar::crypto {

ed25519_signer::ed25519_signer(const secret32& seed) {
  crypto_sign_seed_keypair(public_key_.data(), expanded_.data(), seed.data());
}

ed25519_signature ed25519_signer::sign(bytes_view message) const noexcept {
  ed25519_signature out;
  crypto_sign_detached(out.data(), nullptr, message.data(), message.size(), expanded_.data());
  return out;
}

bool ed25519_verify(const ed25519_public_key& key, bytes_view message,
                    const ed25519_signature& signature) noexcept {
  sodium_ready();
  return crypto_sign_verify_detached(signature.data(), message.data(), message.size(),
                                     key.data()) == 0;
}

}  // namespace ashlar::crypto
