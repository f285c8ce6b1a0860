#pragma once

#include "runtime/crypto/mont.hpp"

namespace ashlar::crypto {

/// Fp2 = Fp[u] / (u^2 + 1): c0 + c1 u. For primes p = 3 mod 4.
template <class Fp>
struct field2 {
  using base = Fp;
  Fp c0, c1;

  static constexpr field2 zero() noexcept { return {}; }
  static constexpr field2 one() noexcept { return {Fp::one(), Fp::zero()}; }
  /// Precondition: both below p.
  static constexpr field2 from_integers(const typename Fp::integer& a,
                                        const typename Fp::integer& b) noexcept {
    return {Fp::from_integer(a), Fp::from_integer(b)};
  }

  constexpr bool is_zero() const noexcept { return c0.is_zero() && c1.is_zero(); }
  friend constexpr bool operator==(const field2&, const field2&) noexcept = default;
  friend constexpr field2 operator+(const field2& a, const field2& b) noexcept {
    return {a.c0 + b.c0, a.c1 + b.c1};
  }
  friend constexpr field2 operator-(const field2& a, const field2& b) noexcept {
    return {a.c0 - b.c0, a.c1 - b.c1};
  }
  constexpr field2 operator-() const noexcept { return {-c0, -c1}; }
  friend constexpr field2 operator*(const field2& a, const field2& b) noexcept {
    // Two sums of two products cost as many word products as three products (Karatsuba), since each
    // sum is reduced once, and spare the five additions (Longa, eprint 2022/367).
    return {Fp::sum_of_products(a.c0, b.c0, -a.c1, b.c1),
            Fp::sum_of_products(a.c0, b.c1, a.c1, b.c0)};
  }
  friend constexpr field2 operator*(const field2& a, const Fp& b) noexcept {
    return {a.c0 * b, a.c1 * b};
  }
  constexpr field2& operator+=(const field2& b) noexcept { return *this = *this + b; }
  constexpr field2& operator-=(const field2& b) noexcept { return *this = *this - b; }
  constexpr field2& operator*=(const field2& b) noexcept { return *this = *this * b; }
  constexpr field2 doubled() const noexcept { return {c0.doubled(), c1.doubled()}; }
  constexpr field2 square() const noexcept { return {(c0 + c1) * (c0 - c1), (c0 * c1).doubled()}; }
  constexpr field2 conjugate() const noexcept { return {c0, -c1}; }
  constexpr Fp norm() const noexcept { return c0.square() + c1.square(); }
  /// 1/a; zero for zero.
  constexpr field2 inverse() const noexcept {
    const Fp n = norm().inverse();
    return {c0 * n, -(c1 * n)};
  }

  /// A square root, or nothing where there is none (complex method: with m = sqrt(norm), the real
  /// part of the root is the square root of (c0 + m)/2 or of (c0 - m)/2).
  constexpr std::optional<field2> sqrt() const noexcept {
    if (c1.is_zero()) {
      if (const auto real = c0.sqrt()) return field2{*real, Fp::zero()};
      return field2{Fp::zero(), *(-c0).sqrt()};  // -1 is no square, so one of c0, -c0 is
    }
    const auto m = norm().sqrt();
    if (!m) return std::nullopt;
    auto real = (c0 + *m).halved().sqrt();
    if (!real) real = (c0 - *m).halved().sqrt();
    if (!real) return std::nullopt;
    return field2{*real, c1 * real->doubled().inverse()};
  }
};

/// Fp6 = Fp2[v] / (v^3 - xi): c0 + c1 v + c2 v^2. `Tower` names `fp2` and `mul_xi(fp2)`.
template <class Tower>
struct field6 {
  using fp2 = typename Tower::fp2;
  fp2 c0, c1, c2;

  static constexpr field6 one() noexcept { return {fp2::one(), {}, {}}; }
  constexpr bool is_zero() const noexcept { return c0.is_zero() && c1.is_zero() && c2.is_zero(); }
  friend constexpr bool operator==(const field6&, const field6&) noexcept = default;
  friend constexpr field6 operator+(const field6& a, const field6& b) noexcept {
    return {a.c0 + b.c0, a.c1 + b.c1, a.c2 + b.c2};
  }
  friend constexpr field6 operator-(const field6& a, const field6& b) noexcept {
    return {a.c0 - b.c0, a.c1 - b.c1, a.c2 - b.c2};
  }
  constexpr field6 operator-() const noexcept { return {-c0, -c1, -c2}; }
  friend constexpr field6 operator*(const field6& a, const field6& b) noexcept {
    const fp2 p0 = a.c0 * b.c0, p1 = a.c1 * b.c1, p2 = a.c2 * b.c2;
    return {Tower::mul_xi((a.c1 + a.c2) * (b.c1 + b.c2) - p1 - p2) + p0,
            (a.c0 + a.c1) * (b.c0 + b.c1) - p0 - p1 + Tower::mul_xi(p2),
            (a.c0 + a.c2) * (b.c0 + b.c2) - p0 - p2 + p1};
  }
  /// this * b.
  constexpr field6 times_0(const fp2& b) const noexcept { return {c0 * b, c1 * b, c2 * b}; }
  /// this * (b v).
  constexpr field6 times_1(const fp2& b) const noexcept {
    return {Tower::mul_xi(c2 * b), c0 * b, c1 * b};
  }
  /// this * (b0 + b1 v).
  constexpr field6 times_01(const fp2& b0, const fp2& b1) const noexcept {
    const fp2 p0 = c0 * b0, p1 = c1 * b1;
    return {Tower::mul_xi((c1 + c2) * b1 - p1) + p0, (c0 + c1) * (b0 + b1) - p0 - p1,
            (c0 + c2) * b0 - p0 + p1};
  }
  /// this * v.
  constexpr field6 times_v() const noexcept { return {Tower::mul_xi(c2), c0, c1}; }
  constexpr field6 square() const noexcept { return *this * *this; }
  constexpr field6 inverse() const noexcept {
    const fp2 a = c0.square() - Tower::mul_xi(c1 * c2);
    const fp2 b = Tower::mul_xi(c2.square()) - c0 * c1;
    const fp2 c = c1.square() - c0 * c2;
    const fp2 n = (c0 * a + Tower::mul_xi(c2 * b + c1 * c)).inverse();
    return {a * n, b * n, c * n};
  }
};

/// Fp12 = Fp6[w] / (w^2 - v): c0 + c1 w. `Tower` also has `gamma`, where gamma[i] =
/// xi^(i (p-1)/6): the factor that Frobenius puts on w^i.
template <class Tower>
struct field12 {
  using fp2 = typename Tower::fp2;
  using fp6 = field6<Tower>;
  fp6 c0, c1;

  static constexpr field12 one() noexcept { return {fp6::one(), {}}; }
  constexpr bool is_one() const noexcept { return *this == one(); }
  friend constexpr bool operator==(const field12&, const field12&) noexcept = default;
  friend constexpr field12 operator*(const field12& a, const field12& b) noexcept {
    const fp6 low = a.c0 * b.c0, high = a.c1 * b.c1;
    return {low + high.times_v(), (a.c0 + a.c1) * (b.c0 + b.c1) - low - high};
  }
  constexpr field12 square() const noexcept {
    const fp6 product = c0 * c1;
    return {(c0 + c1) * (c0 + c1.times_v()) - product - product.times_v(), product + product};
  }
  /// this * (a + b w + c w^3).
  constexpr field12 times_034(const fp2& a, const fp2& b, const fp2& c) const noexcept {
    const fp6 low = c0.times_0(a), high = c1.times_01(b, c);
    return {low + high.times_v(), (c0 + c1).times_01(a + b, c) - low - high};
  }
  /// this * (a + b w^2 + c w^3).
  constexpr field12 times_014(const fp2& a, const fp2& b, const fp2& c) const noexcept {
    const fp6 low = c0.times_01(a, b), high = c1.times_1(c);
    return {low + high.times_v(), (c0 + c1).times_01(a, b + c) - low - high};
  }
  /// this^(p^6); the inverse of elements of the cyclotomic subgroup.
  constexpr field12 conjugate() const noexcept { return {c0, -c1}; }
  constexpr field12 inverse() const noexcept {
    const fp6 n = (c0.square() - c1.square().times_v()).inverse();
    return {c0 * n, -(c1 * n)};
  }
  /// this^p.
  constexpr field12 frobenius() const noexcept {
    const auto& g = Tower::gamma;
    return {{c0.c0.conjugate(), c0.c1.conjugate() * g[2], c0.c2.conjugate() * g[4]},
            {c1.c0.conjugate() * g[1], c1.c1.conjugate() * g[3], c1.c2.conjugate() * g[5]}};
  }

  /// Square of an element of the cyclotomic subgroup, order p^4 - p^2 + 1 (Granger and Scott,
  /// "Faster squaring in the cyclotomic subgroup of sixth degree extensions", section 3.2).
  constexpr field12 cyclotomic_square() const noexcept {
    const auto [a0, a1] = fp4_square(c0.c0, c1.c1);
    const auto [b0, b1] = fp4_square(c1.c0, c0.c2);
    const auto [d0, d1] = fp4_square(c0.c1, c1.c2);
    return {{three_minus_two(a0, c0.c0), three_minus_two(b0, c0.c1), three_minus_two(d0, c0.c2)},
            {three_plus_two(Tower::mul_xi(d1), c1.c0), three_plus_two(a1, c1.c1),
             three_plus_two(b1, c1.c2)}};
  }

 private:
  struct fp4 {
    fp2 c0, c1;
  };
  /// (a + b t)^2 where t^2 = xi.
  static constexpr fp4 fp4_square(const fp2& a, const fp2& b) noexcept {
    const fp2 aa = a.square(), bb = b.square();
    return {aa + Tower::mul_xi(bb), (a + b).square() - aa - bb};
  }
  /// 3x - 2y and 3x + 2y.
  static constexpr fp2 three_minus_two(const fp2& x, const fp2& y) noexcept {
    return (x - y).doubled() + x;
  }
  static constexpr fp2 three_plus_two(const fp2& x, const fp2& y) noexcept {
    return (x + y).doubled() + x;
  }
};

}  // namespace ashlar::crypto
