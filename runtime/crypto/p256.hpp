#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::crypto {

/// P256VERIFY (EIP-7951): whether (r, s) is an ECDSA signature of `digest` under the key (qx, qy)
/// on NIST's P-256. False where r or s is 0 or not below the order, where a coordinate is not below
/// the prime, and where the key is not on the curve (0, 0 included). High s is allowed.
bool p256_verify(const hash256& digest, const u256& r, const u256& s, const u256& qx,
                 const u256& qy) noexcept;

}  // namespace ashlar::crypto
