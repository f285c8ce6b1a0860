#include "runtime/crypto/mont_curve.hpp"

namespace ashlar::crypto {

namespace {

/// floor(a * b / 2^256).
u256 mul_high(const u256& a, const u256& b) noexcept {
  u64 t[8] = {};
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
    for (int j = 0; j < 4; ++j) {
      const u64_pair product = mul_wide(a.limb[i], b.limb[j]);
      u64 c1 = 0, c2 = 0;
      const u64 s = add_carry(t[i + j], product.low, c1);
      t[i + j] = add_carry(s, carry, c2);
      carry = product.high + c1 + c2;
    }
    t[i + 4] = carry;
  }
  return {t[7], t[6], t[5], t[4]};
}

}  // namespace

split_scalar split_by_endomorphism(const u256& k, const glv_basis& basis) noexcept {
  const u256 c0 = mul_high(k, basis[0].g), c1 = mul_high(k, basis[1].g);
  split_scalar out;
  out.k[0] = k + c0 * basis[0].a + c1 * basis[1].a;
  out.k[1] = c0 * basis[0].b + c1 * basis[1].b;
  for (int i = 0; i < 2; ++i) {
    out.negative[i] = out.k[i].bit(255);
    if (out.negative[i]) out.k[i] = -out.k[i];
  }
  return out;
}

unsigned recode_naf(const u256& scalar, unsigned width, naf_digits& out) noexcept {
  // The scalar is read, never changed: a borrowed 2^width shows as a carry into the next window.
  const unsigned bits = scalar.bit_length();
  const u64 mask = (u64{1} << width) - 1;
  unsigned carry = 0, length = 0;
  out.fill(0);
  for (unsigned i = 0; i < bits || carry != 0;) {
    const u64 window = ((scalar >> i).low() & mask) + carry;
    if ((window & 1) == 0) {
      ++i;  // an even window with the carry in it: the bit is used up, the carry goes on
      continue;
    }
    const bool high = window > mask / 2;
    out[i] = static_cast<signed char>(static_cast<int>(window) - (high ? 1 << width : 0));
    carry = high ? 1 : 0;
    length = i + 1;
    i += width;
  }
  return length;
}

}  // namespace ashlar::crypto
