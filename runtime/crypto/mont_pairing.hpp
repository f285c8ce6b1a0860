#pragma once

#include "runtime/crypto/mont_curve.hpp"
#include "runtime/crypto/mont_tower.hpp"

namespace ashlar::crypto {

/// Which sextic twist carries G2: b/xi (points untwist by (x w^2, y w^3)) or b*xi (by the inverse).
enum class twist_kind { divided, multiplied };

/// The optimal ate Miller loop for any number of pairs with one accumulator. `Curve` names `fp`,
/// `fp2`, `fp12` (of its tower), `twist`, `loop_digits` (signed digits, least significant first,
/// the highest one being 1), and `psi` (the Frobenius of E carried over to the twist).
///
/// A line through points of the twist, evaluated at P = (x, y) of G1, is a*y - b*x + c with
/// a, b, c in Fp2, up to factors in proper subfields and powers of w, which the final
/// exponentiation removes. With slope r/z that is a = z, b = r, c = r x_T - z y_T.
template <class Curve>
class miller_loop {
 public:
  using fp = typename Curve::fp;
  using fp2 = typename Curve::fp2;
  using fp12 = typename Curve::fp12;
  using g1 = affine_point<fp>;
  using g2 = affine_point<fp2>;

  /// `pairs_max`: of those added. One block of memory, given back in order: the proof's heap takes
  /// back nothing but its last block.
  explicit miller_loop(std::size_t pairs_max) { pairs_.reserve(pairs_max); }

  /// Points of the right subgroups; a pair with an infinity contributes the factor one.
  void add_pair(const g1& p, const g2& q) {
    if (p.infinity || q.infinity) return;
    pairs_.push_back({p.x, p.y, q, q});
  }

  /// The product of f_{s,Q}(P) over all pairs, s being the number of `loop_digits`.
  fp12 product_of_loop() {
    fp12 f = fp12::one();
    if (pairs_.empty()) return f;
    constexpr auto& digits = Curve::loop_digits;
    for (std::size_t i = digits.size() - 1; i-- > 0;) {
      if (i + 2 < digits.size()) f = f.square();
      for (pair& s : pairs_) double_step(s, f);
      if (digits[i] == 0) continue;
      for (pair& s : pairs_) add_step(s, digits[i] > 0 ? s.q : -s.q, f);
    }
    return f;
  }
  /// The two further lines of BN curves: through psi(Q) and -psi^2(Q).
  void add_frobenius_lines(fp12& f) {
    for (pair& s : pairs_) {
      const g2 q1 = Curve::psi(s.q);
      add_step(s, q1, f);
      add_step(s, -Curve::psi(q1), f);
    }
  }

 private:
  struct pair {
    fp px, py;
    g2 q;
    jacobian_point<fp2> t;
  };

  static void multiply_line(fp12& f, const pair& s, const fp2& a, const fp2& b, const fp2& c) {
    const fp2 ay = a * s.py, bx = -(b * s.px);
    if constexpr (Curve::twist == twist_kind::divided)
      f = f.times_034(ay, bx, c);
    else
      f = f.times_014(c, bx, ay);
  }

  /// T := 2T; the tangent has slope 3X^2 / (2YZ), so a = 2YZ^3, b = 3X^2 Z^2, c = 3X^3 - 2Y^2.
  static void double_step(pair& s, fp12& f) {
    auto& [x, y, z] = s.t;
    const fp2 xx = x.square(), yy = y.square(), yyyy = yy.square(), zz = z.square();
    const fp2 e = xx.doubled() + xx;
    const fp2 d = ((x + yy).square() - xx - yyyy).doubled();
    const fp2 z3 = (y + z).square() - yy - zz;
    multiply_line(f, s, z3 * zz, e * zz, e * x - yy.doubled());
    x = e.square() - d.doubled();
    y = e * (d - x) - yyyy.doubled().doubled().doubled();
    z = z3;
  }

  /// T := T + Q for affine Q. In the subgroup of order r, T = +-Q cannot occur inside the loop:
  /// the multiples of Q stay below r in absolute value and above one.
  static void add_step(pair& s, const g2& q, fp12& f) {
    auto& [x, y, z] = s.t;
    const fp2 zz = z.square();
    const fp2 h = q.x * zz - x, r = q.y * zz * z - y;
    const fp2 z3 = h * z;
    multiply_line(f, s, z3, r, r * q.x - z3 * q.y);
    const fp2 hh = h.square(), hhh = hh * h, v = x * hh;
    x = r.square() - hhh - v.doubled();
    y = r * (v - x) - y * hhh;
    z = z3;
  }

  std::vector<pair> pairs_;
};

}  // namespace ashlar::crypto
