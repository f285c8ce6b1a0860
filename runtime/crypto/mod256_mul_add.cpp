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

}  // namespace

// Barrett's reduction (Handbook of Applied Cryptography, 14.42) with b = 2^64, k = 4:
// q = floor(floor(t / b^3) (2^256 + mu) / b^5) is floor(t / m) or one or two less.
void mod256_mul_add(u64 out[4], const u64 a[4], const u64 b[4], const u64 c[4],
                    const modulus256* modulus) noexcept {
  u64 t[8] = {c[0], c[1], c[2], c[3], 0, 0, 0, 0};
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) t[i + j] = accumulate(t[i + j], a[i], b[j], carry);
    t[i + 4] = carry;
  }

  // q1 = t[3..7]; the product with mu, then q1 itself for mu's implied top limb.
  u64 q[9] = {0, 0, 0, 0, t[3], t[4], t[5], t[6], t[7]};
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    u64 carry = 0;
#pragma GCC unroll 5
    for (int i = 0; i < 5; ++i) q[i + j] = accumulate(q[i + j], t[3 + i], modulus->mu[j], carry);
    u64 more = 0;
    q[5 + j] = add_carry(q[5 + j], carry, more);
    for (int k = 6 + j; k < 9; ++k) q[k] = add_carry(q[k], 0, more);
  }

  // r = t - q3 m modulo 2^320, where q3 = q[5..8]: it is below 3 m, so five limbs hold it.
  u64 p[5] = {};
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
    for (int j = 0; j < (i == 0 ? 4 : 5 - i); ++j)
      p[i + j] = accumulate(p[i + j], q[5 + i], modulus->m[j], carry);
    if (i == 0) p[4] = carry;
  }
  u64 r[5], borrow = 0;
#pragma GCC unroll 5
  for (int i = 0; i < 5; ++i) r[i] = sub_borrow(t[i], p[i], borrow);

  for (int times = 0; times < 2; ++times) {
    u64 s[5];
    borrow = 0;
#pragma GCC unroll 5
    for (int i = 0; i < 5; ++i) s[i] = sub_borrow(r[i], i < 4 ? modulus->m[i] : 0, borrow);
#pragma GCC unroll 5
    for (int i = 0; i < 5; ++i) r[i] = borrow ? r[i] : s[i];
  }
  for (int i = 0; i < 4; ++i) out[i] = r[i];
}

}  // namespace ashlar::crypto
