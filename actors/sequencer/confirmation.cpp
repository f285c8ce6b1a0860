#include "actors/sequencer/confirmation.hpp"

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"

namespace ashlar::sequencer {

local_signer::local_signer(const hash256& secret_key) : secret_key_(secret_key) {
  const auto who = crypto::address_of(secret_key);
  ensure(who.has_value());
  who_ = *who;
}

fixed_bytes<65> local_signer::sign(const hash256& digest) {
  const auto s = crypto::sign(digest, secret_key_);
  ensure(s.has_value());
  fixed_bytes<65> out;
  s->r.to_be(out.data());
  s->s.to_be(out.data() + 32);
  out[64] = s->y_parity ? 1 : 0;
  return out;
}

hash256 confirmation_digest(const api::soft_confirmation& c) {
  u8 in[8 + 8 + 4 + 32 + 32];
  store_be64(in, c.chain_id);
  store_be64(in + 8, c.number.value);
  store_be32(in + 16, c.index);
  std::memcpy(in + 20, c.txn_hash.data(), 32);
  std::memcpy(in + 52, c.block_hash.data(), 32);
  return crypto::keccak256({in, sizeof(in)});
}

std::optional<address> confirmation_signed_by(const api::soft_confirmation& c) {
  if (c.signature[64] > 1) return std::nullopt;
  return crypto::recover(confirmation_digest(c), u256::from_be(c.signature.data()),
                         u256::from_be(c.signature.data() + 32), c.signature[64] == 1);
}

}  // namespace ashlar::sequencer
