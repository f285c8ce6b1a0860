#include <utility>

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/mod256_advice.hpp"
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

// Points in affine form, whose slopes are advice and checked: 8 products a doubling, 7 an addition,
// where Jacobian ones take 14 and 19 of products and sums. Every operation is one mod256_mul_add,
// in place, as copies would cost more than the arithmetic does where a chip does that.
// The constants lie together, so that one register reaches all of them.
constexpr struct {
  u256 zero = 0, one = 1, three = 3;
  u256 minus_one = u256{prime.m[3], prime.m[2], prime.m[1], prime.m[0]} - 1;
  u256 minus_two = minus_one - 1, minus_three = minus_one - 2;
} k{};

/// A number that is written before it is read: u256 would be set to zero first.
struct number {
  u64 limb[4];
};

template <class Out, class A, class B, class C>
[[gnu::always_inline]] inline void mul_add(Out& out, const A& a, const B& b, const C& c) {
  mod256_mul_add(out.limb, a.limb, b.limb, c.limb, &prime);
}

// slope = -a / b, checked. b is not zero.
[[gnu::always_inline]] inline void find_slope(number& slope, const number& a, const number& b) {
  mod256_negated_quotient_advice(slope.limb, a.limb, b.limb, prime.m);
  number rest;
  mul_add(rest, slope, b, a);
  mod256_ensure_zero(rest.limb);
}

/// A point with both of its y: y[0] its own, y[1] the negated one.
struct signed_point {
  u256 x;
  u256 y[2];
};

/// A sum of points that is kept with y of either sign: an operation on (x, y) gives the negated
/// result more cheaply than the result.
struct running_sum {
  u256 x, y;
  bool negated = false;  // the sum is (x, -y)
  bool infinite = true;

  [[gnu::always_inline]] void add_twice_itself() {
    if (infinite) return;
    number squared, slope, denominator;
    mul_add(squared, x, x, k.zero);
    mul_add(squared, squared, k.three, k.zero);
    mul_add(denominator, y, k.minus_two, k.zero);  // no point has y = 0: the group's order is odd
    find_slope(slope, squared, denominator);
    mul_add(squared, x, k.minus_three, k.zero);  // x' - x = slope^2 - 3 x
    finish(slope, squared);
  }

  void add(const signed_point& p, bool minus) {
    const u256& other = p.y[minus != negated ? 1 : 0];
    if (infinite) {
      x = p.x;
      y = p.y[minus ? 1 : 0];
      infinite = negated = false;
      return;
    }
    number run, rise, slope;
    mul_add(run, p.x, k.minus_one, x);
    mul_add(rise, y, k.minus_one, other);
    if (__builtin_expect(static_cast<u32>(run.limb[0]) == 0, 0) && is_zero(run)) {
      if (is_zero(rise))
        add_twice_itself();
      else
        infinite = true;
      return;
    }
    find_slope(slope, rise, run);
    mul_add(run, x, k.minus_three, run);  // x' - x = slope^2 - 2 x - p.x
    finish(slope, run);
  }

  signed_point point() const {
    signed_point out{x, {y, {}}};
    mul_add(out.y[1], y, k.minus_one, k.zero);
    if (negated) std::swap(out.y[0], out.y[1]);
    return out;
  }

 private:
  static bool is_zero(const number& n) {
    return (n.limb[0] | n.limb[1] | n.limb[2] | n.limb[3]) == 0;
  }
  // x' = x + (slope^2 + rest), -y' = slope (x' - x) + y
  [[gnu::always_inline]] void finish(const number& slope, number& rest) {
    mul_add(rest, slope, slope, rest);
    mul_add(x, rest, k.one, x);
    mul_add(y, slope, rest, y);
    negated = !negated;
  }
};

constexpr int point_multiples = 8;  // digits of width 5 for R, 6 for the tables of G

struct generator_table {
  signed_point of[16];
};
constexpr generator_table with_negatives(const affine_point (&from)[16]) {
  generator_table t;
  for (int i = 0; i < 16; ++i) t.of[i] = {from[i].x, {from[i].y, k.minus_one + k.one - from[i].y}};
  return t;
}
constexpr generator_table g_multiples = with_negatives(secp256k1_g),
                          g128_multiples = with_negatives(secp256k1_g128);

// u1 G + u2 R by four digit strings of 128 bits over one run of doublings: G and 2^128 G by table,
// R and lambda R by multiples made here.
running_sum combination(const u256& u1, const u256& u2, const affine_point& r) {
  half_scalar first, second;
  split(u2, first, second);
  const signed_digits g_low(u256{0, 0, u1.limb[1], u1.limb[0]}, 6), g_high(u1 >> 128, 6);
  const signed_digits r_first(first.size, 5), r_second(second.size, 5);

  signed_point multiple[point_multiples], turned[point_multiples];
  running_sum sum;
  sum.add({r.x, {r.y, {}}}, false);
  multiple[0] = sum.point();
  sum.add_twice_itself();
  const signed_point twice = sum.point();
  sum = {multiple[0].x, multiple[0].y[0], false, false};
  for (int i = 1; i < point_multiples; ++i) {
    sum.add(twice, false);
    multiple[i] = sum.point();
  }
  for (int i = 0; i < point_multiples; ++i) {
    turned[i] = multiple[i];
    mul_add(turned[i].x, multiple[i].x, beta, k.zero);
  }

  int top = g_low.length;
  for (const auto* digits : {&g_high, &r_first, &r_second})
    if (digits->length > top) top = digits->length;
  sum = {};
  const auto add_digit = [&sum](int digit, const signed_point* table, bool minus) {
    if (digit != 0) sum.add(table[(digit < 0 ? -digit : digit) / 2], (digit < 0) != minus);
  };
  for (int i = top - 1; i >= 0; --i) {
    sum.add_twice_itself();
    add_digit(g_low.digit[i], g_multiples.of, false);
    add_digit(g_high.digit[i], g128_multiples.of, false);
    add_digit(r_first.digit[i], multiple, first.negative);
    add_digit(r_second.digit[i], turned, second.negative);
  }
  return sum;
}

// The point with this x and oddness of y, where there is one. p is 3 modulo 4, so the advice is a
// root of y^2 or of -y^2: one of the two is a square, never both, so that neither answer can be
// feigned.
bool lift_x(const u256& x, bool odd, affine_point& out) {
  u256 yy, y, check;
  mul_add(yy, x, x, k.zero);
  mul_add(yy, yy, x, u256{7});
  mod256_root_advice(y.limb, yy.limb, prime.m);
  mul_add(check, y, k.one, k.zero);  // y may come as it is, above p
  y = check;
  mul_add(check, y, y, k.zero);
  if (check != yy) {
    mul_add(check, y, y, yy);
    ensure(check.is_zero());
    return false;
  }
  out = {x, (y.low() & 1) == odd ? y : field::negated(y)};
  return true;
}

// 1 / a modulo the group's order. a is not k.zero.
u256 inverse_scalar(const u256& a) {
  constexpr u256 minus = secp256k1_order - 1;
  u256 out, rest;
  mod256_negated_quotient_advice(out.limb, minus.limb, a.limb, order.m);
  mod256_mul_add(rest.limb, out.limb, a.limb, minus.limb, &order);
  ensure(rest.is_zero());
  mod256_mul_add(out.limb, out.limb, k.one.limb, k.zero.limb, &order);
  return out;
}

}  // namespace

std::optional<address> recover_own(const hash256& digest, const u256& r, const u256& s,
                                   bool y_parity) noexcept {
  if (r.is_zero() || s.is_zero() || r >= secp256k1_order || s >= secp256k1_order)
    return std::nullopt;
  affine_point nonce_point;
  if (!lift_x(r, y_parity, nonce_point)) return std::nullopt;

  const u256 e = scalars::reduced(u256::from_be(digest));
  const u256 r_inverse = inverse_scalar(r);
  const u256 u1 = scalars::negated(scalars::mul(e, r_inverse));
  const u256 u2 = scalars::mul(s, r_inverse);
  const running_sum q = combination(u1, u2, nonce_point);
  if (q.infinite) return std::nullopt;

  const signed_point key = q.point();
  u8 point[64];
  key.x.to_be(point);
  key.y[0].to_be(point + 32);
  const hash256 h = keccak256(point);
  return address::copy_of(h.data() + 12);
}

}  // namespace ashlar::crypto
