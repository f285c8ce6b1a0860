#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::crypto {

/// Advice (mod256_advice.hpp) about secp256k1: right on the host, and in the guest whatever the
/// prover says. Numbers are four little-endian limbs.

/// The nonce's point R = (x, y) with the digest e and s of a signature whose r is x.
struct secp256k1_key_question {
  u64 e[4], x[4], y[4], s[4];
};
/// out = x and y of the key Q with x Q = s R - e G; zeros where there is none.
void secp256k1_key_advice(u64 out[8], const secp256k1_key_question& question) noexcept;

/// out = offset + k1 and offset + k2, where k = k1 + k2 lambda modulo the group's order and both
/// are below 2^128 in size.
void secp256k1_split_advice(u64 out[8], const u64 k[4], const u64 offset[4]) noexcept;

}  // namespace ashlar::crypto
