#include "runtime/base/u256.hpp"

namespace ashlar {
namespace {

u64_pair divide_2by1(u64 high, u64 low, u64 d) noexcept {  // {quotient, remainder}; high < d
#if defined(__x86_64__)
  u64 q, r;
  __asm__("divq %4" : "=a"(q), "=d"(r) : "a"(low), "d"(high), "r"(d) : "cc");
  return {q, r};
#else
  // Hacker's Delight, divlu: d has its top bit set.
  constexpr u64 base = 1ull << 32;
  const u64 d1 = d >> 32, d0 = static_cast<u32>(d), n1 = low >> 32, n0 = static_cast<u32>(low);
  u64 q1 = high / d1, r = high - q1 * d1;
  while (q1 >= base || q1 * d0 > base * r + n1) {
    --q1;
    r += d1;
    if (r >= base) break;
  }
  const u64 n21 = high * base + n1 - q1 * d;
  u64 q0 = n21 / d1;
  r = n21 - q0 * d1;
  while (q0 >= base || q0 * d0 > base * r + n0) {
    --q0;
    r += d1;
    if (r >= base) break;
  }
  return {q1 * base + q0, n21 * base + n0 - q0 * d};
#endif
}

/// floor((2^128 - 1) / d) - 2^64 for a divisor with its top bit set (Moeller and Granlund,
/// "Improved division by invariant integers", 2011).
u64 reciprocal(u64 d) noexcept {
  return divide_2by1(~d, ~0ull, d).low;
}

/// The same for two limbs: algorithm 6 there.
u64 reciprocal(u64 d1, u64 d0) noexcept {
  u64 v = reciprocal(d1);
  u64 p = d1 * v + d0;
  if (p < d0) {
    --v;
    if (p >= d1) {
      --v;
      p -= d1;
    }
    p -= d1;
  }
  const u64_pair t = mul_wide(v, d0);
  p += t.high;
  if (p < t.high) {
    --v;
    if (p > d1 || (p == d1 && t.low >= d0)) --v;
  }
  return v;
}

/// Divides u2 u1 u0 by d1 d0, whose reciprocal is v; u2 u1 < d1 d0 (algorithm 5 there). The
/// quotient; the remainder goes to r1 r0.
u64 divide_3by2(u64 u2, u64 u1, u64 u0, u64 d1, u64 d0, u64 v, u64& r1, u64& r0) noexcept {
  u64_pair q = mul_wide(v, u2);
  u64 c = 0;
  q.low = add_carry(q.low, u1, c);
  q.high = q.high + u2 + c;
  const u64_pair t = mul_wide(d0, q.high);
  u64 b = 0;
  u64 low = sub_borrow(u0, t.low, b);
  u64 high = u1 - q.high * d1 - t.high - b;
  b = 0;
  low = sub_borrow(low, d0, b);
  high = sub_borrow(high, d1, b);
  ++q.high;
  if (high >= q.low) {
    --q.high;
    c = 0;
    low = add_carry(low, d0, c);
    high = add_carry(high, d1, c);
  }
  if (__builtin_expect(high > d1 || (high == d1 && low >= d0), 0)) {
    ++q.high;
    b = 0;
    low = sub_borrow(low, d0, b);
    high = sub_borrow(high, d1, b);
  }
  r1 = high;
  r0 = low;
  return q.high;
}

/// One digit of algorithm D: takes qhat * v from u[0 .. Limbs], whose top two limbs have been
/// replaced by the remainder of their division by v's top two.
template <int Limbs>
u64 take_digit(u64* u, const u64* v, u64 reciprocal_of_top) noexcept {
  const u64 d1 = v[Limbs - 1], d0 = v[Limbs - 2];
  if (__builtin_expect(u[Limbs] == d1 && u[Limbs - 1] == d0, 0)) {
    // The digit is 2^64 - 1 at most, and here exactly that or one less.
    u64 borrow = 0, carry = 0;
    for (int i = 0; i < Limbs; ++i) {
      const u64_pair p = mul_wide(~0ull, v[i]);
      u64 c = 0;
      const u64 low = add_carry(p.low, carry, c);
      carry = p.high + c;
      u[i] = sub_borrow(u[i], low, borrow);
    }
    u[Limbs] = sub_borrow(u[Limbs], carry, borrow);
    u64 digit = ~0ull;
    while (borrow) {
      --digit;
      u64 c = 0;
      for (int i = 0; i < Limbs; ++i) u[i] = add_carry(u[i], v[i], c);
      const u64 top = u[Limbs];
      u[Limbs] += c;
      borrow = u[Limbs] >= top || c == 0;
    }
    return digit;
  }
  u64 r1, r0;
  u64 digit = divide_3by2(u[Limbs], u[Limbs - 1], u[Limbs - 2], d1, d0, reciprocal_of_top, r1, r0);
  u64 borrow = 0, carry = 0;
  for (int i = 0; i < Limbs - 2; ++i) {
    const u64_pair p = mul_wide(digit, v[i]);
    u64 c = 0;
    const u64 low = add_carry(p.low, carry, c);
    carry = p.high + c;
    u[i] = sub_borrow(u[i], low, borrow);
  }
  u64 over = 0;
  u64 b = borrow;
  const u64 take = add_carry(carry, b, over);
  b = 0;
  u[Limbs - 2] = sub_borrow(r0, take, b);
  b += over;
  const bool below = r1 < b;
  u[Limbs - 1] = r1 - b;
  u[Limbs] = 0;
  if (__builtin_expect(below, 0)) {
    --digit;
    u64 c = 0;
    for (int i = 0; i < Limbs; ++i) u[i] = add_carry(u[i], v[i], c);
  }
  return digit;
}

template <int Limbs>
void divide_normal(u64* u, int n, const u64* v, u64* q) noexcept {
  const u64 inverse = reciprocal(v[Limbs - 1], v[Limbs - 2]);
  for (int j = n - Limbs; j >= 0; --j) {
    const u64 digit = take_digit<Limbs>(u + j, v, inverse);
    if (q) q[j] = digit;
  }
}

/// Divides the `n` limbs of `a` (little-endian, n <= 8) by `b`, b > 0. Quotient limbs go to `q`
/// where it is not null (n limbs), the remainder is returned.
u256 divide_limbs(const u64* a, int n, const u256& b, u64* q) noexcept {
  int bn = 4;
  while (b.limb[bn - 1] == 0) --bn;
  while (n > 0 && a[n - 1] == 0) --n;
  // Most numbers are small: one limb by one limb is one instruction.
  if (n == 1 && bn == 1) {
    if (q) q[0] = a[0] / b.limb[0];
    return u256{a[0] % b.limb[0]};
  }
  if (n < bn) {
    u256 r;
    for (int i = 0; i < n; ++i) r.limb[i] = a[i];
    return r;
  }
  const unsigned s = static_cast<unsigned>(__builtin_clzll(b.limb[bn - 1]));
  u64 v[4], u[9];
  for (int i = bn - 1; i > 0; --i)
    v[i] = s ? (b.limb[i] << s) | (b.limb[i - 1] >> (64 - s)) : b.limb[i];
  v[0] = b.limb[0] << s;
  u[n] = s ? a[n - 1] >> (64 - s) : 0;
  for (int i = n - 1; i > 0; --i) u[i] = s ? (a[i] << s) | (a[i - 1] >> (64 - s)) : a[i];
  u[0] = a[0] << s;

  if (bn == 1) {
    u64 rem = u[n];
    for (int j = n - 1; j >= 0; --j) {
      const u64_pair d = divide_2by1(rem, u[j], v[0]);
      if (q) q[j] = d.low;
      rem = d.high;
    }
    return u256{rem >> s};
  }

  if (bn == 2)
    divide_normal<2>(u, n, v, q);
  else if (bn == 3)
    divide_normal<3>(u, n, v, q);
  else
    divide_normal<4>(u, n, v, q);
  u256 r;
  for (int i = 0; i < bn; ++i) {
    r.limb[i] = u[i] >> s;
    if (s && i + 1 < bn) r.limb[i] |= u[i + 1] << (64 - s);
  }
  return r;
}

void multiply_full(const u256& a, const u256& b, u64 out[8]) noexcept {
  for (int i = 0; i < 8; ++i) out[i] = 0;
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
    for (int j = 0; j < 4; ++j) {
      const u64_pair p = mul_wide(a.limb[i], b.limb[j]);
      u64 c = 0, c2 = 0;
      const u64 s = add_carry(out[i + j], p.low, c);
      out[i + j] = add_carry(s, carry, c2);
      carry = p.high + c + c2;
    }
    out[i + 4] = carry;
  }
}

}  // namespace

u256_division divide(const u256& a, const u256& b) noexcept {
  if (b.is_zero()) return {};
  if (a.fits_u64() && b.fits_u64()) return {a.limb[0] / b.limb[0], a.limb[0] % b.limb[0]};
  if (a < b) return {u256{}, a};
  u256_division d;
  d.remainder = divide_limbs(a.limb, 4, b, d.quotient.limb);
  return d;
}

u256 operator/(const u256& a, const u256& b) noexcept {
  return divide(a, b).quotient;
}
u256 operator%(const u256& a, const u256& b) noexcept {
  return divide(a, b).remainder;
}

u256 add_mod(const u256& a, const u256& b, const u256& m) noexcept {
  if (m.is_zero()) return {};
  u64 sum[5];
  u64 carry = 0;
  for (int i = 0; i < 4; ++i) sum[i] = add_carry(a.limb[i], b.limb[i], carry);
  sum[4] = carry;
  return divide_limbs(sum, 5, m, nullptr);
}

u256 mul_mod(const u256& a, const u256& b, const u256& m) noexcept {
  if (m.is_zero()) return {};
  u64 product[8];
  multiply_full(a, b, product);
  return divide_limbs(product, 8, m, nullptr);
}

std::optional<u256_division> divide_product(const u256& a, const u256& b, const u256& c,
                                            const u256& m) noexcept {
  if (m.is_zero()) return std::nullopt;
  u64 product[8], quotient[8] = {}, carry = 0;
  multiply_full(a, b, product);
  for (int i = 0; i < 8; ++i) product[i] = add_carry(product[i], i < 4 ? c.limb[i] : 0, carry);
  u256_division d;
  d.remainder = divide_limbs(product, 8, m, quotient);
  for (int i = 4; i < 8; ++i)
    if (quotient[i] != 0) return std::nullopt;
  for (int i = 0; i < 4; ++i) d.quotient.limb[i] = quotient[i];
  return d;
}

std::optional<u256> checked_add(const u256& a, const u256& b) noexcept {
  u256 s;
  u64 carry = 0;
  for (int i = 0; i < 4; ++i) s.limb[i] = add_carry(a.limb[i], b.limb[i], carry);
  if (carry != 0) return std::nullopt;
  return s;
}

std::optional<u256> checked_mul(const u256& a, const u256& b) noexcept {
  if (a.fits_u64() && b.fits_u64()) {
    const u64_pair p = mul_wide(a.low(), b.low());
    return u256{0, 0, p.high, p.low};
  }
  u64 product[8];
  multiply_full(a, b, product);
  if (product[4] | product[5] | product[6] | product[7]) return std::nullopt;
  return u256{product[3], product[2], product[1], product[0]};
}

std::string to_quantity(const u256& v) {
  constexpr char digits[] = "0123456789abcdef";
  if (v.is_zero()) return "0x0";
  std::string out = "0x";
  for (int i = static_cast<int>((v.bit_length() + 3) / 4) - 1; i >= 0; --i)
    out += digits[(v.limb[i / 16] >> (4 * (i % 16))) & 15];
  return out;
}

std::string to_decimal(const u256& v) {
  if (v.is_zero()) return "0";
  std::string out;
  for (u256 rest = v; rest;) {
    const u256_division d = divide(rest, u256{10});
    out += static_cast<char>('0' + d.remainder.limb[0]);
    rest = d.quotient;
  }
  std::reverse(out.begin(), out.end());
  return out;
}

std::optional<u256> parse_u256(std::string_view text) {
  u256 v;
  if (text.starts_with("0x") || text.starts_with("0X")) {
    text.remove_prefix(2);
    if (text.empty()) return std::nullopt;
    for (char c : text) {
      if (v.limb[3] >> 60) return std::nullopt;
      unsigned d;
      if (c >= '0' && c <= '9')
        d = static_cast<unsigned>(c - '0');
      else if (c >= 'a' && c <= 'f')
        d = static_cast<unsigned>(c - 'a' + 10);
      else if (c >= 'A' && c <= 'F')
        d = static_cast<unsigned>(c - 'A' + 10);
      else
        return std::nullopt;
      v = (v << 4) | u256{d};
    }
    return v;
  }
  if (text.empty()) return std::nullopt;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto ten = checked_mul(v, u256{10});
    if (!ten) return std::nullopt;
    const auto sum = checked_add(*ten, u256{static_cast<u64>(c - '0')});
    if (!sum) return std::nullopt;
    v = *sum;
  }
  return v;
}

}  // namespace ashlar
