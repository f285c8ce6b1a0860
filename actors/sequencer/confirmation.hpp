#pragma once

#include "actors/api/messages.hpp"

namespace ashlar::sequencer {

/// Signs soft confirmations. Thread-safe. Held by whoever holds the sequencer's key.
class confirmation_signer {
 public:
  virtual ~confirmation_signer() = default;
  /// r | s | y parity over the digest.
  virtual fixed_bytes<65> sign(const hash256& digest) = 0;
};

/// A secp256k1 key in this process.
class local_signer final : public confirmation_signer {
 public:
  /// Precondition: a valid secret key.
  explicit local_signer(const hash256& secret_key);
  fixed_bytes<65> sign(const hash256& digest) override;
  const address& who() const noexcept { return who_; }

 private:
  hash256 secret_key_;
  address who_;
};

/// keccak256(chain id u64 be | block u64 be | index u32 be | txn hash | block hash).
hash256 confirmation_digest(const api::soft_confirmation& c);
/// Who signed it; none where the signature is none of the digest.
std::optional<address> confirmation_signed_by(const api::soft_confirmation& c);

}  // namespace ashlar::sequencer
