#include "runtime/crypto/secp256k1.hpp"
#include "runtime/crypto/secp256k1_points.hpp"
#include "runtime/crypto/secp256k1_table.hpp"

namespace ashlar::crypto {

namespace {

using namespace secp;

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

// 1 / a modulo the group's order. a is not zero.
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
  return address_of_key(key.x, key.y[0]);
}

}  // namespace ashlar::crypto
