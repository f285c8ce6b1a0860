#include "runtime/crypto/bls12_381_curve.hpp"

#include "runtime/crypto/mont_pairing.hpp"

namespace ashlar::crypto::bls12_381 {

namespace {

constexpr std::array<signed char, 64> bits_of(u64 value) noexcept {
  std::array<signed char, 64> out{};
  for (unsigned i = 0; i < 64; ++i) out[i] = static_cast<signed char>((value >> i) & 1);
  return out;
}

struct ate {
  using fp = bls12_381::fp;
  using fp2 = bls12_381::fp2;
  using fp12 = bls12_381::fp12;
  static constexpr twist_kind twist = twist_kind::multiplied;
  static constexpr std::array<signed char, 64> loop_digits = bits_of(parameter);
};

/// f^x for f of the cyclotomic subgroup; x is negative.
fp12 to_parameter(const fp12& f) noexcept {
  fp12 out = f;
  for (unsigned i = 63; i-- > 0;) {
    out = out.cyclotomic_square();
    if ((parameter >> i) & 1) out = out * f;
  }
  return out.conjugate();
}

/// f^(3 (p^12 - 1) / r): 3 (p^4 - p^2 + 1) / r = (x - 1)^2 (x + p) (x^2 + p^2 - 1) + 3
/// (Hayashida, Hayasaka, Teruya, eprint 2020/875).
fp12 final_exponentiation(const fp12& f) noexcept {
  fp12 g = f.conjugate() * f.inverse();
  g = g.frobenius().frobenius() * g;
  fp12 a = to_parameter(g) * g.conjugate();
  a = to_parameter(a) * a.conjugate();
  a = to_parameter(a) * a.frobenius();
  a = to_parameter(to_parameter(a)) * a.frobenius().frobenius() * a.conjugate();
  return a * g.cyclotomic_square() * g;
}

fp12 reduced_product(std::span<const std::pair<g1_affine, g2_affine>> pairs) {
  miller_loop<ate> loop(pairs.size());
  for (const auto& [p, q] : pairs) loop.add_pair(p, q);
  return final_exponentiation(loop.product_of_loop().conjugate());  // x is negative
}

}  // namespace

bool in_g1(const g1_jacobian& p) noexcept {
  return (p.times(parameter).times(parameter) + endomorphism(p)).is_infinity();
}

bool in_g2(const g2_jacobian& q) noexcept {
  return (q.times(parameter) + psi(q)).is_infinity();
}

g1_jacobian multi_scalar(std::span<const g1_term> terms) {
  // k = k0 + k1 x^2, and [x^2]P = -phi(P).
  const u256 base = u256{parameter} * u256{parameter};
  std::vector<g1_term> split;
  split.reserve(2 * terms.size());
  for (const g1_term& t : terms) {
    const u256_division k = divide(t.scalar % group_order, base);
    split.push_back({t.point, k.remainder, t.negative});
    if (!k.quotient.is_zero()) split.push_back({endomorphism(t.point), k.quotient, !t.negative});
  }
  return multi_scalar_sum<fp>(split);
}

g2_jacobian multi_scalar(std::span<const g2_term> terms) {
  // k = k0 + k1 |x| + k2 |x|^2 + k3 |x|^3, and [|x|]Q = -psi(Q).
  std::vector<g2_term> split;
  split.reserve(4 * terms.size());
  for (const g2_term& t : terms) {
    g2_term part = t;
    u256 rest = t.scalar % group_order;
    while (!rest.is_zero()) {
      const u256_division k = divide(rest, u256{parameter});
      part.scalar = k.remainder;
      split.push_back(part);
      rest = k.quotient;
      part.point = psi(part.point);
      part.negative = !part.negative;
    }
  }
  return multi_scalar_sum<fp2>(split);
}

fp12 pairing(const g1_affine& p, const g2_affine& q) {
  const std::pair<g1_affine, g2_affine> one_pair{p, q};
  return reduced_product({&one_pair, 1});
}

bool pairing_product_is_one(std::span<const std::pair<g1_affine, g2_affine>> pairs) {
  return reduced_product(pairs).is_one();
}

}  // namespace ashlar::crypto::bls12_381
