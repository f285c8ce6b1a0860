#pragma once

#include "runtime/crypto/mont_curve.hpp"
#include "runtime/crypto/mont_tower.hpp"

/// BLS12-381: y^2 = x^3 + 4 over Fp, with the BLS parameter x = -0xd201000000010000;
/// r = x^4 - x^2 + 1, p = (x - 1)^2 r / 3 + x. G2 lies on the twist y^2 = x^3 + 4(1 + u).
namespace ashlar::crypto::bls12_381 {

struct fp_params {
  static constexpr std::array<u64, 6> modulus = {0xb9feffffffffaaab, 0x1eabfffeb153ffff,
                                                 0x6730d2a0f6b0f624, 0x64774b84f38512bf,
                                                 0x4b1ba7b6434bacd7, 0x1a0111ea397fe69a};
};
struct fr_params {
  static constexpr std::array<u64, 4> modulus = {0xffffffff00000001, 0x53bda402fffe5bfe,
                                                 0x3339d80809a1d805, 0x73eda753299d7d48};
};
using fp = mont_field<fp_params>;
using fr = mont_field<fr_params>;
using fp2 = field2<fp>;

/// The order r of G1 and G2.
inline constexpr u256 group_order{0x73eda753299d7d48, 0x3339d80809a1d805, 0x53bda402fffe5bfe,
                                  0xffffffff00000001};
/// |x|.
inline constexpr u64 parameter = 0xd201000000010000;

struct tower {
  using fp2 = bls12_381::fp2;
  /// xi = 1 + u.
  static constexpr fp2 mul_xi(const fp2& a) noexcept { return {a.c0 - a.c1, a.c0 + a.c1}; }
  /// xi^(i (p-1)/6).
  static constexpr std::array<fp2, 6> gamma = {
      fp2::one(),
      fp2::from_integers({0x8d0775ed92235fb8, 0xf67ea53d63e7813d, 0x7b2443d784bab9c4,
                          0x0fd603fd3cbd5f4f, 0xc231beb4202c0d1f, 0x1904d3bf02bb0667},
                         {0x2cf78a126ddc4af3, 0x282d5ac14d6c7ec2, 0xec0c8ec971f63c5f,
                          0x54a14787b6c7b36f, 0x88e9e902231f9fb8, 0x00fc3e2b36c4e032}),
      fp2::from_integers({0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
                          0x0000000000000000, 0x0000000000000000, 0x0000000000000000},
                         {0x8bfd00000000aaac, 0x409427eb4f49fffd, 0x897d29650fb85f9b,
                          0xaa0d857d89759ad4, 0xec02408663d4de85, 0x1a0111ea397fe699}),
      fp2::from_integers({0xc81084fbede3cc09, 0xee67992f72ec05f4, 0x77f76e17009241c5,
                          0x48395dabc2d3435e, 0x6831e36d6bd17ffe, 0x06af0e0437ff400b},
                         {0xc81084fbede3cc09, 0xee67992f72ec05f4, 0x77f76e17009241c5,
                          0x48395dabc2d3435e, 0x6831e36d6bd17ffe, 0x06af0e0437ff400b}),
      fp2::from_integers({0x8bfd00000000aaad, 0x409427eb4f49fffd, 0x897d29650fb85f9b,
                          0xaa0d857d89759ad4, 0xec02408663d4de85, 0x1a0111ea397fe699},
                         {0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
                          0x0000000000000000, 0x0000000000000000, 0x0000000000000000}),
      fp2::from_integers({0x9b18fae980078116, 0xc63a3e6e257f8732, 0x8beadf4d8e9c0566,
                          0xf39816240c0b8fee, 0xdf47fa6b48b1e045, 0x05b2cfd9013a5fd8},
                         {0x1ee605167ff82995, 0x5871c1908bd478cd, 0xdb45f3536814f0bd,
                          0x70df3560e77982d0, 0x6bd3ad4afa99cc91, 0x144e4211384586c1})};
};
using fp12 = field12<tower>;

using g1_affine = affine_point<fp>;
using g1_jacobian = jacobian_point<fp>;
using g2_affine = affine_point<fp2>;
using g2_jacobian = jacobian_point<fp2>;
using g1_term = scaled_point<fp>;
using g2_term = scaled_point<fp2>;

inline constexpr fp g1_b = fp::from_u64(4);
inline constexpr fp2 g2_b{fp::from_u64(4), fp::from_u64(4)};

inline constexpr g1_affine g1_generator{
    fp::from_integer({0xfb3af00adb22c6bb, 0x6c55e83ff97a1aef, 0xa14e3a3f171bac58,
                      0xc3688c4f9774b905, 0x2695638c4fa9ac0f, 0x17f1d3a73197d794}),
    fp::from_integer({0x0caa232946c5e7e1, 0xd03cc744a2888ae4, 0x00db18cb2c04b3ed,
                      0xfcf5e095d5d00af6, 0xa09e30ed741d8ae4, 0x08b3f481e3aaa0f1}),
    false};
inline constexpr g2_affine g2_generator{
    fp2::from_integers({0xd48056c8c121bdb8, 0x0bac0326a805bbef, 0xb4510b647ae3d177,
                        0xc6e47ad4fa403b02, 0x260805272dc51051, 0x024aa2b2f08f0a91},
                       {0xe5ac7d055d042b7e, 0x334cf11213945d57, 0xb5da61bbdc7f5049,
                        0x596bd0d09920b61a, 0x7dacd3a088274f65, 0x13e02b6052719f60}),
    fp2::from_integers({0xe193548608b82801, 0x923ac9cc3baca289, 0x6d429a695160d12c,
                        0xadfd9baa8cbdd3a7, 0x8cc9cdc6da2e351a, 0x0ce5d527727d6e11},
                       {0xaaa9075ff05f79be, 0x3f370d275cec1da1, 0x267492ab572e99ab,
                        0xcb3e287e85a763af, 0x32acd2b02bc28b99, 0x0606c4a02ea734cc}),
    false};

/// (x, y) -> (beta x, y) multiplies G1 by -x^2.
inline constexpr fp endomorphism_beta =
    fp::from_integer({0x2e01fffffffefffe, 0xde17d813620a0002, 0xddb3a93be6f89688,
                      0xba69c6076a0f77ea, 0x5f19672fdf76ce51, 0x0000000000000000});
template <class Point>
constexpr Point endomorphism(const Point& p) noexcept {
  Point out = p;
  out.x = p.x * endomorphism_beta;
  return out;
}

/// xi^(-(p-1)/3) and xi^(-(p-1)/2).
inline constexpr fp2 psi_x =
    fp2::from_integers({0x0000000000000000, 0x0000000000000000, 0x0000000000000000,
                        0x0000000000000000, 0x0000000000000000, 0x0000000000000000},
                       {0x8bfd00000000aaad, 0x409427eb4f49fffd, 0x897d29650fb85f9b,
                        0xaa0d857d89759ad4, 0xec02408663d4de85, 0x1a0111ea397fe699});
inline constexpr fp2 psi_y =
    fp2::from_integers({0xf1ee7b04121bdea2, 0x304466cf3e67fa0a, 0xef396489f61eb45e,
                        0x1c3dedd930b1cf60, 0xe2e9c448d77a2cd9, 0x135203e60180a68e},
                       {0xc81084fbede3cc09, 0xee67992f72ec05f4, 0x77f76e17009241c5,
                        0x48395dabc2d3435e, 0x6831e36d6bd17ffe, 0x06af0e0437ff400b});

/// The Frobenius endomorphism of E carried to the twist; multiplies G2 by the BLS parameter.
template <class Point>
constexpr Point psi(const Point& q) noexcept {
  Point out = q;
  out.x = q.x.conjugate() * psi_x;
  out.y = q.y.conjugate() * psi_y;
  if constexpr (requires { out.z; }) out.z = q.z.conjugate();
  return out;
}

/// True where p, a point of the curve, has order dividing r: phi(p) = [-x^2]p, an endomorphism
/// whose norm is r itself (Scott, eprint 2021/1130).
bool in_g1(const g1_jacobian& p) noexcept;
/// Likewise for a point of the twist: psi(q) = [x]q (the same paper).
bool in_g2(const g2_jacobian& q) noexcept;

/// The sum of scalar * point over pairs; any scalars below 2^256. Points must be of the subgroup:
/// scalars are split along the endomorphisms, in two for G1 and in four for G2.
g1_jacobian multi_scalar(std::span<const g1_term> terms);
g2_jacobian multi_scalar(std::span<const g2_term> terms);

/// e(p, q)^3; one if either is infinity. Points must be of the right subgroups.
fp12 pairing(const g1_affine& p, const g2_affine& q);

/// True where the product of all pairings is one.
bool pairing_product_is_one(std::span<const std::pair<g1_affine, g2_affine>> pairs);

}  // namespace ashlar::crypto::bls12_381
