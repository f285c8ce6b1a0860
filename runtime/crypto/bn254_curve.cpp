#include "runtime/crypto/bn254_curve.hpp"

#include "runtime/crypto/mont_pairing.hpp"

namespace ashlar::crypto::bn254 {

namespace {

struct ate {
  using fp = bn254::fp;
  using fp2 = bn254::fp2;
  using fp12 = bn254::fp12;
  static constexpr twist_kind twist = twist_kind::divided;
  /// 6t + 2 in non-adjacent form.
  static constexpr std::array<signed char, 66> loop_digits = {
      0,  0, 0, 1,  0, 1, 0, -1, 0,  0, -1, 0,  0, 0,  1, 0, 0, -1, 0, -1, 0, 0,
      0,  1, 0, -1, 0, 0, 0, 0,  -1, 0, 0,  1,  0, -1, 0, 0, 1, 0,  0, 0,  0, 0,
      -1, 0, 0, -1, 0, 1, 0, -1, 0,  0, 0,  -1, 0, -1, 0, 0, 0, 1,  0, -1, 0, 1};
  static g2_affine psi(const g2_affine& q) noexcept { return bn254::psi(q); }
};

/// t in non-adjacent form.
constexpr std::array<signed char, 63> parameter_digits = {
    1,  0, 0, 0, -1, 0,  0, 0, 0, 1, 0, 1,  0, 0, 0, 0,  1, 0,  0, 1,  0,
    -1, 0, 1, 0, 1,  0,  1, 0, 0, 1, 0, 0,  0, 1, 0, -1, 0, -1, 0, -1, 0,
    1,  0, 1, 0, 0,  -1, 0, 1, 0, 1, 0, -1, 0, 0, 1, 0,  1, 0,  0, 0,  1};

/// f^t for f of the cyclotomic subgroup.
fp12 to_parameter(const fp12& f) noexcept {
  const fp12 inverse = f.conjugate();
  fp12 out = f;
  for (std::size_t i = parameter_digits.size() - 1; i-- > 0;) {
    out = out.cyclotomic_square();
    if (parameter_digits[i] != 0) out = out * (parameter_digits[i] > 0 ? f : inverse);
  }
  return out;
}

/// f^(c (p^12 - 1) / r) with c = 2t(6t^2 + 3t + 1), prime to r. The hard part is Fuentes-Castaneda,
/// Knapp, Rodriguez-Henriquez, "Faster hashing to G2" (SAC 2011), section 5: in base p its digits
/// are 1 + 6t + 12t^2 + 12t^3, 4t + 6t^2 + 12t^3, 6t + 6t^2 + 12t^3, -1 + 4t + 6t^2 + 12t^3.
fp12 final_exponentiation(const fp12& f) noexcept {
  fp12 g = f.conjugate() * f.inverse();
  g = g.frobenius().frobenius() * g;
  const fp12 f2 = to_parameter(g).cyclotomic_square();
  const fp12 f6 = f2.cyclotomic_square() * f2;
  const fp12 ff6 = to_parameter(f6);
  const fp12 fff12 = to_parameter(ff6.cyclotomic_square());
  const fp12 a = fff12 * ff6 * f6;
  const fp12 b = a * f2.conjugate();
  const fp12 high = (b * g.conjugate()).frobenius() * a;
  return ((high.frobenius()) * b).frobenius() * (a * ff6 * g);
}

fp12 reduced_product(std::span<const std::pair<g1_affine, g2_affine>> pairs) {
  miller_loop<ate> loop(pairs.size());
  for (const auto& [p, q] : pairs) loop.add_pair(p, q);
  fp12 f = loop.product_of_loop();
  loop.add_frobenius_lines(f);
  return final_exponentiation(f);
}

}  // namespace

g1_jacobian g1_times(const g1_affine& p, const u256& scalar) {
  const split_scalar k = split_by_endomorphism(scalar % group_order, endomorphism_basis);
  const g1_affine image{p.x * endomorphism_beta, p.y, p.infinity};
  const std::array<scaled_point<fp>, 2> terms = {
      {{p, k.k[0], k.negative[0]}, {image, k.k[1], k.negative[1]}}};
  return straus_sum<fp>(terms);
}

bool in_g2(const g2_jacobian& q) noexcept {
  const g2_jacobian tq = q.times(parameter);
  const g2_jacobian psi_tq = psi(tq);
  return tq + q + psi_tq + psi(psi_tq) == psi(psi(psi_tq)).doubled();
}

fp12 pairing(const g1_affine& p, const g2_affine& q) {
  const std::pair<g1_affine, g2_affine> one_pair{p, q};
  return reduced_product({&one_pair, 1});
}

bool pairing_product_is_one(std::span<const std::pair<g1_affine, g2_affine>> pairs) {
  return reduced_product(pairs).is_one();
}

}  // namespace ashlar::crypto::bn254
