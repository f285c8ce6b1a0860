#pragma once

#include "runtime/crypto/secp256k1_field_avx512.hpp"
#include "runtime/crypto/secp256k1_lanes.hpp"

// Eight points of secp256k1 at once, one a lane. The formulas are those of y^2 = x^3 + b, and the
// same for every b: tables are made on the curve that the first point's denominator gives, where
// they are affine, as (x, y) -> (x / Z^2, y / Z^3) is a map between two such curves.
//
// An addition of equal or opposite points gives Z = 0, and a point with Z = 0 has Z = 0 in
// everything made of it: the denominator of a sum is a product of that of its first term. No point
// has y = 0, as the order of the group is odd, so a doubling gives no Z = 0 by itself. Hence a sum
// with Z other than zero was never exceptional and is right, and no other care is needed here.

namespace ashlar::crypto {

namespace {

struct affine8 {
  field8 x, y;
};

/// (x / z^2, y / z^3).
struct jacobian8 {
  field8 x, y, z;
};

/// p := 2 p. With M = 3 X^2 and T = 2 X Y^2: X' = M^2 - 4 T, Y' = M (2 T - X') - 8 Y^4, Z' = 2 Y Z.
[[gnu::noinline]] inline void add_twice_itself(jacobian8& p) {
  const field8 m = square<3>(p.x), yy2 = square<2>(p.y);
  p.z = mul<2>(p.y, p.z);
  const field8 t = mul(p.x, yy2), y4 = square(yy2);
  p.x = square_add(m, negated<4>(t));
  p.y = mul_add(m, carried(add(add(t, t), negated(p.x))), negated<2>(y4));
}

/// p := p + q, or p - q in the lanes of `minus`. z = c p.z, where the map to p's curve takes q to
/// (c^2 x, c^3 y). With U = q.x z^2, S = q.y z^3, H = U - X, W = S - Y, V = X H^2:
/// X' = W^2 - H^3 - 2 V, Y' = W (V - X') - Y H^3, Z' = Z H.
[[gnu::noinline]] inline void add_point(jacobian8& p, const field8& z, const affine8& q,
                                        __mmask8 minus) {
  const field8 zz = square(z), zzz = mul(zz, z);
  const field8 u = mul(q.x, zz), s = mul(q.y, zzz);
  const factor8 h = carried(add(u, negated(p.x)));
  const factor8 w = carried(add(negated_where(minus, s), negated(p.y)));
  const field8 hh = square(h);
  p.z = mul(p.z, h);
  const field8 v = mul(p.x, hh), hhh = mul(hh, h);
  p.x = square_add(w, add(negated(hhh), negated<2>(v)));
  p.y = mul_add(w, carried(add(v, negated(p.x))), negated(mul(p.y, hhh)));
}

/// Rows of eight words, one a lane, to columns. Its own inverse.
[[gnu::always_inline]] inline void transpose(vec r[8]) {
  vec t[8];
#pragma GCC unroll 4
  for (int i = 0; i < 8; i += 2) {
    t[i] = _mm512_unpacklo_epi64(r[i], r[i + 1]);
    t[i + 1] = _mm512_unpackhi_epi64(r[i], r[i + 1]);
  }
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    const vec a = _mm512_shuffle_i64x2(t[i], t[2 + i], 0x88);
    const vec b = _mm512_shuffle_i64x2(t[i], t[2 + i], 0xdd);
    const vec c = _mm512_shuffle_i64x2(t[4 + i], t[6 + i], 0x88);
    const vec d = _mm512_shuffle_i64x2(t[4 + i], t[6 + i], 0xdd);
    r[i] = _mm512_shuffle_i64x2(a, c, 0x88);
    r[2 + i] = _mm512_shuffle_i64x2(b, d, 0x88);
    r[4 + i] = _mm512_shuffle_i64x2(a, c, 0xdd);
    r[6 + i] = _mm512_shuffle_i64x2(b, d, 0xdd);
  }
}

/// The points that lie at `at[lane]`.
[[gnu::always_inline]] inline affine8 gathered(const secp256k1_packed_point* const at[8]) {
  vec word[8];
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i) word[i] = _mm512_load_si512(at[i]);
  transpose(word);
  return {from_words(word), from_words(word + 4)};
}

[[gnu::always_inline]] inline void scattered(const affine8& p, secp256k1_packed_point* to,
                                             std::size_t stride) {
  vec word[8];
  to_words(p.x, word);
  to_words(p.y, word + 4);
  transpose(word);
#pragma GCC unroll 8
  for (int i = 0; i < 8; ++i)
    _mm512_store_si512(to + static_cast<std::size_t>(i) * stride, word[i]);
}

/// A digit of a sign string for each lane: which odd multiple, 0 for 1, 1 for 3 and so on, and
/// whether it is to be subtracted.
struct digit8 {
  alignas(64) u64 multiple[8];
  __mmask8 minus;
};

/// The digit of `width` bits from bit `from` up.
[[gnu::always_inline]] inline digit8 digit_at(const secp256k1_lanes_question::number& string,
                                              unsigned from, unsigned width) {
  const unsigned word = from / 64, shift = from % 64;
  vec bits = _mm512_srli_epi64(_mm512_load_si512(string[word]), shift);
  if (shift + width > 64)
    bits =
        _mm512_or_si512(bits, _mm512_slli_epi64(_mm512_load_si512(string[word + 1]), 64 - shift));
  // 2 bits - (2^width - 1): from half the range up it is positive, below it the mirror image.
  const u64 half = u64{1} << (width - 1);
  digit8 out;
  out.minus = _mm512_testn_epi64_mask(bits, all(half));
  bits = _mm512_mask_xor_epi64(bits, out.minus, bits, all(half - 1));
  _mm512_store_si512(out.multiple, _mm512_and_si512(bits, all(half - 1)));
  return out;
}

/// P, 3 P, ... 31 P of each lane's point, affine on the curve that `z` gives: the multiple
/// (x, y) of the table is (x / z^2, y / z^3) on P's.
class multiples8 {
 public:
  static constexpr int count = 1 << (secp256k1_sign_strings::point_window - 1);

  explicit multiples8(const affine8& p) {
    // 2 P, and P over the same denominator 2 y (Meloni: New point addition formulae for ECC
    // applications, 2007, whose additions of points over one denominator these are): with
    // T = 4 x y^2, 2 P = (M^2 - 2 T, M (T - X) - 8 y^4), P = (T, 8 y^4).
    const field8 m = square<3>(p.x), yy2 = square<2>(p.y), t = mul<2>(p.x, yy2);
    affine8 at[count], twice;
    factor8 ratio[count];  // of the denominators, each by the one before
    at[0] = {t, square<2>(yy2)};
    twice.x = square_add(m, negated<2>(t));
    twice.y = mul_add(m, carried(add(t, negated(twice.x))), negated(at[0].y));
    for (int i = 1; i < count; ++i) add_over_one_denominator(at[i - 1], twice, at[i], ratio[i]);
    // All over the last denominator.
    factor8 scale = ratio[count - 1];
    store(count - 1, at[count - 1]);
    for (int i = count - 1; i > 0; --i) {
      if (i != count - 1) scale = mul(scale, ratio[i]);
      const field8 squared = square(scale);
      store(i - 1, {mul(at[i - 1].x, squared), mul(at[i - 1].y, mul(squared, scale))});
    }
    z = mul<2>(scale, p.y);
  }

  affine8 at(const digit8& d) const {
    const secp256k1_packed_point* row[8];
    for (std::size_t i = 0; i < 8; ++i) row[i] = lane_[i] + d.multiple[i];
    return gathered(row);
  }

  field8 z;

 private:
  void store(int i, const affine8& p) { scattered(p, &lane_[0][i], count); }

  /// sum = p + q, q the same point over the sum's denominator, which is `ratio` times theirs.
  static void add_over_one_denominator(const affine8& p, affine8& q, affine8& sum, factor8& ratio) {
    ratio = carried(add(q.x, negated(p.x)));
    const factor8 rise = carried(add(q.y, negated(p.y)));
    const field8 c = square(ratio), wp = mul(p.x, c), wq = mul(q.x, c);
    sum.x = square_add(rise, add(negated(wp), negated(wq)));
    const field8 a = mul(q.y, carried(add(wq, negated(wp))));
    sum.y = mul_add(rise, carried(add(wq, negated(sum.x))), negated(a));
    q = {wq, a};
  }

  secp256k1_packed_point lane_[8][count];
};

}  // namespace

}  // namespace ashlar::crypto
