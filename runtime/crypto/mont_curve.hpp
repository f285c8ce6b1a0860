#pragma once

#include <vector>

#include "runtime/base/u256.hpp"
#include "runtime/crypto/mont.hpp"

namespace ashlar::crypto {

/// A point of y^2 = x^3 + b over F, or infinity (then x and y are zero).
template <class F>
struct affine_point {
  F x, y;
  bool infinity = true;

  friend constexpr bool operator==(const affine_point&, const affine_point&) noexcept = default;
  constexpr affine_point operator-() const noexcept { return {x, -y, infinity}; }
  constexpr bool on_curve(const F& b) const noexcept {
    return infinity || y.square() == x.square() * x + b;
  }
};

/// The same point as (X / Z^2, Y / Z^3); Z = 0 is infinity. The formulas hold for a = 0 curves and
/// any pair of inputs, equal and opposite ones included.
template <class F>
struct jacobian_point {
  F x, y, z;

  constexpr jacobian_point() noexcept = default;
  constexpr jacobian_point(const F& x_, const F& y_, const F& z_) noexcept : x(x_), y(y_), z(z_) {}
  constexpr jacobian_point(const affine_point<F>& a) noexcept  // NOLINT: the same point
      : x(a.x), y(a.y), z(a.infinity ? F::zero() : F::one()) {}

  constexpr bool is_infinity() const noexcept { return z.is_zero(); }
  constexpr jacobian_point operator-() const noexcept { return {x, -y, z}; }

  constexpr jacobian_point doubled() const noexcept {
    const F a = x.square(), b = y.square(), c = b.square();
    const F d = ((x + b).square() - a - c).doubled();
    const F e = a.doubled() + a;
    const F x3 = e.square() - d.doubled();
    return {x3, e * (d - x3) - c.doubled().doubled().doubled(), (y * z).doubled()};
  }
  friend constexpr jacobian_point operator+(const jacobian_point& p,
                                            const jacobian_point& q) noexcept {
    if (p.is_infinity()) return q;
    if (q.is_infinity()) return p;
    const F pz2 = p.z.square(), qz2 = q.z.square();
    const F u1 = p.x * qz2, s1 = p.y * q.z * qz2;
    return sum(p.z * q.z, u1, q.x * pz2 - u1, s1, q.y * p.z * pz2 - s1, p);
  }
  friend constexpr jacobian_point operator+(const jacobian_point& p,
                                            const affine_point<F>& q) noexcept {
    if (q.infinity) return p;
    if (p.is_infinity()) return q;
    const F pz2 = p.z.square();
    return sum(p.z, p.x, q.x * pz2 - p.x, p.y, q.y * p.z * pz2 - p.y, p);
  }
  constexpr jacobian_point& operator+=(const jacobian_point& q) noexcept {
    return *this = *this + q;
  }
  constexpr jacobian_point& operator+=(const affine_point<F>& q) noexcept {
    return *this = *this + q;
  }

  friend constexpr bool operator==(const jacobian_point& p, const jacobian_point& q) noexcept {
    if (p.is_infinity() || q.is_infinity()) return p.is_infinity() == q.is_infinity();
    const F pz2 = p.z.square(), qz2 = q.z.square();
    return p.x * qz2 == q.x * pz2 && p.y * q.z * qz2 == q.y * p.z * pz2;
  }

  constexpr affine_point<F> to_affine() const noexcept {
    if (is_infinity()) return {};
    const F zi = z.inverse(), zi2 = zi.square();
    return {x * zi2, y * zi2 * zi, false};
  }

  /// this * |scalar|, by double and add: for short or sparse fixed scalars.
  constexpr jacobian_point times(u64 scalar) const noexcept {
    jacobian_point out;
    for (int i = 63; i >= 0; --i) {
      out = out.doubled();
      if ((scalar >> i) & 1) out += *this;
    }
    return out;
  }

 private:
  /// P + Q from u1 = x_P, s1 = y_P over the common denominator z, h = x_Q - x_P, r = y_Q - y_P.
  static constexpr jacobian_point sum(const F& z, const F& u1, const F& h, const F& s1, const F& r,
                                      const jacobian_point& p) noexcept {
    if (h.is_zero()) return r.is_zero() ? p.doubled() : jacobian_point{};
    const F hh = h.square(), hhh = hh * h, v = u1 * hh;
    const F x3 = r.square() - hhh - v.doubled();
    return {x3, r * (v - x3) - s1 * hhh, z * h};
  }
};

/// How a curve with an efficient endomorphism [lambda] splits a scalar into two of half length:
/// k = k1 + k2 lambda mod r (Gallant, Lambert, Vanstone 2001). Row i of the reduced lattice basis,
/// with signs turned so that k1 = k + c0 row[0].a + c1 row[1].a and k2 = c0 row[0].b + c1 row[1].b
/// modulo 2^256 for c_i = floor(k row[i].g / 2^256).
struct glv_row {
  u256 g, a, b;
};
using glv_basis = std::array<glv_row, 2>;

/// A term scalar * point of a sum; `negative` flips its sign.
template <class F>
struct scaled_point {
  affine_point<F> point;
  u256 scalar;
  bool negative = false;
};

/// Two half-length scalars as magnitude and sign. Precondition: k below the group's order.
struct split_scalar {
  u256 k[2];
  bool negative[2];
};
split_scalar split_by_endomorphism(const u256& k, const glv_basis& basis) noexcept;

/// Width-w non-adjacent form, least significant digit first, digits odd and below 2^(w-1) in
/// magnitude, or zero. 257 digits always suffice. Returns the number of digits in use.
using naf_digits = std::array<signed char, 257>;
unsigned recode_naf(const u256& scalar, unsigned width, naf_digits& out) noexcept;

template <class F>
constexpr affine_point<F> signed_point(const scaled_point<F>& t) noexcept {
  return t.negative ? -t.point : t.point;
}

/// Sum of all terms, by interleaved windows of five bits: one chain of doublings for all.
template <class F>
jacobian_point<F> straus_sum(std::span<const scaled_point<F>> terms) {
  constexpr unsigned width = 5, odd_multiples = 1u << (width - 2);
  struct lane {
    std::array<jacobian_point<F>, odd_multiples> odd;
    naf_digits digits;
    unsigned length;
  };
  std::vector<lane> lanes(terms.size());
  unsigned longest = 0;
  for (std::size_t i = 0; i < terms.size(); ++i) {
    lane& l = lanes[i];
    l.length = recode_naf(terms[i].scalar, width, l.digits);
    longest = std::max(longest, l.length);
    if (l.length == 0) continue;
    l.odd[0] = signed_point(terms[i]);
    const jacobian_point<F> twice = l.odd[0].doubled();
    for (unsigned j = 1; j < odd_multiples; ++j) l.odd[j] = l.odd[j - 1] + twice;
  }
  jacobian_point<F> sum;
  for (unsigned bit = longest; bit-- > 0;) {
    sum = sum.doubled();
    for (const lane& l : lanes) {
      if (bit >= l.length || l.digits[bit] == 0) continue;
      const int digit = l.digits[bit];
      sum += digit > 0 ? l.odd[digit / 2] : -l.odd[-digit / 2];
    }
  }
  return sum;
}

/// Sum of all terms by buckets (Pippenger) with signed digits of w bits: bits/w * (n mixed
/// additions and 2^w full ones).
template <class F>
jacobian_point<F> bucket_sum(std::span<const scaled_point<F>> terms) {
  unsigned bits = 0;
  for (const auto& t : terms) bits = std::max(bits, t.scalar.bit_length());
  unsigned width = 5;
  while (width < 12 && (std::size_t{1} << (width + 1)) < terms.size()) ++width;
  ensure(bits + width <= 256);
  const u64 half = u64{1} << (width - 1);
  // A digit above half stands for itself less 2^w; the carry that this costs goes to the next
  // window, so a window's digit is that of scalar + (half - 1) * (1 + 2^w + ...), less half - 1.
  const unsigned windows = bits / width + 1;
  u256 offset;
  for (unsigned i = 0; i < windows; ++i) offset += u256{half - 1} << (i * width);
  jacobian_point<F> sum;
  std::vector<jacobian_point<F>> buckets(half);  // of digit magnitudes 1 to half
  for (unsigned window = windows; window-- > 0;) {
    for (unsigned i = 0; i < width; ++i) sum = sum.doubled();
    std::fill(buckets.begin(), buckets.end(), jacobian_point<F>{});
    for (const auto& t : terms) {
      const u64 shifted = ((t.scalar + offset) >> (window * width)).low() & (2 * half - 1);
      if (shifted >= half)
        buckets[shifted - half] += signed_point(t);
      else if (shifted + 1 < half)
        buckets[half - 2 - shifted] += -signed_point(t);
    }
    jacobian_point<F> running;
    for (std::size_t i = buckets.size(); i-- > 0;) {
      running += buckets[i];
      sum += running;
    }
  }
  return sum;
}

/// Straus below this many terms, buckets from it on: measured on BLS12-381, for scalars of at most
/// 64 bits (there the tables of Straus weigh more) and for longer ones.
inline constexpr std::size_t bucket_terms_min_short = 24, bucket_terms_min_long = 96;

/// Precondition: scalars below 2^244.
template <class F>
jacobian_point<F> multi_scalar_sum(std::span<const scaled_point<F>> terms) {
  bool all_short = true;
  for (const auto& t : terms) all_short = all_short && t.scalar.fits_u64();
  const std::size_t least = all_short ? bucket_terms_min_short : bucket_terms_min_long;
  return terms.size() < least ? straus_sum<F>(terms) : bucket_sum<F>(terms);
}

}  // namespace ashlar::crypto
