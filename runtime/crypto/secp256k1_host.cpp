#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"

namespace ashlar::crypto {

namespace {

// Made once and never changed after, so every thread may read it.
const secp256k1_context* context() {
  static const secp256k1_context* const made = [] {
    secp256k1_context* c = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
    ensure(c != nullptr);
    return c;
  }();
  return made;
}

address address_of_point(const secp256k1_pubkey& key) {
  u8 point[65];
  std::size_t size = sizeof point;
  secp256k1_ec_pubkey_serialize(context(), point, &size, &key, SECP256K1_EC_UNCOMPRESSED);
  const hash256 h = keccak256({point + 1, 64});
  return address::copy_of(h.data() + 12);
}

}  // namespace

std::optional<address> recover(const hash256& digest, const u256& r, const u256& s,
                               bool y_parity) noexcept {
  u8 compact[64];
  r.to_be(compact);
  s.to_be(compact + 32);
  secp256k1_ecdsa_recoverable_signature parsed;
  if (!secp256k1_ecdsa_recoverable_signature_parse_compact(context(), &parsed, compact, y_parity))
    return std::nullopt;
  secp256k1_pubkey key;
  if (!secp256k1_ecdsa_recover(context(), &key, &parsed, digest.data())) return std::nullopt;
  return address_of_point(key);
}

std::optional<signature> sign(const hash256& digest, const hash256& secret_key) noexcept {
  secp256k1_ecdsa_recoverable_signature made;
  if (!secp256k1_ecdsa_sign_recoverable(context(), &made, digest.data(), secret_key.data(), nullptr,
                                        nullptr))
    return std::nullopt;
  u8 compact[64];
  int recovery_id = 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(context(), compact, &recovery_id, &made);
  // Bit 1 says that the point's x was not below the order: one in 2^127, not expressible in
  // y_parity.
  if (recovery_id > 1) return std::nullopt;
  return signature{u256::from_be(compact), u256::from_be(compact + 32), recovery_id == 1};
}

std::optional<address> address_of(const hash256& secret_key) noexcept {
  secp256k1_pubkey key;
  if (!secp256k1_ec_pubkey_create(context(), &key, secret_key.data())) return std::nullopt;
  return address_of_point(key);
}

}  // namespace ashlar::crypto
