#pragma once

#include "runtime/stark/chips/instruction.hpp"

namespace ashlar::stark {

/// SLL, SRL, SRA and their immediate forms, as products with a power of two. With s the amount:
///
///   left    a 2^s        = result + 2^32 rest
///   right   a 2^(31 - s) = 2^31 result + rest      (a and result signed for SRA)
///
/// rest < 2^31, so both sides stay below 2^63 in magnitude and the equation holds over the
/// integers: there is one result and one rest.
struct shift_chip {
  static constexpr std::string_view name = "shift";

  template <class E>
  struct columns {
    E pc, time;
    E is_left, is_right, is_arithmetic;
    E rs1, rs1_value;
    access_link<E> rs1_link;
    E rs2, rs2_value;
    access_link<E> rs2_link;
    E rd, rd_old;
    access_link<E> rd_link;
    E imm;
    E exponent, power;   ///< s or 31 - s, and 2 to it
    E above, above_low;  ///< (rs2 + imm) / 32, and its low half
    E rest, rest_low;
    E sign, rs1_low;  ///< bit 31 of rs1, for SRA; low half of rs1
    E result, result_low;
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E right = r.is_right + r.is_arithmetic;
    const E real = r.is_left + right;
    check_bit(b, r.is_left);
    check_bit(b, r.is_right);
    check_bit(b, r.is_arithmetic);
    check_bit(b, real);

    // above < 2^32 keeps the sum from wrapping, so the amount is rs2 + imm modulo 32.
    b.zero(real * (r.rs2_value + r.imm - r.above * gl(32u)) - r.is_left * r.exponent -
           right * (gl(31u) - r.exponent));
    b.send(bus::power, real, {r.exponent, r.power});
    check_word(b, real, r.above, r.above_low);

    b.zero((real - r.is_arithmetic) * r.sign);
    check_sign(b, r.is_arithmetic, r.rs1_value, r.rs1_low, r.sign);

    // (a - 2^32 sign) 2^(31 - s) = 2^31 (result - 2^32 sign) + rest for SRA; sign is 0 elsewhere.
    b.zero(r.rs1_value * r.power - r.is_left * (r.result + r.rest * two32) -
           right * (r.result * two31 + r.rest) - r.sign * (r.power * two32 - two31 * two32));
    check_word(b, real, r.result, r.result_low);
    check_word31(b, real, r.rest, r.rest_low);

    fetch(b, real, r.pc, r.time,
          r.is_left * code::sll + r.is_right * code::srl + r.is_arithmetic * code::sra, r.rd, r.rs1,
          r.rs2, r.imm);
    proceed(b, real, r.pc + gl(4u), r.time);
    access_registers(b, real, r, r.rs1_value, r.rs2_value, r.result);
  }
};

}  // namespace ashlar::stark
