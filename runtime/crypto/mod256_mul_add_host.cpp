#include "runtime/crypto/mod256.hpp"

namespace ashlar::crypto {

namespace {

// acc + x y + carry; the high half becomes the next carry. The sum cannot pass 2^128.
[[gnu::always_inline]] inline u64 accumulate(u64 acc, u64 x, u64 y, u64& carry) {
#ifdef __SIZEOF_INT128__
  __extension__ using u128 = unsigned __int128;
  const u128 t = static_cast<u128>(x) * y + acc + carry;
  carry = static_cast<u64>(t >> 64);
  return static_cast<u64>(t);
#else
  const u64_pair p = mul_wide(x, y);
  u64 c1 = 0, c2 = 0;
  const u64 s = add_carry(p.low, acc, c1);
  const u64 t = add_carry(s, carry, c2);
  carry = p.high + c1 + c2;
  return t;
#endif
}

// r := r - m while r >= m, for a quotient that was a little low: nearly always not at all.
[[gnu::always_inline]] inline void correct(u64 r[5], const u64 m[4]) {
  for (;;) {
    u64 s[5], borrow = 0;
#pragma GCC unroll 5
    for (int i = 0; i < 5; ++i) s[i] = sub_borrow(r[i], i < 4 ? m[i] : 0, borrow);
    if (__builtin_expect(borrow != 0, 1)) return;
    for (int i = 0; i < 5; ++i) r[i] = s[i];
  }
}

// For m = 2^256 - f with f < 2^64 (then mu = f): 2^256 is f modulo m, so the high half times f is
// folded onto the low one, twice.
[[gnu::always_inline]] inline void fold(const u64 t[8], u64 f, u64 r[5]) {
  u64 carry = 0, top = 0;
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) r[i] = accumulate(t[i], t[4 + i], f, carry);
  r[0] = accumulate(r[0], carry, f, top);
  u64 more = 0;
  r[1] = add_carry(r[1], top, more);
  r[2] = add_carry(r[2], 0, more);
  r[3] = add_carry(r[3], 0, more);
  r[4] = more;
}

// Barrett's reduction (Handbook of Applied Cryptography, 14.42) with b = 2^64, k = 4:
// q = floor(floor(t / b^3) (2^256 + mu) / b^5) is at most 2 below floor(t / m). The columns of the
// product below b^3 are left out: they sum to less than 4 b^4, which costs at most 1 more.
[[gnu::always_inline]] inline void barrett(const u64 t[8], const modulus256& modulus, u64 r[5]) {
  // q1 = t[3..7]; the product with mu, and q1 itself for mu's implied top limb.
  u64 q[9] = {0, 0, 0, 0, t[3], t[4], t[5], t[6], t[7]};
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    u64 carry = 0, more = 0;
#pragma GCC unroll 5
    for (int i = 0; i < 5; ++i)
      if (i + j >= 3) q[i + j] = accumulate(q[i + j], t[3 + i], modulus.mu[j], carry);
    q[5 + j] = add_carry(q[5 + j], carry, more);
#pragma GCC unroll 3
    for (int k = 6; k < 9; ++k)
      if (k >= 6 + j) q[k] = add_carry(q[k], 0, more);
  }

  // r = t - q m modulo 2^320, q in q[5..8]: it is below 4 m, so five limbs hold it.
  u64 p[5] = {}, borrow = 0;
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j)
      if (i + j < 5) p[i + j] = accumulate(p[i + j], q[5 + i], modulus.m[j], carry);
    if (i == 0) p[4] = carry;
  }
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) r[i] = sub_borrow(t[i], p[i], borrow);
}

}  // namespace

void mod256_mul_add(u64 out[4], const u64 a[4], const u64 b[4], const u64 c[4],
                    const modulus256* modulus) noexcept {
  u64 t[8] = {c[0], c[1], c[2], c[3], 0, 0, 0, 0}, r[5];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) t[i + j] = accumulate(t[i + j], a[i], b[j], carry);
    t[i + 4] = carry;
  }
  if ((modulus->mu[1] | modulus->mu[2] | modulus->mu[3]) == 0)
    fold(t, modulus->mu[0], r);
  else
    barrett(t, *modulus, r);
  correct(r, modulus->m);
  for (int i = 0; i < 4; ++i) out[i] = r[i];
}

}  // namespace ashlar::crypto
