#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/bytes.hpp"

namespace ashlar {

/// low and high half of a 64 x 64 bit product.
struct u64_pair {
  u64 low, high;
};

constexpr u64_pair mul_wide(u64 a, u64 b) noexcept {
#ifdef __SIZEOF_INT128__
  __extension__ using u128 = unsigned __int128;
  const u128 p = static_cast<u128>(a) * b;
  return {static_cast<u64>(p), static_cast<u64>(p >> 64)};
#else
  const u64 a0 = static_cast<u32>(a), a1 = a >> 32, b0 = static_cast<u32>(b), b1 = b >> 32;
  const u64 p00 = a0 * b0, p01 = a0 * b1, p10 = a1 * b0, p11 = a1 * b1;
  const u64 mid = (p00 >> 32) + static_cast<u32>(p01) + static_cast<u32>(p10);
  return {(mid << 32) | static_cast<u32>(p00), p11 + (p01 >> 32) + (p10 >> 32) + (mid >> 32)};
#endif
}

/// a + b + carry (carry is 0 or 1 in and out).
constexpr u64 add_carry(u64 a, u64 b, u64& carry) noexcept {
  const u64 s = a + b;
  const u64 c1 = s < a;
  const u64 r = s + carry;
  carry = c1 | (r < s);
  return r;
}
/// a - b - borrow (borrow is 0 or 1 in and out).
constexpr u64 sub_borrow(u64 a, u64 b, u64& borrow) noexcept {
  const u64 d = a - b;
  const u64 b1 = a < b;
  const u64 r = d - borrow;
  borrow = b1 | (d < borrow);
  return r;
}

/// 256-bit unsigned integer, arithmetic modulo 2^256. limb[0] is the least significant.
struct u256 {
  u64 limb[4] = {0, 0, 0, 0};

  constexpr u256() = default;
  constexpr u256(u64 v) noexcept : limb{v, 0, 0, 0} {}  // NOLINT: numbers convert
  constexpr u256(u64 l3, u64 l2, u64 l1, u64 l0) noexcept : limb{l0, l1, l2, l3} {}

  constexpr bool is_zero() const noexcept { return (limb[0] | limb[1] | limb[2] | limb[3]) == 0; }
  constexpr explicit operator bool() const noexcept { return !is_zero(); }
  constexpr bool fits_u64() const noexcept { return (limb[1] | limb[2] | limb[3]) == 0; }
  /// The low 64 bits.
  constexpr u64 low() const noexcept { return limb[0]; }
  constexpr bool bit(unsigned i) const noexcept { return (limb[i / 64] >> (i % 64)) & 1; }
  /// 0 for zero, else 1 + index of the highest set bit.
  constexpr unsigned bit_length() const noexcept {
    for (int i = 3; i >= 0; --i)
      if (limb[i]) return static_cast<unsigned>(64 * i + 64 - __builtin_clzll(limb[i]));
    return 0;
  }
  constexpr unsigned byte_length() const noexcept { return (bit_length() + 7) / 8; }

  static constexpr u256 max() noexcept { return {~0ull, ~0ull, ~0ull, ~0ull}; }

  /// 32 bytes, big-endian.
  static u256 from_be(const u8* p) noexcept {
    return {load_be64(p), load_be64(p + 8), load_be64(p + 16), load_be64(p + 24)};
  }
  static u256 from_be(const hash256& h) noexcept { return from_be(h.data()); }
  /// At most 32 bytes, big-endian.
  static u256 from_be(bytes_view v) noexcept {
    u8 b[32] = {};
    std::memcpy(b + 32 - v.size(), v.data(), v.size());
    return from_be(b);
  }
  void to_be(u8* p) const noexcept {
    store_be64(p, limb[3]);
    store_be64(p + 8, limb[2]);
    store_be64(p + 16, limb[1]);
    store_be64(p + 24, limb[0]);
  }
  hash256 to_be() const noexcept {
    hash256 h;
    to_be(h.data());
    return h;
  }

  friend constexpr bool operator==(const u256& a, const u256& b) noexcept {
    return ((a.limb[0] ^ b.limb[0]) | (a.limb[1] ^ b.limb[1]) | (a.limb[2] ^ b.limb[2]) |
            (a.limb[3] ^ b.limb[3])) == 0;
  }
  friend constexpr bool operator<(const u256& a, const u256& b) noexcept {
    u64 borrow = 0;
    for (int i = 0; i < 4; ++i) sub_borrow(a.limb[i], b.limb[i], borrow);
    return borrow != 0;
  }
  friend constexpr std::strong_ordering operator<=>(const u256& a, const u256& b) noexcept {
    return a == b  ? std::strong_ordering::equal
           : a < b ? std::strong_ordering::less
                   : std::strong_ordering::greater;
  }

  friend constexpr u256 operator+(const u256& a, const u256& b) noexcept {
    u256 r;
    u64 carry = 0;
    for (int i = 0; i < 4; ++i) r.limb[i] = add_carry(a.limb[i], b.limb[i], carry);
    return r;
  }
  friend constexpr u256 operator-(const u256& a, const u256& b) noexcept {
    u256 r;
    u64 borrow = 0;
    for (int i = 0; i < 4; ++i) r.limb[i] = sub_borrow(a.limb[i], b.limb[i], borrow);
    return r;
  }
  constexpr u256 operator-() const noexcept { return u256{} - *this; }
  constexpr u256 operator~() const noexcept { return {~limb[3], ~limb[2], ~limb[1], ~limb[0]}; }
  friend constexpr u256 operator*(const u256& a, const u256& b) noexcept {
    u256 r;
    for (int i = 0; i < 4; ++i) {
      u64 carry = 0;
      for (int j = 0; i + j < 4; ++j) {
        const u64_pair p = mul_wide(a.limb[i], b.limb[j]);
        u64 c = 0;
        const u64 s = add_carry(r.limb[i + j], p.low, c);
        u64 c2 = 0;
        r.limb[i + j] = add_carry(s, carry, c2);
        carry = p.high + c + c2;
      }
    }
    return r;
  }
  friend constexpr u256 operator&(const u256& a, const u256& b) noexcept {
    return {a.limb[3] & b.limb[3], a.limb[2] & b.limb[2], a.limb[1] & b.limb[1],
            a.limb[0] & b.limb[0]};
  }
  friend constexpr u256 operator|(const u256& a, const u256& b) noexcept {
    return {a.limb[3] | b.limb[3], a.limb[2] | b.limb[2], a.limb[1] | b.limb[1],
            a.limb[0] | b.limb[0]};
  }
  friend constexpr u256 operator^(const u256& a, const u256& b) noexcept {
    return {a.limb[3] ^ b.limb[3], a.limb[2] ^ b.limb[2], a.limb[1] ^ b.limb[1],
            a.limb[0] ^ b.limb[0]};
  }
  /// Shifts by 256 or more give zero.
  friend constexpr u256 operator<<(const u256& a, unsigned n) noexcept {
    if (n >= 256) return {};
    u256 r;
    const unsigned w = n / 64, s = n % 64;
    for (unsigned i = w; i < 4; ++i) {
      r.limb[i] = a.limb[i - w] << s;
      if (s && i > w) r.limb[i] |= a.limb[i - w - 1] >> (64 - s);
    }
    return r;
  }
  friend constexpr u256 operator>>(const u256& a, unsigned n) noexcept {
    if (n >= 256) return {};
    u256 r;
    const unsigned w = n / 64, s = n % 64;
    for (unsigned i = 0; i + w < 4; ++i) {
      r.limb[i] = a.limb[i + w] >> s;
      if (s && i + w + 1 < 4) r.limb[i] |= a.limb[i + w + 1] << (64 - s);
    }
    return r;
  }
  constexpr u256& operator+=(const u256& b) noexcept { return *this = *this + b; }
  constexpr u256& operator-=(const u256& b) noexcept { return *this = *this - b; }
  constexpr u256& operator*=(const u256& b) noexcept { return *this = *this * b; }

  friend u256 operator/(const u256& a, const u256& b) noexcept;
  friend u256 operator%(const u256& a, const u256& b) noexcept;
};

struct u256_division {
  u256 quotient, remainder;
};

/// Knuth's algorithm D. Division by zero gives zero and zero, as the EVM's DIV and MOD do.
u256_division divide(const u256& a, const u256& b) noexcept;

/// a * b + c by m, over the integers; nothing where m is zero or the quotient does not fit 256
/// bits.
std::optional<u256_division> divide_product(const u256& a, const u256& b, const u256& c,
                                            const u256& m) noexcept;

/// (a + b) mod m and (a * b) mod m over the integers; zero where m is zero.
u256 add_mod(const u256& a, const u256& b, const u256& m) noexcept;
u256 mul_mod(const u256& a, const u256& b, const u256& m) noexcept;

/// a + b, or nothing where it does not fit 256 bits. Likewise a * b.
std::optional<u256> checked_add(const u256& a, const u256& b) noexcept;
std::optional<u256> checked_mul(const u256& a, const u256& b) noexcept;

/// "0x" and no leading zeros ("0x0" for zero), as JSON-RPC quantities are.
std::string to_quantity(const u256& v);
std::string to_decimal(const u256& v);
/// Decimal, or hex behind "0x"; nothing when malformed or too large.
std::optional<u256> parse_u256(std::string_view text);

}  // namespace ashlar
