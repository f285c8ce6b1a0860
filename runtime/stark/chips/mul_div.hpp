#pragma once

#include "runtime/stark/chips/instruction.hpp"

namespace ashlar::stark {

/// MUL, MULH, MULHSU, MULHU, DIV, DIVU, REM, REMU. With A and B the operands as integers (signed
/// where the operation says so):
///
///   multiplication   A B = low + 2^32 high - 2^64 negative
///   division         A = B Q + R, |R| < |B|, Q = low - 2^32 negative, R = high - 2^32 r_negative
///
/// `low` and `high` are words, and the result is one of them.
///
/// Multiplication, uniqueness. negative <= sign (the sign of the product by the signs of the
/// operands), and where it is smaller both words are zero. With negative = 0, A B is in
/// [0, (2^32 - 1)^2], and the right side modulo p has a second form only where high = 2^32 - 1.
/// With negative = 1, A B is in [-2^63, 0] and there is a second form only where high = 0.
/// `witness` is the inverse that excludes them. (B = 0 with sign 1 and negative 1 would need
/// low + 2^32 high = 2^64 mod p = 2^32 - 1, that is high = 0.)
///
/// Division, uniqueness. |B Q| <= 2^32 (2^32 - 1) unsigned and 2^63 signed, so the equation holds
/// over the integers; truncation makes R carry the sign of A, or be zero; Q's sign is the product
/// of the signs, or Q is zero. -2^31 / -1 has sign 0 and Q = 2^31 without an exception. For B = 0
/// no R is small enough; by_zero, which needs B = 0, lifts that check and sets Q = 2^32 - 1.
struct mul_div_chip {
  static constexpr std::string_view name = "mul_div";

  template <class E>
  struct columns {
    E pc, time;
    E is_mul, is_div;
    E first_signed, second_signed, upper;  ///< how the operands are read, which word is the result
    E rs1, rs1_value;
    access_link<E> rs1_link;
    E rs2, rs2_value;
    access_link<E> rs2_link;
    E rd, rd_old;
    access_link<E> rd_link;
    E low, low_low, high, high_low;
    E first_sign, first_low, second_sign, second_low;
    E sign, negative, r_negative, by_zero;
    E witness, witness_low;  ///< multiplication: an inverse; division: |B| - |R| - 1
    E result;
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E real = r.is_mul + r.is_div;
    flags(b, real);
    multiplication(b);
    division(b);
    b.zero(r.result - r.low - r.upper * (r.high - r.low));
    check_word(b, real, r.low, r.low_low);
    check_word(b, real, r.high, r.high_low);

    fetch(b, real, r.pc, r.time,
          r.is_mul * code::multiply + r.is_div * code::divide +
              r.first_signed * code::first_signed + r.second_signed * code::second_signed +
              r.upper * code::upper,
          r.rd, r.rs1, r.rs2, E(gl()));
    proceed(b, real, r.pc + gl(4u), r.time);
    access_registers(b, real, r, r.rs1_value, r.rs2_value, r.result);
  }

 private:
  template <class B, class E = typename B::expr>
  static void flags(B& b, const E& real) {
    const auto& r = b.row();
    for (const E* flag : {&r.is_mul, &r.is_div, &r.first_signed, &r.second_signed, &r.upper,
                          &r.sign, &r.negative, &r.r_negative, &r.by_zero})
      check_bit(b, *flag);
    check_bit(b, real);
    b.zero(r.first_signed * (real - gl(1u)));
    b.zero(r.second_signed * (real - gl(1u)));
    b.zero(r.upper * (real - gl(1u)));
    b.zero(r.by_zero * (r.is_div - gl(1u)));

    b.zero((gl(1u) - r.first_signed) * r.first_sign);
    b.zero((gl(1u) - r.second_signed) * r.second_sign);
    check_sign(b, r.first_signed, r.rs1_value, r.first_low, r.first_sign);
    check_sign(b, r.second_signed, r.rs2_value, r.second_low, r.second_sign);
    b.zero(r.sign - r.first_sign - r.second_sign + r.first_sign * r.second_sign * gl(2u));
    b.zero(r.negative * (r.sign - gl(1u)));
  }

  template <class B>
  static void multiplication(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E first = r.rs1_value - r.first_sign * two32;
    const E second = r.rs2_value - r.second_sign * two32;
    b.zero(r.is_mul * (first * second - r.low - r.high * two32 + r.negative * two64));
    b.zero(r.is_mul * (r.sign - r.negative) * (r.low + r.high));
    const E excluded = (gl(1u) - r.negative) * gl(0xffffffffu);
    b.zero(r.is_mul * ((r.high - excluded) * r.witness - gl(1u)));
  }

  template <class B>
  static void division(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E first = r.rs1_value - r.first_sign * two32;
    const E second = r.rs2_value - r.second_sign * two32;
    const E quotient = r.low - r.negative * two32, remainder = r.high - r.r_negative * two32;
    b.zero(r.is_div * (second * quotient + remainder - first));
    b.zero(r.is_div * (r.sign - r.negative) * r.low);
    b.zero(r.r_negative * (r.first_sign - gl(1u)));
    b.zero(r.is_div * (r.first_sign - r.r_negative) * r.high);
    const E divisor_size = second - r.second_sign * second * gl(2u);
    const E remainder_size = remainder - r.r_negative * remainder * gl(2u);
    b.zero(r.is_div * (divisor_size - remainder_size - gl(1u) - r.witness));
    check_word(b, r.is_div - r.by_zero, r.witness, r.witness_low);
    b.zero(r.by_zero * r.rs2_value);
    b.zero(r.by_zero * (r.low - gl(0xffffffffu)));
  }
};

}  // namespace ashlar::stark
