#pragma once

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/mod256.hpp"
#include "runtime/crypto/mod256_advice.hpp"

// Products and quotients of words in the guest, by the chip behind mod256_mul_add. Included by
// arithmetic.hpp. The proof of a call says that
//
//   a b + c = q m + out over the integers,   out < m (m = 0 stands for 2^256),   0 <= q < 2^256
//
// for one out, whoever proves; where q would be larger there is no proof. So a use needs a bound of
// q, that there be a proof, and nothing else.

namespace ashlar::evm {

inline constexpr u256 word_zero{}, word_one{1};

/// to = (a b + c) mod m. `to` may be a, b or c, not m.
inline void chip_multiply_add(u256& to, const u256& a, const u256& b, const u256& c,
                              const u256& m) noexcept {
  crypto::mod256_mul_add(to.limb, a.limb, b.limb, c.limb,
                         reinterpret_cast<const crypto::modulus256*>(m.limb));
}

/// q < 2^256, since a b < 2^512.
inline void multiply(u256& to, const u256& a, const u256& b) noexcept {
  chip_multiply_add(to, a, b, word_zero, word_zero);
}
inline u256 fast_mul(const u256& a, const u256& b) noexcept {
  u256 out;
  multiply(out, a, b);
  return out;
}

/// q <= a, for m of one, too.
inline u256 fast_mod(const u256& a, const u256& m) noexcept {
  u256 out;
  if (!m.is_zero()) chip_multiply_add(out, a, word_one, word_zero, m);
  return out;
}

/// q <= (2^257 - 2) / 2 for m of at least two. Modulo one everything is zero.
inline u256 fast_addmod(const u256& a, const u256& b, const u256& m) noexcept {
  u256 out;
  if (((m.limb[0] & ~u64{1}) | m.limb[1] | m.limb[2] | m.limb[3]) != 0)
    chip_multiply_add(out, a, word_one, b, m);
  return out;
}

/// a is brought below m first, so that q < b.
inline u256 fast_mulmod(const u256& a, const u256& b, const u256& m) noexcept {
  u256 out;
  if (m.is_zero()) return out;
  chip_multiply_add(out, a, word_one, word_zero, m);
  chip_multiply_add(out, out, b, word_zero, m);
  return out;
}

/// The quotient is advice q, which may be any word. With r = a mod b, it is right if and only if
/// q b + r = a over the integers: modulo 2^256 it is, and below 2^256 too, as the quotient of q b +
/// r by one.
[[gnu::noinline]] inline u256 fast_div(const u256& a, const u256& b) noexcept {
  u256 q;
  if (b.is_zero()) return q;
  crypto::quotient256_advice(q.limb, a.limb, b.limb);
  u256 r, low, nothing;
  chip_multiply_add(r, a, word_one, word_zero, b);
  chip_multiply_add(low, q, b, r, word_zero);
  chip_multiply_add(nothing, q, b, r, word_one);
  ensure(low == a);
  return q;
}

}  // namespace ashlar::evm
