#include "runtime/crypto/bls12_381_map.hpp"

#include "runtime/crypto/bls12_381_isogeny.hpp"

namespace ashlar::crypto::bls12_381 {

namespace {

/// RFC 9380 section 4.1, sgn0: the parity of the first coordinate that is not zero.
bool sign_of(const fp& a) noexcept {
  return (a.to_integer()[0] & 1) != 0;
}
bool sign_of(const fp2& a) noexcept {
  return a.c0.is_zero() ? sign_of(a.c1) : sign_of(a.c0);
}

/// RFC 9380 section 6.6.2 on y^2 = x^3 + a x + b.
template <class F>
affine_point<F> simplified_swu(const F& u, const F& a, const F& b, const F& z) noexcept {
  const F zu2 = z * u.square();
  const F denominator = zu2.square() + zu2;
  const F x1 = denominator.is_zero() ? b * (z * a).inverse()
                                     : -b * (denominator + F::one()) * (a * denominator).inverse();
  const auto right_side = [&](const F& x) { return (x.square() + a) * x + b; };
  affine_point<F> out{x1, {}, false};
  auto y = right_side(x1).sqrt();
  if (!y) {
    out.x = zu2 * x1;
    y = right_side(out.x).sqrt();
    ensure(y.has_value());  // of the two values one is a square, whatever u is
  }
  out.y = sign_of(u) == sign_of(*y) ? *y : -*y;
  return out;
}

template <class F, std::size_t N>
F polynomial(const std::array<F, N>& coefficients, const F& x) noexcept {
  F sum = coefficients[N - 1];
  for (std::size_t i = N - 1; i-- > 0;) sum = sum * x + coefficients[i];
  return sum;
}

/// (x_numerator / x_denominator, y * y_numerator / y_denominator) with the product of the two
/// denominators for Z; a zero of it is the kernel, which maps to infinity.
template <class F>
jacobian_point<F> rational_map(const F& y, const F& x_numerator, const F& x_denominator,
                               const F& y_numerator, const F& y_denominator) noexcept {
  const F yd2 = y_denominator.square();
  return {x_numerator * x_denominator * yd2,
          y * y_numerator * yd2 * x_denominator.square() * x_denominator,
          x_denominator * y_denominator};
}

}  // namespace

g1_jacobian map_to_g1(const fp& u) noexcept {
  const auto q = simplified_swu(u, iso::g1_a, iso::g1_b, iso::g1_z);
  const g1_jacobian p = rational_map(
      q.y, polynomial(iso::g1_x_numerator, q.x), polynomial(iso::g1_x_denominator, q.x),
      polynomial(iso::g1_y_numerator, q.x), polynomial(iso::g1_y_denominator, q.x));
  return p.times(parameter) + p;  // h_eff = 1 - x
}

g2_jacobian map_to_g2(const fp2& u) noexcept {
  const auto q = simplified_swu(u, iso::g2_a, iso::g2_b, iso::g2_z);
  const g2_jacobian p = rational_map(
      q.y, polynomial(iso::g2_x_numerator, q.x), polynomial(iso::g2_x_denominator, q.x),
      polynomial(iso::g2_y_numerator, q.x), polynomial(iso::g2_y_denominator, q.x));
  // [x^2 - x - 1]P + [x - 1]psi(P) + psi^2(2P) (Budroni and Pintore, eprint 2017/419), which is
  // multiplication by RFC 9380's h_eff.
  const g2_jacobian xp = -p.times(parameter);
  const g2_jacobian head = -(xp + -p).times(parameter) + -p;
  return head + psi(xp + -p) + psi(psi(p.doubled()));
}

}  // namespace ashlar::crypto::bls12_381
