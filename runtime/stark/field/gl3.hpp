#pragma once

#include "runtime/stark/field/gl.hpp"

namespace ashlar::stark {

/// An element c[0] + c[1] X + c[2] X^2 of GF(p^3) = gl[X]/(X^3 - 2). The polynomial is irreducible
/// because 2 is no cube: 2^((p-1)/3) = 2^64 = 2^32 - 1 is not 1. All challenges are drawn from
/// here (192 bits), everything the trace holds is in the base field.
struct gl3 {
  gl c[3] = {};

  static constexpr unsigned degree = 3;
  static constexpr std::size_t encoded_bytes = 24;

  constexpr gl3() = default;
  constexpr gl3(gl a) noexcept : c{a, gl(), gl()} {}  // NOLINT: the base field is a part of it
  constexpr gl3(gl c0, gl c1, gl c2) noexcept : c{c0, c1, c2} {}

  static constexpr gl3 zero() noexcept { return {}; }
  static constexpr gl3 one() noexcept { return gl::one(); }

  static std::optional<gl3> decode(const u8* p) noexcept {
    const auto a = gl::decode(p), b = gl::decode(p + 8), d = gl::decode(p + 16);
    if (!a || !b || !d) return std::nullopt;
    return gl3(*a, *b, *d);
  }
  void encode(u8* p) const noexcept {
    for (unsigned i = 0; i < 3; ++i) c[i].encode(p + 8 * i);
  }

  constexpr bool is_zero() const noexcept {
    return c[0].is_zero() && c[1].is_zero() && c[2].is_zero();
  }
  constexpr bool is_base() const noexcept { return c[1].is_zero() && c[2].is_zero(); }

  friend constexpr bool operator==(const gl3&, const gl3&) = default;

  /// a b + c. In the guest a call of the machine outside of constant expressions, and so are sums,
  /// differences and products: a call costs less than one product of the base field there.
  static constexpr gl3 mul_add(const gl3& a, const gl3& b, const gl3& c) noexcept {
    if (asks_machine()) return called(a, b, c);
    return plain_product(a, b) + c;
  }
  /// *this = a b + c, any of which may be *this.
  constexpr void set_mul_add(const gl3& a, const gl3& b, const gl3& c) noexcept {
    if (asks_machine()) return call(*this, a, b, c);
    *this = plain_product(a, b) + c;
  }
  friend constexpr gl3 operator+(const gl3& a, const gl3& b) noexcept {
    if (asks_machine()) return called(a, one_, b);
    return {a.c[0] + b.c[0], a.c[1] + b.c[1], a.c[2] + b.c[2]};
  }
  friend constexpr gl3 operator-(const gl3& a, const gl3& b) noexcept {
    if (asks_machine()) return called(b, minus_one_, a);
    return {a.c[0] - b.c[0], a.c[1] - b.c[1], a.c[2] - b.c[2]};
  }
  constexpr gl3 operator-() const noexcept {
    if (asks_machine()) return called(*this, minus_one_, zero_);
    return {-c[0], -c[1], -c[2]};
  }
  friend constexpr gl3 operator*(const gl3& a, const gl3& b) noexcept {
    if (asks_machine()) return called(a, b, zero_);
    return plain_product(a, b);
  }
  friend constexpr gl3 operator*(const gl3& a, gl b) noexcept {
    if (asks_machine()) return called(a, gl3(b), zero_);
    return {a.c[0] * b, a.c[1] * b, a.c[2] * b};
  }
  friend constexpr gl3 operator*(gl a, const gl3& b) noexcept { return b * a; }
  friend constexpr gl3 operator+(const gl3& a, gl b) noexcept {
    if (asks_machine()) return called(a, one_, gl3(b));
    return {a.c[0] + b, a.c[1], a.c[2]};
  }
  friend constexpr gl3 operator+(gl a, const gl3& b) noexcept { return b + a; }
  friend constexpr gl3 operator-(const gl3& a, gl b) noexcept {
    if (asks_machine()) return called(gl3(b), minus_one_, a);
    return {a.c[0] - b, a.c[1], a.c[2]};
  }
  friend constexpr gl3 operator-(gl a, const gl3& b) noexcept {
    if (asks_machine()) return called(b, minus_one_, gl3(a));
    return -b + a;
  }
  constexpr gl3& operator+=(const gl3& b) noexcept {
    if (asks_machine()) return call(*this, b, one_, *this), *this;
    return *this = *this + b;
  }
  constexpr gl3& operator-=(const gl3& b) noexcept {
    if (asks_machine()) return call(*this, b, minus_one_, *this), *this;
    return *this = *this - b;
  }
  constexpr gl3& operator*=(const gl3& b) noexcept {
    if (asks_machine()) return call(*this, *this, b, zero_), *this;
    return *this = *this * b;
  }
  constexpr gl3& operator*=(gl b) noexcept { return *this = *this * b; }

  constexpr gl3 square() const noexcept { return *this * *this; }
  constexpr gl3 twice() const noexcept { return *this + *this; }
  constexpr gl3 pow(u64 e) const noexcept {
    gl3 result = one(), base = *this;
    for (; e != 0; e >>= 1, base = base.square())
      if (e & 1) result *= base;
    return result;
  }
  /// x^(2^n).
  constexpr gl3 squared(unsigned n) const noexcept {
    gl3 r = *this;
    for (; n != 0; --n) r = r.square();
    return r;
  }

  /// x^p: X^p = X 2^((p-1)/3) = (2^32 - 1) X.
  constexpr gl3 frobenius() const noexcept {
    constexpr gl w(gl::epsilon);
    if (asks_machine())
      return called({gl(), c[1], gl()}, w, called({gl(), gl(), c[2]}, w.square(), c[0]));
    return {c[0], c[1] * w, c[2] * w.square()};
  }
  /// x x^p x^(p^2), in the base field: the determinant of multiplication by x.
  constexpr gl norm() const noexcept {
    const gl3 a = adjugate();
    return c[0] * a.c[0] + (c[1] * a.c[2] + c[2] * a.c[1]).twice();
  }
  /// 1/x; the inverse of zero is zero.
  constexpr gl3 inverse() const noexcept {
    // Where products are calls, the powers behind an inverse in the base field are, too.
    if (asks_machine()) {
      const gl3 a = frobenius(), b = a * a.frobenius();
      return b * fermat_inverse(*this * b);
    }
    const gl3 a = adjugate();
    const gl n = c[0] * a.c[0] + (c[1] * a.c[2] + c[2] * a.c[1]).twice();
    return a * n.inverse();
  }

 private:
  static const gl3 zero_, one_, minus_one_;

  static constexpr bool asks_machine() noexcept {
#ifdef ASHLAR_GUEST
    return !std::is_constant_evaluated();
#else
    return false;
#endif
  }
  /// The machine's ext3_mul_add, `out` being any of the operands or none; on the host, where
  /// nothing asks it, the same by plain products.
  static void call(gl3& out, const gl3& a, const gl3& b, const gl3& c) noexcept;
  static gl3 called(const gl3& a, const gl3& b, const gl3& c) noexcept {
    gl3 out{gl::unset()};
    call(out, a, b, c);
    return out;
  }
  explicit gl3(gl::unset u) noexcept : c{gl(u), gl(u), gl(u)} {}

  static constexpr gl3 plain_product(const gl3& a, const gl3& b) noexcept {
    // Karatsuba: six products in place of nine.
    const gl p0 = a.c[0] * b.c[0], p1 = a.c[1] * b.c[1], p2 = a.c[2] * b.c[2];
    const gl m01 = (a.c[0] + a.c[1]) * (b.c[0] + b.c[1]) - p0 - p1;
    const gl m02 = (a.c[0] + a.c[2]) * (b.c[0] + b.c[2]) - p0 - p2;
    const gl m12 = (a.c[1] + a.c[2]) * (b.c[1] + b.c[2]) - p1 - p2;
    return {p0 + m12.twice(), m01 + p2.twice(), m02 + p1};
  }
  /// x^p x^(p^2).
  constexpr gl3 adjugate() const noexcept {
    return {c[0].square() - (c[1] * c[2]).twice(), c[2].square().twice() - c[0] * c[1],
            c[1].square() - c[0] * c[2]};
  }
};

static_assert(sizeof(gl3) == 24);

inline constexpr gl3 gl3::zero_{}, gl3::one_{gl::one()}, gl3::minus_one_{-gl::one()};

#ifdef ASHLAR_GUEST
inline void gl3::call(gl3& out, const gl3& a, const gl3& b, const gl3& c) noexcept {
  register u32 a7 __asm__("a7") = ext3_ecall;
  register gl3* a0 __asm__("a0") = &out;
  register const gl3* a1 __asm__("a1") = &a;
  register const gl3* a2 __asm__("a2") = &b;
  register const gl3* a3 __asm__("a3") = &c;
  // No other effect than on `out`, so the compiler may move it, leave it out, and keep the rest.
  __asm__("ecall"
          : "=m"(out)
          : "r"(a7), "r"(a0), "r"(a1), "r"(a2), "r"(a3), "m"(a), "m"(b), "m"(c));
}
#else
inline void gl3::call(gl3& out, const gl3& a, const gl3& b, const gl3& c) noexcept {
  out = plain_product(a, b) + c;
}
#endif

/// In place x[i] -> 1/x[i] with one inversion (Montgomery's trick). Precondition: no element is
/// zero. `scratch` holds as many elements as `x`.
template <class F>
void invert_all(std::span<F> x, std::span<F> scratch) noexcept {
  F product = F::one();
  for (std::size_t i = 0; i < x.size(); ++i) {
    scratch[i] = product;
    product *= x[i];
  }
  F inverse = product.inverse();
  for (std::size_t i = x.size(); i-- > 0;) {
    const F here = inverse * scratch[i];
    inverse *= x[i];
    x[i] = here;
  }
}

}  // namespace ashlar::stark
