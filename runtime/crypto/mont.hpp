#pragma once

#include <optional>
#include <type_traits>

#include "runtime/base/bytes.hpp"
#include "runtime/base/ensure.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/crypto/mont_asm.hpp"
#ifdef ASHLAR_GUEST
#include "runtime/crypto/mont_guest.hpp"
#endif

#if defined(__clang__)
#define ASHLAR_UNROLL _Pragma("unroll")
#else
#define ASHLAR_UNROLL _Pragma("GCC unroll 12")
#endif

namespace ashlar::crypto {

/// The limb that prime field arithmetic uses: the widest one whose product is a native type.
/// RV32IM has no 128-bit type, and 32-bit limbs there cost one MUL and one MULHU a product.
#ifdef __SIZEOF_INT128__
using native_word = u64;
#else
using native_word = u32;
#endif

template <class Word>
struct double_word;
template <>
struct double_word<u32> {
  using type = u64;
};
#ifdef __SIZEOF_INT128__
template <>
struct double_word<u64> {
  __extension__ using type = unsigned __int128;
};
#endif

/// An element of the prime field of `Params::modulus` (little-endian array of 64-bit limbs, odd
/// prime, top bit clear), held as a*R mod p with R = 2^(64 * limbs); in the guest, where a chip
/// multiplies numbers of four or six limbs, with R = 1. Always fully reduced, so two
/// equal elements have equal limbs. Everything about the modulus is derived at compile time.
/// `Word` decides the limb of the arithmetic, never the value: 32-bit and 64-bit limbs agree.
/// Not constant time: the rollup holds no secret in these fields.
template <class Params, class Word = native_word>
class mont_field {
 public:
  static constexpr std::size_t limbs = Params::modulus.size();
  static constexpr std::size_t bytes_size = 8 * limbs;
  using integer = std::array<u64, limbs>;

  static constexpr integer modulus() noexcept { return Params::modulus; }

  constexpr mont_field() noexcept = default;
  static constexpr mont_field zero() noexcept { return {}; }
  static constexpr mont_field one() noexcept { return mont_field{r1}; }

  /// Precondition: value < p.
  static constexpr mont_field from_integer(const integer& value) noexcept {
    return mont_field{mont_mul(split(value), r2)};
  }
  static constexpr mont_field from_u64(u64 value) noexcept {
    integer v{};
    v[0] = value;
    return from_integer(v);
  }
  /// value mod p, for any value below 2^(64 * limbs).
  static constexpr mont_field reduced(const integer& value) noexcept {
    return mont_field{mont_mul(r2, split(value))};
  }
  constexpr integer to_integer() const noexcept {
    digits unit{};
    unit[0] = 1;
    return join(mont_mul(v_, unit));
  }

  /// `bytes_size` big-endian bytes; nothing where the number is not below p.
  static std::optional<mont_field> parse(const u8* from) noexcept {
    integer v;
    for (std::size_t i = 0; i < limbs; ++i) v[limbs - 1 - i] = load_be64(from + 8 * i);
    if (!less(v, Params::modulus)) return std::nullopt;
    return from_integer(v);
  }
  /// Writes `bytes_size` big-endian bytes.
  void serialise(u8* to) const noexcept {
    const integer v = to_integer();
    for (std::size_t i = 0; i < limbs; ++i) store_be64(to + 8 * i, v[limbs - 1 - i]);
  }

  constexpr bool is_zero() const noexcept {
    Word any = 0;
    for (Word w : v_) any |= w;
    return any == 0;
  }
  friend constexpr bool operator==(const mont_field& a, const mont_field& b) noexcept {
    Word any = 0;
    for (std::size_t i = 0; i < words; ++i) any |= a.v_[i] ^ b.v_[i];
    return any == 0;
  }

  friend constexpr mont_field operator+(const mont_field& a, const mont_field& b) noexcept {
#ifdef ASHLAR_GUEST
    if constexpr (has_chip)
      if (!std::is_constant_evaluated())
        return mont_field{mont_guest::mul_add(a.v_, unit, b.v_, p)};
#endif
    digits sum = a.v_;
    add_to(sum, b.v_);
    return mont_field{minus_p_if_above(sum)};
  }
  friend constexpr mont_field operator-(const mont_field& a, const mont_field& b) noexcept {
#ifdef ASHLAR_GUEST
    if constexpr (has_chip)
      if (!std::is_constant_evaluated())
        return mont_field{mont_guest::mul_add(b.v_, p_minus_1, a.v_, p)};
#endif
    digits difference = a.v_, correction;
    const Word mask = static_cast<Word>(0) - subtract_from(difference, b.v_);
    ASHLAR_UNROLL
    for (std::size_t i = 0; i < words; ++i) correction[i] = p[i] & mask;
    add_to(difference, correction);
    return mont_field{difference};
  }
  constexpr mont_field operator-() const noexcept {
    return zero() - *this;
  }
  friend constexpr mont_field operator*(const mont_field& a, const mont_field& b) noexcept {
    return mont_field{mont_mul(a.v_, b.v_)};
  }
  /// a*b + c*d with one reduction: cheaper than two products, and free of the addition.
  static constexpr mont_field sum_of_products(const mont_field& a, const mont_field& b,
                                              const mont_field& c, const mont_field& d) noexcept {
    return mont_field{mont_mul_sum(a.v_, b.v_, c.v_, d.v_)};
  }
  constexpr mont_field& operator+=(const mont_field& b) noexcept {
    return *this = *this + b;
  }
  constexpr mont_field& operator-=(const mont_field& b) noexcept {
    return *this = *this - b;
  }
  constexpr mont_field& operator*=(const mont_field& b) noexcept {
    return *this = *this * b;
  }
  constexpr mont_field doubled() const noexcept {
    return *this + *this;
  }
  constexpr mont_field square() const noexcept {
    return *this * *this;
  }

  /// a/2.
  constexpr mont_field halved() const noexcept {
    const Word mask = static_cast<Word>(0) - (v_[0] & 1);
    digits sum;
    wide carry = 0;
    for (std::size_t i = 0; i < words; ++i) {
      carry += static_cast<wide>(v_[i]) + (p[i] & mask);
      sum[i] = static_cast<Word>(carry);
      carry >>= word_bits;
    }
    shift_right(sum);
    return mont_field{sum};
  }

  /// a^exponent; the exponent is little-endian limbs of any number.
  constexpr mont_field pow(std::span<const u64> exponent) const noexcept {
    std::array<mont_field, 16> table{};
    table[0] = one();
    for (std::size_t i = 1; i < 16; ++i) table[i] = table[i - 1] * *this;
    mont_field out = one();
    bool started = false;
    for (std::size_t i = 16 * exponent.size(); i-- > 0;) {
      if (started)
        for (int j = 0; j < 4; ++j) out = out.square();
      const unsigned digit = (exponent[i / 16] >> (4 * (i % 16))) & 15;
      if (digit == 0) continue;
      out = started ? out * table[digit] : table[digit];
      started = true;
    }
    return out;
  }

  /// 1/a; zero for zero. Kaliski's almost inverse (IEEE Trans. Computers 44(8), 1995).
  constexpr mont_field inverse() const noexcept;

  /// A square root, or nothing where there is none. Only for p = 3 mod 4.
  constexpr std::optional<mont_field> sqrt() const noexcept {
    static_assert(Params::modulus[0] % 4 == 3);
    constexpr integer quarter = quarter_of_p_plus_1();
    const mont_field root = pow(quarter);
    if (root.square() != *this) return std::nullopt;
    return root;
  }

  /// True for the larger of a and -a as integers in [0, p): the order that point compression uses.
  constexpr bool is_larger_half() const noexcept {
    return less(half_of_p(), to_integer());
  }

 private:
  using wide = typename double_word<Word>::type;
  static constexpr unsigned word_bits = 8 * sizeof(Word);
  static constexpr std::size_t words = limbs * 8 / sizeof(Word);
  using digits = std::array<Word, words>;
#ifdef ASHLAR_GUEST
  static constexpr bool has_chip = (words == 8 || words == 12) && sizeof(Word) == 4;
#endif

  constexpr explicit mont_field(const digits& v) noexcept : v_(v) {}

  static constexpr digits split(const integer& v) noexcept {
    digits out{};
    for (std::size_t i = 0; i < words; ++i)
      out[i] = static_cast<Word>(v[i * word_bits / 64] >> (i * word_bits % 64));
    return out;
  }
  static constexpr integer join(const digits& v) noexcept {
    integer out{};
    for (std::size_t i = 0; i < words; ++i)
      out[i * word_bits / 64] |= static_cast<u64>(v[i]) << (i * word_bits % 64);
    return out;
  }
  static constexpr bool less(const integer& a, const integer& b) noexcept {
    u64 borrow = 0;
    for (std::size_t i = 0; i < limbs; ++i) sub_borrow(a[i], b[i], borrow);
    return borrow != 0;
  }
  static constexpr integer half_of_p() noexcept {
    integer out{};
    for (std::size_t i = 0; i < limbs; ++i)
      out[i] = Params::modulus[i] >> 1 | (i + 1 < limbs ? Params::modulus[i + 1] << 63 : 0);
    return out;
  }
  static constexpr integer quarter_of_p_plus_1() noexcept {
    // p = 4k + 3, so (p + 1)/4 = k + 1 = floor(floor(p/2)/2) + 1.
    integer half = half_of_p(), out{};
    u64 carry = 1;
    for (std::size_t i = 0; i < limbs; ++i)
      out[i] = add_carry(half[i] >> 1 | (i + 1 < limbs ? half[i + 1] << 63 : 0), 0, carry);
    return out;
  }

  /// a += b; the sum fits.
  static constexpr void add_to(digits& a, const digits& b) noexcept {
#ifdef ASHLAR_MONT_ASM
    if constexpr (sizeof(Word) == 8 && (words == 4 || words == 6))
      if (!std::is_constant_evaluated()) return mont_asm::add(a, b);
#endif
    wide carry = 0;
    ASHLAR_UNROLL
    for (std::size_t i = 0; i < words; ++i) {
      carry += static_cast<wide>(a[i]) + b[i];
      a[i] = static_cast<Word>(carry);
      carry >>= word_bits;
    }
  }
  /// a -= b; returns the borrow.
  static constexpr Word subtract_from(digits& a, const digits& b) noexcept {
#ifdef ASHLAR_MONT_ASM
    if constexpr (sizeof(Word) == 8 && (words == 4 || words == 6))
      if (!std::is_constant_evaluated()) return mont_asm::subtract(a, b);
#endif
    Word borrow = 0;
    ASHLAR_UNROLL
    for (std::size_t i = 0; i < words; ++i) {
      const wide d = static_cast<wide>(a[i]) - b[i] - borrow;
      a[i] = static_cast<Word>(d);
      borrow = static_cast<Word>(d >> word_bits) & 1;
    }
    return borrow;
  }
  static constexpr digits minus_p_if_above(const digits& a) noexcept {
    digits d = a;
    const Word keep = static_cast<Word>(0) - subtract_from(d, p);
    ASHLAR_UNROLL
    for (std::size_t i = 0; i < words; ++i) d[i] = (a[i] & keep) | (d[i] & ~keep);
    return d;
  }
  static constexpr void shift_right(digits& a) noexcept {
    for (std::size_t i = 0; i + 1 < words; ++i) a[i] = a[i] >> 1 | a[i + 1] << (word_bits - 1);
    a[words - 1] >>= 1;
  }
  static constexpr void shift_left(digits& a) noexcept {
    for (std::size_t i = words - 1; i > 0; --i) a[i] = a[i] << 1 | a[i - 1] >> (word_bits - 1);
    a[0] <<= 1;
  }
  /// a * b / R mod p. a < p; b is any number below 2^(64 * limbs).
  static constexpr digits mont_mul(const digits& a, const digits& b) noexcept {
#ifdef ASHLAR_GUEST
    if constexpr (has_chip) {
      if (std::is_constant_evaluated()) return interleaved(interleaved(a, b), r_squared);
      return mont_guest::mul_add(b, a, zeros, p);
    }
#endif
    return interleaved(a, b);
  }
  /// a * b / 2^(64 * limbs) mod p by interleaved multiplication and reduction; a and b as above.
  /// The running sum stays below 2p, which the clear top bit of p keeps inside `words` words, so
  /// the two carries of a row never overflow when they are added.
  static constexpr digits interleaved(const digits& a, const digits& b) noexcept {
    digits t{};
    ASHLAR_UNROLL
    for (std::size_t i = 0; i < words; ++i) {
      wide x = static_cast<wide>(a[0]) * b[i] + t[0];
      const Word m = static_cast<Word>(x) * negated_inverse;
      wide y = static_cast<wide>(m) * p[0] + static_cast<Word>(x);
      ASHLAR_UNROLL
      for (std::size_t j = 1; j < words; ++j) {
        x = static_cast<wide>(a[j]) * b[i] + t[j] + static_cast<Word>(x >> word_bits);
        y = static_cast<wide>(m) * p[j] + static_cast<Word>(x) + static_cast<Word>(y >> word_bits);
        t[j - 1] = static_cast<Word>(y);
      }
      t[words - 1] = static_cast<Word>(x >> word_bits) + static_cast<Word>(y >> word_bits);
    }
    return minus_p_if_above(t);
  }

  /// (a b + c d) / R mod p. a, b, c, d < p; the running sum stays below 3p, and the result before
  /// the last subtraction below p + 2p^2/R, hence the bound on p.
  static constexpr digits mont_mul_sum(const digits& a, const digits& b, const digits& c,
                                       const digits& d) noexcept {
    static_assert(Params::modulus[limbs - 1] >> 62 == 0);
#ifdef ASHLAR_GUEST
    if constexpr (has_chip) {
      if (std::is_constant_evaluated())
        return (mont_field{mont_mul(a, b)} + mont_field{mont_mul(c, d)}).v_;
      return mont_guest::mul_add(a, b, mont_guest::mul_add(c, d, zeros, p), p);
    }
#endif
    digits t{};
    ASHLAR_UNROLL
    for (std::size_t i = 0; i < words; ++i) {
      wide x = 0, y = 0;
      ASHLAR_UNROLL
      for (std::size_t j = 0; j < words; ++j) {
        x = static_cast<wide>(a[j]) * b[i] + t[j] + static_cast<Word>(x >> word_bits);
        t[j] = static_cast<Word>(x);
      }
      Word top = static_cast<Word>(x >> word_bits);
      x = static_cast<wide>(c[0]) * d[i] + t[0];
      const Word m = static_cast<Word>(x) * negated_inverse;
      y = static_cast<wide>(m) * p[0] + static_cast<Word>(x);
      ASHLAR_UNROLL
      for (std::size_t j = 1; j < words; ++j) {
        x = static_cast<wide>(c[j]) * d[i] + t[j] + static_cast<Word>(x >> word_bits);
        y = static_cast<wide>(m) * p[j] + static_cast<Word>(x) + static_cast<Word>(y >> word_bits);
        t[j - 1] = static_cast<Word>(y);
      }
      t[words - 1] = top + static_cast<Word>(x >> word_bits) + static_cast<Word>(y >> word_bits);
    }
    return minus_p_if_above(t);
  }

  static constexpr Word find_negated_inverse() noexcept {
    Word x = 1;  // Newton: each step doubles the number of correct low bits.
    for (int i = 0; i < 6; ++i) x *= static_cast<Word>(2) - p[0] * x;
    return static_cast<Word>(0) - x;
  }
  static constexpr digits power_of_two(unsigned exponent) noexcept {
    digits x{};
    x[0] = 1;
    for (unsigned i = 0; i < exponent; ++i) {
      shift_left(x);
      x = minus_p_if_above(x);
    }
    return x;
  }

  static_assert(Params::modulus[limbs - 1] >> 62 < 2 && Params::modulus[0] % 2 == 1);
  static constexpr digits p = split(Params::modulus);
  static constexpr Word negated_inverse = find_negated_inverse();
  static constexpr digits r_squared = power_of_two(128 * limbs);
#ifdef ASHLAR_GUEST
  static constexpr digits r1 = has_chip ? digits{1} : power_of_two(64 * limbs);  // R
  static constexpr digits r2 = has_chip ? digits{1} : r_squared;                 // R^2
  static constexpr digits zeros{}, unit{1};
  static constexpr digits p_minus_1 = [] {
    digits d = p;
    d[0] -= 1;
    return d;
  }();
#else
  static constexpr digits r1 = power_of_two(64 * limbs), r2 = r_squared;
#endif

  digits v_{};
};

template <class Params, class Word>
constexpr mont_field<Params, Word> mont_field<Params, Word>::inverse() const noexcept {
  if (is_zero()) return zero();
#ifdef ASHLAR_GUEST
  if constexpr (has_chip) {
    if constexpr (words == 8)
      if (!std::is_constant_evaluated())  // -(-1) / a
        return mont_field{mont_guest::negated_quotient(p_minus_1, v_, p)};
    integer exponent = Params::modulus;  // Fermat's; p is odd and not 1
    exponent[0] -= 2;
    return pow(exponent);
  }
#endif
  constexpr unsigned r_bits = 64 * limbs;
  // Invariant: r * v_ = -u * 2^k and s * v_ = v * 2^k (mod p); r and s stay below 2p.
  digits u = p, v = v_, r{}, s{};
  s[0] = 1;
  unsigned k = 0;
  for (;; ++k) {
    if ((u[0] & 1) == 0) {
      shift_right(u);
      shift_left(s);
    } else if ((v[0] & 1) == 0) {
      shift_right(v);
      shift_left(r);
    } else {
      digits d = v;
      if (subtract_from(d, u) != 0) {
        subtract_from(u, v);
        shift_right(u);
        add_to(r, s);
        shift_left(s);
      } else {
        v = d;
        shift_right(v);
        add_to(s, r);
        shift_left(r);
        if (mont_field{v}.is_zero()) break;
      }
    }
  }
  ++k;
  r = minus_p_if_above(r);
  digits negated = p;
  subtract_from(negated, r);
  // negated = 2^k / (aR), bits(p) <= k <= 2 bits(p). Bring k to at least log2(R), then to 2
  // log2(R).
  mont_field out{negated};
  for (; k < r_bits; ++k) out = out.doubled();
  digits power{};
  if (2 * r_bits - k == r_bits) {
    return mont_field{mont_mul(mont_mul(out.v_, r2), r1)};
  }
  power[(2 * r_bits - k) / word_bits] = static_cast<Word>(1) << ((2 * r_bits - k) % word_bits);
  return mont_field{mont_mul(mont_mul(out.v_, r2), power)};
}

}  // namespace ashlar::crypto
