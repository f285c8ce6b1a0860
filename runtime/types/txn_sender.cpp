#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/types/txn.hpp"

namespace ashlar {
namespace {

/// EIP-7702's domain byte in front of the authorisation.
constexpr u8 authorization_magic = 0x05;

bool in_range(const u256& r, const u256& s) noexcept {
  return !r.is_zero() && r < crypto::secp256k1_order && !s.is_zero() &&
         s <= crypto::secp256k1_half_order;
}

}  // namespace

std::optional<address> recover_sender(const txn& t) {
  if (t.is_priority()) return t.priority.sender;
  const txn_signature& s = t.signature;
  if (s.y_parity > 1 || !in_range(s.r, s.s)) return std::nullopt;
  return crypto::recover(signing_hash(t), s.r, s.s, s.y_parity == 1);
}

std::optional<address> recover_authority(const authorization& a) {
  if (a.y_parity > 1 || !in_range(a.r, a.s)) return std::nullopt;
  bytes message{authorization_magic};
  rlp::list_scope list{message};
  rlp::encode_u256(message, a.chain_id);
  rlp::encode_fixed(message, a.account);
  rlp::encode_u64(message, a.nonce);
  list.close();
  return crypto::recover(crypto::keccak256(message), a.r, a.s, a.y_parity == 1);
}

}  // namespace ashlar
