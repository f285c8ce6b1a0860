#include "runtime/crypto/p256.hpp"

#include "runtime/crypto/p256_table.hpp"

namespace ashlar::crypto {

namespace {

// NIST SP 800-186, 3.2.1.3.
constexpr modulus256 prime{{0xffffffffffffffff, 0x00000000ffffffff, 0, 0xffffffff00000001},
                           {3, 0xfffffffeffffffff, 0xfffffffefffffffe, 0x00000000ffffffff}};
constexpr modulus256 order{
    {0xf3b9cac2fc632551, 0xbce6faada7179e84, 0xffffffffffffffff, 0xffffffff00000000},
    {0x012ffd85eedf9bfe, 0x43190552df1a6c21, 0xfffffffeffffffff, 0x00000000ffffffff}};
constexpr u256 curve_b{0x5ac635d8aa3a93e7, 0xb3ebbd55769886bc, 0x651d06b0cc53b0f6,
                       0x3bce3c3e27d2604b};

using field = ring256<prime>;
using scalars = ring256<order>;
using group = weierstrass<field, true>;

constexpr int point_multiples = 8;  // digits of width 5 for the key, 6 for the table of G

jacobian_point combination(const u256& u1, const u256& u2, const affine_point& q) {
  const signed_digits g_digits(u1, 6), q_digits(u2, 5);
  jacobian_point multiple[point_multiples];
  group::odd_multiples(group::from(q), multiple, point_multiples);
  const int top = g_digits.length > q_digits.length ? g_digits.length : q_digits.length;
  jacobian_point sum = group::infinity();
  for (int i = top - 1; i >= 0; --i) {
    if (!sum.is_infinity()) sum = group::doubled(sum);
    sum = group::add_digit(sum, g_digits.digit[i], p256_g, false);
    sum = group::add_digit(sum, q_digits.digit[i], multiple, false);
  }
  return sum;
}

}  // namespace

bool p256_verify(const hash256& digest, const u256& r, const u256& s, const u256& qx,
                 const u256& qy) noexcept {
  if (r.is_zero() || s.is_zero() || r >= scalars::modulus() || s >= scalars::modulus())
    return false;
  if (qx >= field::modulus() || qy >= field::modulus()) return false;
  // (0, 0) is not on the curve, since b is not 0.
  if (!group::on_curve({qx, qy}, curve_b)) return false;

  const u256 e = scalars::reduced(u256::from_be(digest));
  const u256 s_inverse = scalars::inverse(s);
  const jacobian_point sum =
      combination(scalars::mul(e, s_inverse), scalars::mul(r, s_inverse), {qx, qy});
  if (sum.is_infinity()) return false;
  // x modulo the order is r when x = r or x = r + n: compared as X = x Z^2, without an inversion.
  const u256 zz = field::square(sum.z);
  if (field::mul(r, zz) == sum.x) return true;
  return r < field::modulus() - scalars::modulus() &&
         field::mul(r + scalars::modulus(), zz) == sum.x;
}

}  // namespace ashlar::crypto
