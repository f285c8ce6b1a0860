#pragma once

#include "runtime/stark/chips/instruction.hpp"

namespace ashlar::stark {

/// LW and SW: one word goes from RAM to a register or back. Afterwards both hold it, so one column
/// is the new value of both cells. An address that is not a multiple of 4, or not in RAM, is no
/// cell, and the access cannot be balanced.
struct word_chip {
  static constexpr std::string_view name = "word";

  template <class E>
  struct columns {
    E pc, time;
    E is_load, is_store;
    E rs1, rs1_value;
    access_link<E> rs1_link;
    E reg, reg_old;  ///< rd of a load, rs2 of a store
    access_link<E> reg_link;
    E ram_old;
    access_link<E> ram_link;
    E imm, carry;  ///< the address is rs1 + imm - 2^32 carry
    E moved;
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E real = r.is_load + r.is_store;
    check_bit(b, r.is_load);
    check_bit(b, r.is_store);
    check_bit(b, real);
    check_bit(b, r.carry);
    b.zero(r.moved - r.is_load * r.ram_old - r.is_store * r.reg_old);

    const E address = r.rs1_value + r.imm - r.carry * two32;
    fetch(b, real, r.pc, r.time, r.is_load * code::load_word + r.is_store * code::store_word, r.reg,
          r.rs1, E(gl()), r.imm);
    proceed(b, real, r.pc + gl(4u), r.time);
    const E gap1 = read_cell(b, real, register_space, r.rs1, r.rs1_value, r.time, r.rs1_link);
    // rs2 is read at + 1, rd is written at + 3.
    const E gap2 = access_cell(b, real, register_space, r.reg, r.reg_old, r.moved,
                               r.time + gl(1u) + r.is_load * gl(2u), r.reg_link);
    const E gap3 =
        access_cell(b, real, ram_space, address, r.ram_old, r.moved, r.time + gl(2u), r.ram_link);
    check_bytes(b, real, gap1, gap2);
    check_byte(b, real, gap3);
  }
};

}  // namespace ashlar::stark
