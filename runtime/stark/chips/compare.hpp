#pragma once

#include "runtime/stark/chips/instruction.hpp"

namespace ashlar::stark {

/// Branches, SLT(I)(U), JAL, JALR.
struct compare_chip {
  static constexpr std::string_view name = "compare";

  template <class E>
  struct columns {
    E pc, time, next_pc;
    E is_branch, is_set, is_jal, is_jalr;
    E is_equal;   ///< the branch compares for equality, not for order
    E negated;    ///< the branch is taken where the comparison fails
    E is_signed;  ///< the order is of signed words
    E rs1, rs1_value;
    access_link<E> rs1_link;
    E rs2, rs2_value;
    access_link<E> rs2_link;
    E rd, rd_old;
    access_link<E> rd_link;
    E imm;
    E second;  ///< what rs1 is compared with: rs2, or rs2 + imm for SLT
    E holds;   ///< rs1 = second, or rs1 < second; for JALR the carry of rs1 + imm
    E taken;
    E witness;            ///< equality: 1 / (rs1 - second); order: low half of the difference
    E rs1_low, rs1_sign;  ///< sign: bit 31 where signed; for JALR bit 0 of rs1 + imm
    E second_low, second_sign;
    E result;
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E jumps = r.is_jal + r.is_jalr;
    const E writes = r.is_set + jumps;
    const E real = r.is_branch + writes;
    const E ordered = r.is_branch + r.is_set - r.is_equal;
    flags(b, real);
    comparison(b, ordered);
    destination(b, jumps);

    fetch(b, real, r.pc, r.time,
          r.is_branch * code::branch + r.is_set * code::set + r.is_jal * code::jal +
              r.is_jalr * code::jalr + r.is_equal * code::is_equal + r.negated * code::negated +
              r.is_signed * code::with_sign,
          r.rd, r.rs1, r.rs2, r.imm);
    proceed(b, real, r.next_pc, r.time);
    const E gap1 = read_cell(b, real, register_space, r.rs1, r.rs1_value, r.time, r.rs1_link);
    const E gap2 =
        read_cell(b, real, register_space, r.rs2, r.rs2_value, r.time + gl(1u), r.rs2_link);
    const E gap3 = access_cell(b, writes, register_space, r.rd, r.rd_old, r.result, r.time + gl(3u),
                               r.rd_link);
    check_bytes(b, real, gap1, gap2);
    check_byte(b, writes, gap3);
  }

 private:
  template <class B, class E = typename B::expr>
  static void flags(B& b, const E& real) {
    const auto& r = b.row();
    for (const E* flag : {&r.is_branch, &r.is_set, &r.is_jal, &r.is_jalr, &r.is_equal, &r.negated,
                          &r.is_signed, &r.holds, &r.rs1_sign})
      check_bit(b, *flag);
    check_bit(b, real);
    b.zero(r.is_equal * (r.is_branch - gl(1u)));
    b.zero(r.negated * (r.is_branch - gl(1u)));
    b.zero(r.is_signed * (r.is_branch + r.is_set - gl(1u)));
    // A branch does not access rd, so the packed instruction must not leave it open.
    b.zero(r.is_branch * (r.rd - gl(32u)));
  }

  template <class B, class E = typename B::expr>
  static void comparison(B& b, const E& ordered) {
    const auto& r = b.row();
    b.zero(r.second - r.rs2_value - r.is_set * r.imm);
    const E difference = r.rs1_value - r.second;
    b.zero(r.is_equal * difference * r.holds);
    b.zero(r.is_equal * (gl(1u) - r.holds - difference * r.witness));

    // Only the signed order has signs; JALR has a use of its own for one.
    b.zero((gl(1u) - r.is_signed - r.is_jalr) * r.rs1_sign);
    b.zero((gl(1u) - r.is_signed) * r.second_sign);
    check_sign(b, r.is_signed, r.rs1_value, r.rs1_low, r.rs1_sign);
    check_sign(b, r.is_signed, r.second, r.second_low, r.second_sign);
    // The difference lies between -2^32 and 2^32; adding 2^32 where it is negative makes a word.
    check_word(b, ordered, difference + (r.holds - r.rs1_sign + r.second_sign) * two32, r.witness);
  }

  template <class B, class E = typename B::expr>
  static void destination(B& b, const E& jumps) {
    const auto& r = b.row();
    const E following = r.pc + gl(4u);
    b.zero(r.taken - r.holds - r.negated + r.holds * r.negated * gl(2u));
    b.zero(r.is_branch * (r.next_pc - following - r.taken * (r.imm - following)));
    b.zero(r.is_set * (r.next_pc - following));
    b.zero(r.is_jal * (r.next_pc - r.imm));
    // No range check: a pc that is not in the program table ends the execution unproved, and of
    // the sums that the two bits allow at most one is in it, because all of them are multiples
    // of 4 below 2^32.
    b.zero(r.is_jalr * (r.next_pc + r.rs1_sign + r.holds * two32 - r.rs1_value - r.imm));
    b.zero(r.is_set * (r.result - r.holds));
    b.zero(jumps * (r.result - following));
  }
};

}  // namespace ashlar::stark
