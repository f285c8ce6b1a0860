#pragma once

#include "runtime/base/u256.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif
#ifdef ASHLAR_GUEST
#include "runtime/evm/arithmetic_guest.hpp"
#endif

namespace ashlar::evm {

// Instruction semantics on words that `u256` itself has no operator for (Yellow Paper, H.2).

constexpr bool is_negative(const u256& v) noexcept {
  return (v.limb[3] >> 63) != 0;
}
constexpr u256 magnitude(const u256& v) noexcept {
  return is_negative(v) ? -v : v;
}

/// Copies limb by limb. A plain copy may load 16 bytes at a time, which waits for the 8-byte stores
/// that the arithmetic before it has just made instead of forwarding them.
inline void copy_word(u256& to, const u256& from) noexcept {
  const u64 l0 = from.limb[0], l1 = from.limb[1], l2 = from.limb[2], l3 = from.limb[3];
  to.limb[0] = l0;
  to.limb[1] = l1;
  to.limb[2] = l2;
  to.limb[3] = l3;
}

// The same values as u256's operators, in the processor's own carry chains where it has them. What
// multiplies or divides rides on a chip in the guest (arithmetic_guest.hpp).
#if defined(__x86_64__)
inline u256 fast_add(const u256& a, const u256& b) noexcept {
  unsigned long long r0, r1, r2, r3;
  unsigned char c = _addcarry_u64(0, a.limb[0], b.limb[0], &r0);
  c = _addcarry_u64(c, a.limb[1], b.limb[1], &r1);
  c = _addcarry_u64(c, a.limb[2], b.limb[2], &r2);
  _addcarry_u64(c, a.limb[3], b.limb[3], &r3);
  return {r3, r2, r1, r0};
}
inline u256 fast_sub(const u256& a, const u256& b) noexcept {
  unsigned long long r0, r1, r2, r3;
  unsigned char c = _subborrow_u64(0, a.limb[0], b.limb[0], &r0);
  c = _subborrow_u64(c, a.limb[1], b.limb[1], &r1);
  c = _subborrow_u64(c, a.limb[2], b.limb[2], &r2);
  _subborrow_u64(c, a.limb[3], b.limb[3], &r3);
  return {r3, r2, r1, r0};
}
inline bool fast_less(const u256& a, const u256& b) noexcept {
  unsigned long long r;
  unsigned char c = _subborrow_u64(0, a.limb[0], b.limb[0], &r);
  c = _subborrow_u64(c, a.limb[1], b.limb[1], &r);
  c = _subborrow_u64(c, a.limb[2], b.limb[2], &r);
  return _subborrow_u64(c, a.limb[3], b.limb[3], &r) != 0;
}
#else
inline u256 fast_add(const u256& a, const u256& b) noexcept {
  return a + b;
}
inline u256 fast_sub(const u256& a, const u256& b) noexcept {
  return a - b;
}
inline bool fast_less(const u256& a, const u256& b) noexcept {
  return a < b;
}
#endif
inline bool fast_signed_less(const u256& a, const u256& b) noexcept {
  return is_negative(a) != is_negative(b) ? is_negative(a) : fast_less(a, b);
}
#ifndef ASHLAR_GUEST
/// Ten products, no loop; what overflows 2^256 drops out of the last sums.
inline u256 fast_mul(const u256& a, const u256& b) noexcept {
#ifdef __SIZEOF_INT128__
  __extension__ using u128 = unsigned __int128;
  const auto wide = [](u64 x, u64 y) { return static_cast<u128>(x) * y; };
  const u64 *x = a.limb, *y = b.limb;
  const u128 p00 = wide(x[0], y[0]);
  const u128 t = (p00 >> 64) + wide(x[0], y[1]);
  const u128 s = wide(x[1], y[0]) + static_cast<u64>(t);
  u128 high = (t >> 64) + (s >> 64);
  high += wide(x[0], y[2]);
  high += wide(x[1], y[1]);
  high += wide(x[2], y[0]);
  const u64 r3 =
      static_cast<u64>(high >> 64) + x[0] * y[3] + x[1] * y[2] + x[2] * y[1] + x[3] * y[0];
  return {r3, static_cast<u64>(high), static_cast<u64>(s), static_cast<u64>(p00)};
#else
  return a * b;
#endif
}

/// Leaves a b in `to`, which may be one of them.
inline void multiply(u256& to, const u256& a, const u256& b) noexcept {
  copy_word(to, fast_mul(a, b));
}
// Zero where the divisor or modulus is zero, as the EVM has it.
inline u256 fast_div(const u256& a, const u256& b) noexcept {
  return a / b;
}
inline u256 fast_mod(const u256& a, const u256& m) noexcept {
  return a % m;
}
inline u256 fast_addmod(const u256& a, const u256& b, const u256& m) noexcept {
  return add_mod(a, b, m);
}
inline u256 fast_mulmod(const u256& a, const u256& b, const u256& m) noexcept {
  return mul_mod(a, b, m);
}
#endif

/// -2^255 / -1 is -2^255.
inline u256 signed_div(const u256& a, const u256& b) noexcept {
  const u256 q = fast_div(magnitude(a), magnitude(b));
  return is_negative(a) != is_negative(b) ? -q : q;
}
/// Takes the sign of the dividend.
inline u256 signed_mod(const u256& a, const u256& b) noexcept {
  const u256 r = fast_mod(magnitude(a), magnitude(b));
  return is_negative(a) ? -r : r;
}
constexpr bool signed_less(const u256& a, const u256& b) noexcept {
  return is_negative(a) != is_negative(b) ? is_negative(a) : a < b;
}
/// Widens the two's complement number in the low `index` + 1 bytes.
constexpr u256 sign_extend(const u256& index, const u256& v) noexcept {
  if (!index.fits_u64() || index.low() >= 31) return v;
  const unsigned sign_bit = static_cast<unsigned>(index.low()) * 8 + 7;
  const u256 mask = u256::max() << (sign_bit + 1);
  return v.bit(sign_bit) ? v | mask : v & ~mask;
}
/// Byte 0 is the most significant one.
constexpr u256 byte_at(const u256& index, const u256& v) noexcept {
  if (!index.fits_u64() || index.low() >= 32) return {};
  const unsigned from_low = 31 - static_cast<unsigned>(index.low());
  return (v.limb[from_low / 8] >> (from_low % 8 * 8)) & 0xff;
}
constexpr unsigned shift_count(const u256& n) noexcept {
  return n.fits_u64() && n.low() < 256 ? static_cast<unsigned>(n.low()) : 256;
}
constexpr u256 shift_right_signed(const u256& v, unsigned n) noexcept {
  if (!is_negative(v)) return v >> n;
  return n == 0 ? v : n >= 256 ? u256::max() : (v >> n) | (u256::max() << (256 - n));
}
inline u256 power(u256 base, const u256& exponent) noexcept {
  u256 r = 1;
  const unsigned bits = exponent.bit_length();
  for (unsigned i = 0; i < bits; ++i) {
    if (exponent.bit(i)) multiply(r, r, base);
    if (i + 1 < bits) multiply(base, base, base);
  }
  return r;
}

}  // namespace ashlar::evm
