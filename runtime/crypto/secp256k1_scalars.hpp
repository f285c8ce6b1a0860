#pragma once

#include "runtime/crypto/mod256.hpp"
#include "runtime/crypto/secp256k1.hpp"

// The two rings of secp256k1 and the splitting of scalars. Internal to this folder.

namespace ashlar::crypto::secp {

inline constexpr modulus256 prime{
    {0xfffffffefffffc2f, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff},
    {0x00000001000003d1, 0, 0, 0}};
inline constexpr modulus256 order{
    {0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff},
    {0x402da1732fc9bec0, 0x4551231950b75fc4, 1, 0}};

using field = ring256<prime>;
using scalars = ring256<order>;

// The endomorphism (x, y) -> (beta x, y) is multiplication by lambda (Gallant, Lambert, Vanstone:
// Faster Point Multiplication on Elliptic Curves with Efficient Endomorphisms, 2001).
inline constexpr u256 beta{0x7ae96a2b657c0710, 0x6e64479eac3434e9, 0x9cf0497512f58995,
                           0xc1396c28719501ee};
inline constexpr u256 minus_lambda{0xac9c52b33fa3cf1f, 0x5ad9e3fd77ed9ba4, 0xa880b9fc8ec739c2,
                                   0xe0cfc810b51283cf};
// The short lattice basis (a1, b1), (a2, b2) of { (x, y) : x + y lambda = 0 }: what the split needs
// of it, and round(2^384 b2 / n), round(2^384 (-b1) / n).
inline constexpr u256 minus_b1{0, 0, 0xe4437ed6010e8828, 0x6f547fa90abfe4c3};
inline constexpr u256 minus_b2{0xffffffffffffffff, 0xfffffffffffffffe, 0x8a280ac50774346d,
                               0xd765cda83db1562c};
inline constexpr u256 b2_scaled{0x3086d221a7d46bcd, 0xe86c90e49284eb15, 0x3daa8a1471e8ca7f,
                                0xe893209a45dbb031};
inline constexpr u256 minus_b1_scaled{0xe4437ed6010e8828, 0x6f547fa90abfe4c4, 0x221208ac9df506c6,
                                      0x1571b4ae8ac47f71};

// round(a b / 2^384): 128 bits.
inline u256 high_product(const u256& a, const u256& b) {
  u64 t[8] = {};
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
    for (int j = 0; j < 4; ++j) {
      const u64_pair p = mul_wide(a.limb[i], b.limb[j]);
      u64 c1 = 0, c2 = 0;
      t[i + j] = add_carry(add_carry(t[i + j], p.low, c1), carry, c2);
      carry = p.high + c1 + c2;
    }
    t[i + 4] = carry;
  }
  return u256{0, 0, t[7], t[6]} + (t[5] >> 63);
}

// A scalar of at most 128 bits with its sign.
struct half_scalar {
  u256 size;
  bool negative;
};

inline half_scalar signed_half(const u256& k) {
  if (k > secp256k1_half_order) return {secp256k1_order - k, true};
  return {k, false};
}

// k = first + second lambda modulo the order, each of at most 128 bits.
inline void split(const u256& k, half_scalar& first, half_scalar& second) {
  const u256 c1 = high_product(k, b2_scaled), c2 = high_product(k, minus_b1_scaled);
  const u256 k2 = scalars::mul_add(c1, minus_b1, scalars::mul(c2, minus_b2));
  second = signed_half(k2);
  first = signed_half(scalars::mul_add(k2, minus_lambda, k));
}

}  // namespace ashlar::crypto::secp
