#pragma once

#include <cstddef>
#include <utility>

#include "runtime/crypto/keccak.hpp"
#include "runtime/crypto/mod256_advice.hpp"
#include "runtime/crypto/secp256k1_scalars.hpp"
#include "runtime/crypto/weierstrass.hpp"
#ifdef ASHLAR_GUEST
#include "runtime/crypto/secp256k1_chord_guest.hpp"
#endif

// secp256k1's points by mod256_mul_add and checked advice. Internal to this folder.

namespace ashlar::crypto::secp {

// Points in affine form, whose slopes are advice and checked: 8 products a doubling, 7 an addition,
// where Jacobian ones take 14 and 19 of products and sums. Every operation is one mod256_mul_add,
// in place, as copies would cost more than the arithmetic does where a chip does that.
// The constants lie together, so that one register reaches all of them.
struct field_constants {
  u256 zero = 0, one = 1, three = 3;
  u256 minus_one = field::modulus() - 1, minus_two = minus_one - 1, minus_three = minus_one - 2;
  u256 ones = u256::max();
  u256 p = field::modulus();
};
inline constexpr field_constants k{};

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

/// The numbers of one addition.
struct chord_step {
  number run, rise, slope, rest;
};

/// A point with both of its y: y[0] its own, y[1] the negated one.
struct signed_point {
  u256 x;
  u256 y[2];
};

/// A sum of points that is kept with y of either sign: an operation on (x, y) gives the negated
/// result more cheaply than the result.
struct running_sum {
  u256 x, y;             // together, in this order
  bool negated = false;  // the sum is (x, -y)
  bool infinite = true;

  void add_twice_itself() {
    if (infinite) return;
    number squared, slope, denominator;
    mul_add(squared, x, x, k.zero);
    mul_add(squared, squared, k.three, k.zero);
    mul_add(denominator, y, k.minus_two, k.zero);  // no point has y = 0: the group's order is odd
    find_slope(slope, squared, denominator);
    mul_add(squared, x, k.minus_three, k.zero);  // x' - x = slope^2 - 3 x
    finish(slope, squared);
  }

  [[gnu::always_inline]] void add(const signed_point& p, bool minus) {
    if (infinite) {
      static_assert(offsetof(signed_point, y) == 32 && offsetof(running_sum, y) == 32);
      std::memcpy(&x, &p.x, 64);  // and y
      infinite = false;
      negated = minus;
      return;
    }
    add_finite(p.x, p.y[minus != negated ? 1 : 0]);
  }

  void add(const running_sum& p) {
    if (p.infinite) return;
    if (infinite) {
      *this = p;
      return;
    }
    if (p.negated == negated) return add_finite(p.x, p.y);
    u256 other;
    mul_add(other, p.y, k.minus_one, k.zero);
    add_finite(p.x, other);
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
  // Neither is infinite; `other` is the y of what is added, negated where this sum is.
  [[gnu::always_inline]] void add_finite(const u256& px, const u256& other) {
    chord_step s;
#ifdef ASHLAR_GUEST
    static_assert(offsetof(running_sum, y) == 32 && sizeof(chord_step) == 128 &&
                  offsetof(field_constants, minus_one) == 96 &&
                  offsetof(field_constants, p) == 224);
    if (__builtin_expect(chord_ecalls(&x, &px, &other, &s, &k), 1)) {
      negated = !negated;
      return;
    }
#else
    mul_add(s.run, px, k.minus_one, x);
    mul_add(s.rise, y, k.minus_one, other);
#endif
    finish_chord(s);
  }
  // The rest of an addition, from run = x - px and rise = other - y.
  [[gnu::noinline]] void finish_chord(chord_step& s) {
    if (is_zero(s.run)) {
      if (is_zero(s.rise))
        add_twice_itself();
      else
        infinite = true;
      return;
    }
    find_slope(s.slope, s.rise, s.run);
    mul_add(s.run, x, k.minus_three, s.run);  // x' - x = slope^2 - 2 x - p.x
    finish(s.slope, s.run);
  }
  // x' = x + (slope^2 + rest), -y' = slope (x' - x) + y
  [[gnu::always_inline]] void finish(const number& slope, number& rest) {
    mul_add(rest, slope, slope, rest);
    mul_add(x, rest, k.one, x);
    mul_add(y, slope, rest, y);
    negated = !negated;
  }
};

// The point with this x and oddness of y, where there is one. p is 3 modulo 4, so the advice is a
// root of y^2 or of -y^2: one of the two is a square, never both, so that neither answer can be
// feigned.
inline bool lift_x(const u256& x, bool odd, affine_point& out) {
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

/// The last 20 bytes of the key's keccak-256. x and y are canonical.
inline address address_of_key(const u256& x, const u256& y) {
  u8 point[64];
  x.to_be(point);
  y.to_be(point + 32);
  const hash256 h = keccak256(point);
  return address::copy_of(h.data() + 12);
}

}  // namespace ashlar::crypto::secp
