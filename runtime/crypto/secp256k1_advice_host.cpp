#include <cstring>

#include <secp256k1.h>
#include <secp256k1_recovery.h>

#include "runtime/crypto/secp256k1_advice.hpp"
#include "runtime/crypto/secp256k1_scalars.hpp"

namespace ashlar::crypto {

namespace {

u256 number_of(const u64 limbs[4]) {
  return {limbs[3], limbs[2], limbs[1], limbs[0]};
}

}  // namespace

void secp256k1_key_advice(u64 out[8], const secp256k1_key_question& question) noexcept {
  std::memset(out, 0, 64);
  u8 compact[64], point[65];
  number_of(question.x).to_be(compact);
  number_of(question.s).to_be(compact + 32);
  secp256k1_ecdsa_recoverable_signature parsed;
  secp256k1_pubkey key;
  const auto* const context = secp256k1_context_static;
  if (!secp256k1_ecdsa_recoverable_signature_parse_compact(context, &parsed, compact,
                                                           question.y[0] & 1) ||
      !secp256k1_ecdsa_recover(context, &key, &parsed, number_of(question.e).to_be().data()))
    return;
  std::size_t size = sizeof point;
  secp256k1_ec_pubkey_serialize(context, point, &size, &key, SECP256K1_EC_UNCOMPRESSED);
  std::memcpy(out, u256::from_be(point + 1).limb, 32);
  std::memcpy(out + 4, u256::from_be(point + 33).limb, 32);
}

void secp256k1_split_advice(u64 out[8], const u64 k[4], const u64 offset[4]) noexcept {
  secp::half_scalar half[2];
  secp::split(secp::scalars::reduced(number_of(k)), half[0], half[1]);
  const u256 from = number_of(offset);
  for (int i = 0; i < 2; ++i) {
    const u256 shifted = half[i].negative ? from - half[i].size : from + half[i].size;
    std::memcpy(out + 4 * i, shifted.limb, 32);
  }
}

}  // namespace ashlar::crypto
