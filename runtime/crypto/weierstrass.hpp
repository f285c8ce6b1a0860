#pragma once

#include "runtime/crypto/mod256.hpp"

namespace ashlar::crypto {

/// A point (x, y) that is not infinity.
struct affine_point {
  u256 x, y;
};

/// (X / Z^2, Y / Z^3); Z = 0 is infinity.
struct jacobian_point {
  u256 x, y, z;
  bool is_infinity() const noexcept { return z.is_zero(); }
};

/// A signed-digit expansion: value = sum of digit[i] 2^i, each digit odd below 2^(width - 1) in
/// absolute value or zero, no two non-zero digits closer than `width` (Hankerson, Menezes,
/// Vanstone: Guide to ECC, 3.35). `length` is 1 + the index of the highest digit.
struct signed_digits {
  signed char digit[257] = {};
  int length = 0;

  signed_digits(const u256& value, unsigned width) noexcept {
    // By words of 32 bits, which every machine shifts in one step; above them zeros.
    u32 words[10] = {};
    for (unsigned i = 0; i < 8; ++i) words[i] = static_cast<u32>(value.limb[i / 2] >> (i % 2 * 32));
    const unsigned top = value.bit_length();
    // A carry out of the top makes one digit more.
    u32 carry = 0;
    for (unsigned i = 0; i < top + carry;) {
      const u32 here = words[i / 32] >> (i % 32) | words[i / 32 + 1] << 1 << (31 - i % 32);
      if ((here & 1) == carry) {
        ++i;
        continue;
      }
      const unsigned take = width < 257 - i ? width : 257 - i;
      int d = static_cast<int>((here & ((1u << take) - 1)) + carry);
      carry = (d >> (width - 1)) & 1;
      if (carry != 0) d -= 1 << width;
      digit[i] = static_cast<signed char>(d);
      length = static_cast<int>(i) + 1;
      i += take;
    }
  }
};

/// The group y^2 = x^3 + a x + b with a = 0 or a = -3, over the prime field `Field`. Complete:
/// every pair of points is added rightly, equal and opposite ones too. Not constant-time.
template <class Field, bool AIsMinus3>
struct weierstrass {
  using F = Field;

  static jacobian_point from(const affine_point& p) noexcept { return {p.x, p.y, 1}; }
  static jacobian_point infinity() noexcept { return {1, 1, 0}; }
  static affine_point negated(const affine_point& p) noexcept { return {p.x, F::negated(p.y)}; }
  static jacobian_point negated(const jacobian_point& p) noexcept {
    return {p.x, F::negated(p.y), p.z};
  }

  static bool on_curve(const affine_point& p, const u256& b) noexcept {
    u256 x3 = F::square(p.x);
    if constexpr (AIsMinus3) x3 = F::sub(x3, 3);
    return F::square(p.y) == F::mul_add(x3, p.x, b);
  }

  /// 2 p. With S = 4 X Y^2 and M = 3 X^2 + a Z^4: X' = M^2 - 2 S, Y' = M (S - X') - 8 Y^4, Z' = 2 Y
  /// Z.
  static jacobian_point doubled(const jacobian_point& p) noexcept {
    const u256 yy = F::square(p.y);
    const u256 s = F::twice(F::twice(F::mul(p.x, yy)));
    u256 m;
    if constexpr (AIsMinus3) {
      const u256 zz = F::square(p.z);
      m = F::mul(F::sub(p.x, zz), F::add(p.x, zz));
    } else {
      m = F::square(p.x);
    }
    m = F::add(F::twice(m), m);
    jacobian_point out;
    out.x = F::sub(F::square(m), F::twice(s));
    const u256 y4 = F::twice(F::square(yy));
    out.y = F::sub(F::mul(m, F::sub(s, out.x)), F::twice(F::twice(y4)));
    out.z = F::twice(F::mul(p.y, p.z));
    return out;
  }

  static jacobian_point add(const jacobian_point& p, const jacobian_point& q) noexcept {
    if (p.is_infinity()) return q;
    if (q.is_infinity()) return p;
    const u256 pzz = F::square(p.z), qzz = F::square(q.z);
    const u256 u1 = F::mul(p.x, qzz), u2 = F::mul(q.x, pzz);
    const u256 s1 = F::mul(p.y, F::mul(qzz, q.z)), s2 = F::mul(q.y, F::mul(pzz, p.z));
    return joined(p, u1, u2, s1, s2, F::mul(p.z, q.z));
  }

  static jacobian_point add(const jacobian_point& p, const affine_point& q) noexcept {
    if (p.is_infinity()) return from(q);
    const u256 pzz = F::square(p.z);
    return joined(p, p.x, F::mul(q.x, pzz), p.y, F::mul(q.y, F::mul(pzz, p.z)), p.z);
  }

  /// Precondition: not infinity.
  static affine_point to_affine(const jacobian_point& p) noexcept {
    const u256 inverse = F::inverse(p.z);
    const u256 square = F::square(inverse);
    return {F::mul(p.x, square), F::mul(p.y, F::mul(square, inverse))};
  }

  /// p, 3 p, 5 p, ... : the odd multiples that signed digits ask for.
  static void odd_multiples(const jacobian_point& p, jacobian_point* out, int count) noexcept {
    const jacobian_point two = doubled(p);
    out[0] = p;
    for (int i = 1; i < count; ++i) out[i] = add(out[i - 1], two);
  }

  /// sum + digit * (the point whose odd multiples `table` holds), the sign flipped by `negative`.
  template <class Point>
  static jacobian_point add_digit(const jacobian_point& sum, int digit, const Point* table,
                                  bool negative) noexcept {
    if (digit == 0) return sum;
    const Point& p = table[(digit < 0 ? -digit : digit) / 2];
    return add(sum, (digit < 0) != negative ? negated(p) : p);
  }

 private:
  // The end of both additions: p's and q's x and y over the common denominator z.
  static jacobian_point joined(const jacobian_point& p, const u256& u1, const u256& u2,
                               const u256& s1, const u256& s2, const u256& z) noexcept {
    const u256 h = F::sub(u2, u1), r = F::sub(s2, s1);
    if (h.is_zero()) return r.is_zero() ? doubled(p) : infinity();
    const u256 hh = F::square(h), hhh = F::mul(hh, h), v = F::mul(u1, hh);
    jacobian_point out;
    out.x = F::sub(F::sub(F::square(r), hhh), F::twice(v));
    out.y = F::sub(F::mul(r, F::sub(v, out.x)), F::mul(s1, hhh));
    out.z = F::mul(z, h);
    return out;
  }
};

}  // namespace ashlar::crypto
