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
  const bytes encoded = encode_txn(t);
  const received_txn one{&t, encoded};
  return recover_senders({&one, 1})[0];
}

std::vector<std::optional<address>> recover_senders(std::span<const received_txn> txns) {
  std::vector<std::optional<address>> senders(txns.size());
  std::vector<crypto::recovery> asked;
  std::vector<std::size_t> asked_for;
  asked.reserve(txns.size());
  asked_for.reserve(txns.size());
  for (std::size_t i = 0; i < txns.size(); ++i) {
    const txn& t = *txns[i].decoded;
    const txn_signature& s = t.signature;
    if (t.is_priority()) {
      senders[i] = t.priority.sender;
    } else if (s.y_parity <= 1 && in_range(s.r, s.s)) {
      asked.push_back({signing_hash(t, txns[i].encoded), s.r, s.s, s.y_parity == 1});
      asked_for.push_back(i);
    }
  }
  const auto found = crypto::recover_many(asked);
  for (std::size_t i = 0; i < found.size(); ++i) senders[asked_for[i]] = found[i];
  return senders;
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
