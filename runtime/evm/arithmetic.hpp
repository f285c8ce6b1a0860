#pragma once

#include "runtime/base/u256.hpp"

namespace ashlar::evm {

// Instruction semantics on words that `u256` itself has no operator for (Yellow Paper, H.2).

constexpr bool is_negative(const u256& v) noexcept {
  return (v.limb[3] >> 63) != 0;
}
constexpr u256 magnitude(const u256& v) noexcept {
  return is_negative(v) ? -v : v;
}

/// -2^255 / -1 is -2^255.
inline u256 signed_div(const u256& a, const u256& b) noexcept {
  const u256 q = magnitude(a) / magnitude(b);
  return is_negative(a) != is_negative(b) ? -q : q;
}
/// Takes the sign of the dividend.
inline u256 signed_mod(const u256& a, const u256& b) noexcept {
  const u256 r = magnitude(a) % magnitude(b);
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
constexpr u256 power(u256 base, const u256& exponent) noexcept {
  u256 r = 1;
  const unsigned bits = exponent.bit_length();
  for (unsigned i = 0; i < bits; ++i) {
    if (exponent.bit(i)) r *= base;
    if (i + 1 < bits) base *= base;
  }
  return r;
}

}  // namespace ashlar::evm
