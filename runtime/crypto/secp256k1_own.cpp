#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/crypto/secp256k1_table.hpp"

namespace ashlar::crypto {

namespace {

constexpr modulus256 prime{
    {0xfffffffefffffc2f, 0xffffffffffffffff, 0xffffffffffffffff, 0xffffffffffffffff},
    {0x00000001000003d1, 0, 0, 0}};
constexpr modulus256 order{
    {0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff},
    {0x402da1732fc9bec0, 0x4551231950b75fc4, 1, 0}};

using field = ring256<prime>;
using scalars = ring256<order>;
using group = weierstrass<field, false>;

// The endomorphism (x, y) -> (beta x, y) is multiplication by lambda (Gallant, Lambert, Vanstone:
// Faster Point Multiplication on Elliptic Curves with Efficient Endomorphisms, 2001).
constexpr u256 beta{0x7ae96a2b657c0710, 0x6e64479eac3434e9, 0x9cf0497512f58995, 0xc1396c28719501ee};
constexpr u256 minus_lambda{0xac9c52b33fa3cf1f, 0x5ad9e3fd77ed9ba4, 0xa880b9fc8ec739c2,
                            0xe0cfc810b51283cf};
// The short lattice basis (a1, b1), (a2, b2) of { (x, y) : x + y lambda = 0 }: what the split needs
// of it, and round(2^384 b2 / n), round(2^384 (-b1) / n).
constexpr u256 minus_b1{0, 0, 0xe4437ed6010e8828, 0x6f547fa90abfe4c3};
constexpr u256 minus_b2{0xffffffffffffffff, 0xfffffffffffffffe, 0x8a280ac50774346d,
                        0xd765cda83db1562c};
constexpr u256 b2_scaled{0x3086d221a7d46bcd, 0xe86c90e49284eb15, 0x3daa8a1471e8ca7f,
                         0xe893209a45dbb031};
constexpr u256 minus_b1_scaled{0xe4437ed6010e8828, 0x6f547fa90abfe4c4, 0x221208ac9df506c6,
                               0x1571b4ae8ac47f71};

// round(a b / 2^384): 128 bits.
u256 high_product(const u256& a, const u256& b) {
  u64 t[8] = {};
  for (int i = 0; i < 4; ++i) {
    u64 carry = 0;
    for (int j = 0; j < 4; ++j) {
      const u64_pair p = mul_wide(a.limb[i], b.limb[j]);
      u64 c1 = 0, c2 = 0;
      t[i + j] = add_carry(add_carry(t[i + j], p.low, c1), carry, c2);
      carry = p.high + c1 + c2;
    }
    t[i + 4] = carry;
  }
  return u256{0, 0, t[7], t[6]} + (t[5] >> 63);
}

// A scalar of at most 128 bits with its sign.
struct half_scalar {
  u256 size;
  bool negative;
};

half_scalar signed_half(const u256& k) {
  if (k > secp256k1_half_order) return {secp256k1_order - k, true};
  return {k, false};
}

// k = first + second lambda modulo the order, each of at most 128 bits.
void split(const u256& k, half_scalar& first, half_scalar& second) {
  const u256 c1 = high_product(k, b2_scaled), c2 = high_product(k, minus_b1_scaled);
  const u256 k2 = scalars::mul_add(c1, minus_b1, scalars::mul(c2, minus_b2));
  second = signed_half(k2);
  first = signed_half(scalars::mul_add(k2, minus_lambda, k));
}

constexpr int point_multiples = 8;  // digits of width 5 for R, 6 for the tables of G

// u1 G + u2 R by four digit strings of 128 bits over one run of doublings: G and 2^128 G by table,
// R and lambda R by multiples made here.
jacobian_point combination(const u256& u1, const u256& u2, const affine_point& r) {
  half_scalar first, second;
  split(u2, first, second);
  const signed_digits g_low(u256{0, 0, u1.limb[1], u1.limb[0]}, 6), g_high(u1 >> 128, 6);
  const signed_digits r_first(first.size, 5), r_second(second.size, 5);

  jacobian_point multiple[point_multiples], turned[point_multiples];
  group::odd_multiples(group::from(r), multiple, point_multiples);
  for (int i = 0; i < point_multiples; ++i)
    turned[i] = {field::mul(multiple[i].x, beta), multiple[i].y, multiple[i].z};

  int top = g_low.length;
  for (const auto* digits : {&g_high, &r_first, &r_second})
    if (digits->length > top) top = digits->length;
  jacobian_point sum = group::infinity();
  for (int i = top - 1; i >= 0; --i) {
    if (!sum.is_infinity()) sum = group::doubled(sum);
    sum = group::add_digit(sum, g_low.digit[i], secp256k1_g, false);
    sum = group::add_digit(sum, g_high.digit[i], secp256k1_g128, false);
    sum = group::add_digit(sum, r_first.digit[i], multiple, first.negative);
    sum = group::add_digit(sum, r_second.digit[i], turned, second.negative);
  }
  return sum;
}

// The point with this x and oddness of y, where there is one. p is 3 modulo 4, so a root of a
// square is its power (p + 1) / 4.
bool lift_x(const u256& x, bool odd, affine_point& out) {
  const u256 yy = field::mul_add(field::square(x), x, 7);
  const u256 y = field::power(yy, (field::modulus() >> 2) + 1);
  if (field::square(y) != yy) return false;
  out = {x, (y.low() & 1) == odd ? y : field::negated(y)};
  return true;
}

}  // namespace

std::optional<address> recover_own(const hash256& digest, const u256& r, const u256& s,
                                   bool y_parity) noexcept {
  if (r.is_zero() || s.is_zero() || r >= secp256k1_order || s >= secp256k1_order)
    return std::nullopt;
  affine_point nonce_point;
  if (!lift_x(r, y_parity, nonce_point)) return std::nullopt;

  const u256 e = scalars::reduced(u256::from_be(digest));
  const u256 r_inverse = scalars::inverse(r);
  const u256 u1 = scalars::negated(scalars::mul(e, r_inverse));
  const u256 u2 = scalars::mul(s, r_inverse);
  const jacobian_point q = combination(u1, u2, nonce_point);
  if (q.is_infinity()) return std::nullopt;

  const affine_point key = group::to_affine(q);
  u8 point[64];
  key.x.to_be(point);
  key.y.to_be(point + 32);
  const hash256 h = keccak256(point);
  return address::copy_of(h.data() + 12);
}

}  // namespace ashlar::crypto
