#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/u256.hpp"
#ifdef ASHLAR_GUEST
#include "runtime/crypto/mod256_guest.hpp"
#endif

namespace ashlar::crypto {

/// A modulus m with 2^255 < m < 2^256, and Barrett's constant: mu = floor(2^512 / m) - 2^256.
/// Little-endian limbs; m comes first, so that a pointer to this is a pointer to the modulus.
struct modulus256 {
  u64 m[4];
  u64 mu[4];
};

/// out = (a b + c) mod m, for b < m and any 256-bit a and c; out < m, and out may be any of them.
/// In the guest a chip stands behind this name.
#ifndef ASHLAR_GUEST
void mod256_mul_add(u64 out[4], const u64 a[4], const u64 b[4], const u64 c[4],
                    const modulus256* modulus) noexcept;
#endif

/// Ends the program unless v is zero: for what an honest prover makes so.
#ifndef ASHLAR_GUEST
inline void mod256_ensure_zero(const u64 v[4]) noexcept {
  ensure((v[0] | v[1] | v[2] | v[3]) == 0);
}
#endif

/// The ring of integers modulo a fixed modulus. Elements are u256 below it, in plain form.
template <const modulus256& Modulus>
struct ring256 {
  static constexpr u256 modulus() noexcept {
    return {Modulus.m[3], Modulus.m[2], Modulus.m[1], Modulus.m[0]};
  }
  static u256 mul_add(const u256& a, const u256& b, const u256& c) noexcept {
    u256 out;
    mod256_mul_add(out.limb, a.limb, b.limb, c.limb, &Modulus);
    return out;
  }
  static u256 mul(const u256& a, const u256& b) noexcept { return mul_add(a, b, u256{}); }
  static u256 square(const u256& a) noexcept { return mul(a, a); }

  static u256 add(const u256& a, const u256& b) noexcept {
    u256 sum, less;
    u64 carry = 0, borrow = 0;
    for (int i = 0; i < 4; ++i) sum.limb[i] = add_carry(a.limb[i], b.limb[i], carry);
    for (int i = 0; i < 4; ++i) less.limb[i] = sub_borrow(sum.limb[i], Modulus.m[i], borrow);
    // The sum stands where it neither passed 2^256 nor reached the modulus.
    return chosen(borrow & ~carry, sum, less);
  }
  static u256 sub(const u256& a, const u256& b) noexcept {
    u256 out;
    u64 carry = 0, borrow = 0;
    for (int i = 0; i < 4; ++i) out.limb[i] = sub_borrow(a.limb[i], b.limb[i], borrow);
    for (int i = 0; i < 4; ++i)
      out.limb[i] = add_carry(out.limb[i], Modulus.m[i] & (0 - borrow), carry);
    return out;
  }
  static u256 negated(const u256& a) noexcept { return a.is_zero() ? a : modulus() - a; }
  static u256 twice(const u256& a) noexcept { return add(a, a); }

  /// Any 256-bit number, brought below the modulus.
  static u256 reduced(const u256& a) noexcept { return a < modulus() ? a : a - modulus(); }

  /// base^exponent by windows of four bits.
  static u256 power(const u256& base, const u256& exponent) noexcept {
    u256 table[16];
    table[0] = 1;
    for (int i = 1; i < 16; ++i) table[i] = mul(table[i - 1], base);
    u256 x = 1;
    for (int i = 63; i >= 0; --i) {
      if (i != 63)
        for (int k = 0; k < 4; ++k) x = square(x);
      const unsigned digit = (exponent.limb[i / 16] >> (4 * (i % 16))) & 15;
      if (digit != 0) x = mul(x, table[digit]);
    }
    return x;
  }
  /// 1 / a for a prime modulus (Fermat); 0 for 0.
  static u256 inverse(const u256& a) noexcept { return power(a, modulus() - 2); }

 private:
  // a where condition is 1, b where it is 0; without a branch, since it is a coin's throw.
  static u256 chosen(u64 condition, const u256& a, const u256& b) noexcept {
    const u64 mask = 0 - condition;
    u256 out;
    for (int i = 0; i < 4; ++i) out.limb[i] = (a.limb[i] & mask) | (b.limb[i] & ~mask);
    return out;
  }
};

}  // namespace ashlar::crypto
