#pragma once

#include "runtime/crypto/mont_curve.hpp"
#include "runtime/crypto/mont_tower.hpp"

/// The curve alt_bn128 of EIP-196 and EIP-197: y^2 = x^3 + 3 over Fp, with the BN parameter
/// t = 4965661367192848881; p = 36t^4 + 36t^3 + 24t^2 + 6t + 1, r = 36t^4 + 36t^3 + 18t^2 + 6t + 1.
namespace ashlar::crypto::bn254 {

struct fp_params {
  static constexpr std::array<u64, 4> modulus = {0x3c208c16d87cfd47, 0x97816a916871ca8d,
                                                 0xb85045b68181585d, 0x30644e72e131a029};
};
using fp = mont_field<fp_params>;
using fp2 = field2<fp>;

/// The order of G1 and G2.
inline constexpr u256 group_order{0x30644e72e131a029, 0xb85045b68181585d, 0x2833e84879b97091,
                                  0x43e1f593f0000001};
inline constexpr u64 parameter = 4965661367192848881;

struct tower {
  using fp2 = bn254::fp2;
  /// xi = 9 + u.
  static constexpr fp2 mul_xi(const fp2& a) noexcept {
    const fp2 nine = a.doubled().doubled().doubled() + a;
    return {nine.c0 - a.c1, nine.c1 + a.c0};
  }
  /// xi^(i (p-1)/6).
  static constexpr std::array<fp2, 6> gamma = {
      fp2::one(),
      fp2::from_integers(
          {0xd60b35dadcc9e470, 0x5c521e08292f2176, 0xe8b99fdd76e68b60, 0x1284b71c2865a7df},
          {0xca5cf05f80f362ac, 0x747992778eeec7e5, 0xa6327cfe12150b8e, 0x246996f3b4fae7e6}),
      fp2::from_integers(
          {0x99e39557176f553d, 0xb78cc310c2c3330c, 0x4c0bec3cf559b143, 0x2fb347984f7911f7},
          {0x1665d51c640fcba2, 0x32ae2a1d0b7c9dce, 0x4ba4cc8bd75a0794, 0x16c9e55061ebae20}),
      fp2::from_integers(
          {0xdc54014671a0135a, 0xdbaae0eda9c95998, 0xdc5ec698b6e2f9b9, 0x063cf305489af5dc},
          {0x82d37f632623b0e3, 0x21807dc98fa25bd2, 0x0704b5a7ec796f2b, 0x07c03cbcac41049a}),
      fp2::from_integers(
          {0x848a1f55921ea762, 0xd33365f7be94ec72, 0x80f3c0b75a181e84, 0x05b54f5e64eea801},
          {0xc13b4711cd2b8126, 0x3685d2ea1bdec763, 0x9f3a80b03b0b1c92, 0x2c145edbe7fd8aee}),
      fp2::from_integers(
          {0x2ea2c810eab7692f, 0x425c459b55aa1bd3, 0xe93a3661a4353ff4, 0x0183c1e74f798649},
          {0x24c6b8ee6e0c2c4b, 0xb080cb99678e2ac0, 0xa27fb246c7729f7d, 0x12acf2ca76fd0675})};
};
using fp12 = field12<tower>;

using g1_affine = affine_point<fp>;
using g1_jacobian = jacobian_point<fp>;
using g2_affine = affine_point<fp2>;
using g2_jacobian = jacobian_point<fp2>;

inline constexpr fp g1_b = fp::from_u64(3);
/// 3 / xi.
inline constexpr fp2 g2_b = fp2::from_integers(
    {0x3267e6dc24a138e5, 0xb5b4c5e559dbefa3, 0x81be18991be06ac3, 0x2b149d40ceb8aaae},
    {0xe4a2bd0685c315d2, 0xa74fa084e52d1852, 0xcd2cafadeed8fdf4, 0x009713b03af0fed4});

/// (x, y) -> (beta x, y) multiplies by lambda, a cube root of one modulo the group order.
inline constexpr fp endomorphism_beta = fp::from_integer(
    {0xe4bd44e5607cfd48, 0xc28f069fbb966e3d, 0x5e6dd9e7e0acccb0, 0x30644e72e131a029});
inline constexpr glv_basis endomorphism_basis = {
    {{{0, 2, 0x4ccef014a773d2d2, 0x5398fd0300ff6565},
      {~0ull, ~0ull, 0x90b27db71147a603, 0x7dee441482b0eed8},
      {0, 0, 0, 0x89d3256894d213e3}},
     {{0, 0, 2, 0xd91d232ec7e0b3d7},
      {~0ull, ~0ull, ~0ull, 0x762cda976b2dec1d},
      {~0ull, ~0ull, 0x90b27db71147a602, 0xf41b1eabeddedaf5}}}};

/// The Frobenius endomorphism of E carried to the twist; multiplies G2 by p modulo the order.
template <class Point>
constexpr Point psi(const Point& q) noexcept {
  Point out = q;
  out.x = q.x.conjugate() * tower::gamma[2];
  out.y = q.y.conjugate() * tower::gamma[3];
  if constexpr (requires { out.z; }) out.z = q.z.conjugate();
  return out;
}

/// scalar * p for any scalar below 2^256.
g1_jacobian g1_times(const g1_affine& p, const u256& scalar);

/// True where q, a point of the twist, has order dividing the group order.
/// ([t+1] + psi[t] + psi^2[t] - psi^3[2t])q = 0 is equivalent, since the norm of that endomorphism
/// shares with the order of the twist the factor r alone (Dai, Lin, Zhao, Zhou, eprint 2022/348).
bool in_g2(const g2_jacobian& q) noexcept;

/// e(p, q)^k for a fixed k prime to the group order; one if either is infinity. Points must be of
/// the right subgroups.
fp12 pairing(const g1_affine& p, const g2_affine& q);

/// True where the product of all pairings is one.
bool pairing_product_is_one(std::span<const std::pair<g1_affine, g2_affine>> pairs);

}  // namespace ashlar::crypto::bn254
