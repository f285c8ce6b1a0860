#pragma once

#include "runtime/stark/chips/instruction.hpp"

namespace ashlar::stark {

/// ADD, ADDI, SUB, LUI, AUIPC, FENCE: rd = rs1 + rs2 + imm (of the last two one is zero), or
/// rd = rs1 - rs2.
struct add_chip {
  static constexpr std::string_view name = "add";

  template <class E>
  struct columns {
    E pc, time;
    E is_add, is_sub;
    E rs1, rs1_value;
    access_link<E> rs1_link;
    E rs2, rs2_value;
    access_link<E> rs2_link;
    E rd, rd_old;
    access_link<E> rd_link;
    E imm;
    E result, result_low;
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E real = r.is_add + r.is_sub;
    check_bit(b, r.is_add);
    check_bit(b, r.is_sub);
    check_bit(b, real);

    // The carry is what the range of the result leaves: 0 or 1.
    constexpr gl inverse_two32 = two32.inverse();
    const E carry = (r.rs1_value + r.rs2_value + r.imm - r.result) * inverse_two32;
    b.zero(r.is_add * carry * (carry - gl(1u)));
    const E borrow = (r.result + r.rs2_value - r.rs1_value) * inverse_two32;
    b.zero(r.is_sub * borrow * (borrow - gl(1u)));

    fetch(b, real, r.pc, r.time, r.is_add * code::add + r.is_sub * code::sub, r.rd, r.rs1, r.rs2,
          r.imm);
    proceed(b, real, r.pc + gl(4u), r.time);
    access_registers(b, real, r, r.rs1_value, r.rs2_value, r.result);
    check_word(b, real, r.result, r.result_low);
  }
};

}  // namespace ashlar::stark
