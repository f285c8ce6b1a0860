#pragma once

#include <array>
#include <compare>
#include <concepts>
#include <optional>

#include "runtime/base/u256.hpp"

namespace ashlar::stark {

/// x^(p - 2), p - 2 = 2^64 - 2^32 - 1: 31 ones, a zero, 32 ones. The inverse of an element of the
/// base field, in whatever type it stands.
template <class F>
constexpr F fermat_inverse(const F& x) noexcept {
  const F x2 = x.squared(1) * x;
  const F x4 = x2.squared(2) * x2;
  const F x8 = x4.squared(4) * x4;
  const F x16 = x8.squared(8) * x8;
  const F x24 = x16.squared(8) * x8;
  const F x28 = x24.squared(4) * x4;
  const F x30 = x28.squared(2) * x2;
  const F x31 = x30.squared(1) * x;
  return x31.squared(1).squared(32) * (x31.squared(1) * x);
}

/// An element of Goldilocks, the field of p = 2^64 - 2^32 + 1 elements. Always canonical: the
/// value is below p, so equality of bits is equality of elements. Constant expressions throughout;
/// 64 x 64 bit products come from mul_wide, so that the guest (32 bits) runs the same code.
class gl {
 public:
  static constexpr u64 modulus = 0xffffffff00000001ull;
  /// 2^64 mod p.
  static constexpr u64 epsilon = 0xffffffffull;
  /// 2^32 divides p - 1, and no higher power of two.
  static constexpr unsigned two_adicity = 32;
  /// Bytes of an encoded element (little-endian, canonical).
  static constexpr std::size_t encoded_bytes = 8;

  constexpr gl() noexcept : value_(0) {}
  /// For a cell that is written before it is read.
  struct unset {};
  explicit gl(unset) noexcept {}
  /// The residue of `v`; unsigned types only, so that gl(-1) does not compile.
  template <std::unsigned_integral U>
  constexpr explicit gl(U v) noexcept : value_(reduced(v)) {}

  static constexpr gl from_u64(u64 v) noexcept { return gl(v); }
  /// As it was taken by value(). Precondition: v is below p.
  static constexpr gl from_canonical(u64 v) noexcept { return raw(v); }
  /// Little-endian; nothing where the number is p or above (no element has two encodings).
  static std::optional<gl> decode(const u8* p) noexcept {
    const u64 v = load_le64(p);
    if (v >= modulus) return std::nullopt;
    return gl(v);
  }
  void encode(u8* p) const noexcept { store_le64(p, value_); }

  static constexpr gl zero() noexcept { return {}; }
  static constexpr gl one() noexcept { return gl(1u); }
  static constexpr gl two() noexcept { return gl(2u); }
  /// 7 generates the multiplicative group.
  static constexpr gl generator() noexcept { return gl(7u); }

  /// The canonical value, below p.
  constexpr u64 value() const noexcept { return value_; }
  constexpr bool is_zero() const noexcept { return value_ == 0; }

  friend constexpr bool operator==(gl, gl) = default;
  friend constexpr gl operator+(gl a, gl b) noexcept {
    const u64 s = a.value_ + b.value_;
    return raw(s < a.value_ || s >= modulus ? s - modulus : s);
  }
  friend constexpr gl operator-(gl a, gl b) noexcept {
    const u64 d = a.value_ - b.value_;
    return raw(a.value_ < b.value_ ? d + modulus : d);
  }
  constexpr gl operator-() const noexcept { return gl() - *this; }
  friend constexpr gl operator*(gl a, gl b) noexcept {
#ifdef ASHLAR_GUEST
    if (!std::is_constant_evaluated()) return called_product(a, b);
#endif
    const u64_pair w = mul_wide(a.value_, b.value_);
    return reduce_wide(w.low, w.high);
  }
  constexpr gl& operator+=(gl b) noexcept {
    return *this = *this + b;
  }
  constexpr gl& operator-=(gl b) noexcept {
    return *this = *this - b;
  }
  constexpr gl& operator*=(gl b) noexcept {
    return *this = *this * b;
  }

  constexpr gl square() const noexcept {
    return *this * *this;
  }
  constexpr gl twice() const noexcept {
    return *this + *this;
  }

  constexpr gl pow(u64 e) const noexcept {
    gl result = one(), base = *this;
    for (; e != 0; e >>= 1, base = base.square())
      if (e & 1) result *= base;
    return result;
  }

  /// 1/x by Fermat: x^(p - 2). The inverse of zero is zero.
  constexpr gl inverse() const noexcept {
    return fermat_inverse(*this);
  }

  /// low + 2^64 high mod p, for any low and high.
  static constexpr gl reduce_wide(u64 low, u64 high) noexcept {
    // 2^64 = 2^32 - 1 and 2^96 = -1.
    const u64 top = high >> 32, mid = high & epsilon;
    u64 t = low - top;
    if (low < top) t -= epsilon;
    const u64 m = (mid << 32) - mid;
    u64 s = t + m;
    if (s < m) s += epsilon;
    return raw(s >= modulus ? s - modulus : s);
  }

  /// A generator of the subgroup of order 2^bits. Precondition: bits <= 32.
  static constexpr gl root_of_unity(unsigned bits) noexcept;
  static constexpr gl inverse_root_of_unity(unsigned bits) noexcept;

  /// x^(2^n).
  constexpr gl squared(unsigned n) const noexcept {
    gl r = *this;
    for (; n != 0; --n) r = r.square();
    return r;
  }

 private:
#ifdef ASHLAR_GUEST
  /// By the machine's product in the cubic extension, of which this field is a part.
  static gl called_product(gl a, gl b) noexcept;
#endif
  static constexpr u64 reduced(u64 v) noexcept {
    return v >= modulus ? v - modulus : v;
  }
  static constexpr gl raw(u64 v) noexcept {
    gl r;
    r.value_ = v;
    return r;
  }
  u64 value_;
};

static_assert(sizeof(gl) == 8);

#ifdef ASHLAR_GUEST
/// The number of the call behind the field's arithmetic in the guest, ext3_mul_add; runtime/guest
/// holds it to the machine's.
inline constexpr u32 ext3_ecall = 20;

/// Operands in the extension; all but their first elements stay zero.
struct gl_operands {
  u64 a[3], b[3], zero[3];
};
inline constinit gl_operands gl_product_operands{};

inline gl gl::called_product(gl a, gl b) noexcept {
  gl_operands& o = gl_product_operands;
  o.a[0] = a.value_;
  o.b[0] = b.value_;
  register u32 a7 __asm__("a7") = ext3_ecall;
  register u64* a0 __asm__("a0") = o.a;
  register u64* a1 __asm__("a1") = o.a;
  register u64* a2 __asm__("a2") = o.b;
  register u64* a3 __asm__("a3") = o.zero;
  __asm__("ecall" : "+m"(o) : "r"(a7), "r"(a0), "r"(a1), "r"(a2), "r"(a3));
  return raw(o.a[0]);
}
#endif

/// A generator's square roots: place n has order 2^n. Tables, as the verifier asks for many.
constexpr std::array<gl, gl::two_adicity + 1> roots_from(gl root) noexcept {
  std::array<gl, gl::two_adicity + 1> roots;
  for (unsigned n = gl::two_adicity + 1; n-- > 0; root = root.square()) roots[n] = root;
  return roots;
}
inline constexpr auto roots_of_unity = roots_from(gl::generator().pow(gl::epsilon)),
                      inverse_roots_of_unity = roots_from(roots_of_unity.back().inverse());

constexpr gl gl::root_of_unity(unsigned bits) noexcept {
  return roots_of_unity[bits];
}
constexpr gl gl::inverse_root_of_unity(unsigned bits) noexcept {
  return inverse_roots_of_unity[bits];
}

}  // namespace ashlar::stark
