#pragma once

#include "runtime/stark/chips/instruction.hpp"

namespace ashlar::stark {

/// LB, LBU, LH, LHU, SB, SH. The word of RAM is split into bytes; one of six flags says which part
/// is meant. A halfword at an odd offset has no flag, so it cannot be proved.
struct sub_word_chip {
  static constexpr std::string_view name = "sub_word";

  template <class E>
  struct columns {
    E pc, time;
    E byte[4], half[2];  ///< the part: byte 0 ... 3, or bytes 0-1, 2-3
    E is_load;
    E is_signed;  ///< a load that extends the sign
    E rs1, rs1_value;
    access_link<E> rs1_link;
    E reg, reg_old, reg_new;  ///< rd of a load, rs2 of a store
    access_link<E> reg_link;
    E ram[4], ram_new;
    access_link<E> ram_link;
    E imm, carry;  ///< the word's address is rs1 + imm - 2^32 carry - offset
    E part[2];     ///< the bytes loaded, or the two low bytes of rs2
    E top, sign;   ///< 16 bits that end with the part's highest bit; that bit where it is extended
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E is_byte = r.byte[0] + r.byte[1] + r.byte[2] + r.byte[3];
    const E is_half = r.half[0] + r.half[1];
    const E real = is_byte + is_half;
    const E is_store = real - r.is_load;
    for (const E& flag : r.byte) check_bit(b, flag);
    for (const E& flag : r.half) check_bit(b, flag);
    for (const E* flag : {&r.is_load, &r.is_signed, &real, &r.carry}) check_bit(b, *flag);
    b.zero(r.is_load * (real - gl(1u)));
    b.zero(r.is_signed * (r.is_load - gl(1u)));
    load(b, is_byte, is_half);
    store(b, real, is_store);

    const E offset = r.byte[1] + (r.byte[2] + r.half[1]) * gl(2u) + r.byte[3] * gl(3u);
    const E address = r.rs1_value + r.imm - r.carry * two32 - offset;
    fetch(b, real, r.pc, r.time,
          real * code::sub_word + (r.is_load - r.is_signed) * code::zero_extended +
              is_half * code::half + is_store * code::store,
          r.reg, r.rs1, E(gl()), r.imm);
    proceed(b, real, r.pc + gl(4u), r.time);
    const E gap1 = read_cell(b, real, register_space, r.rs1, r.rs1_value, r.time, r.rs1_link);
    const E gap2 = access_cell(b, real, register_space, r.reg, r.reg_old, r.reg_new,
                               r.time + gl(1u) + r.is_load * gl(2u), r.reg_link);
    const E gap3 = access_cell(b, real, ram_space, address, ram_word(r), r.ram_new, r.time + gl(2u),
                               r.ram_link);
    check_bytes(b, real, gap1, gap2);
    check_byte(b, real, gap3);
  }

 private:
  template <class E>
  static E ram_word(const columns<E>& r) {
    return r.ram[0] + r.ram[1] * gl(1u << 8) + r.ram[2] * two16 + r.ram[3] * gl(1u << 24);
  }

  template <class B, class E = typename B::expr>
  static void load(B& b, const E& is_byte, const E& is_half) {
    const auto& r = b.row();
    b.zero(r.is_load *
           (r.part[0] - r.byte[0] * r.ram[0] - r.byte[1] * r.ram[1] - r.byte[2] * r.ram[2] -
            r.byte[3] * r.ram[3] - r.half[0] * r.ram[0] - r.half[1] * r.ram[2]));
    b.zero(r.is_load * (r.part[1] - r.half[0] * r.ram[1] - r.half[1] * r.ram[3]));
    // part[1] is zero for bytes; the byte that is looked up has been shown to be one below.
    b.zero(r.top - is_byte * r.part[0] * gl(1u << 8) -
           is_half * (r.part[0] + r.part[1] * gl(1u << 8)));
    b.send(bus::sign16, r.is_signed, {r.top, r.sign});
    b.zero((gl(1u) - r.is_signed) * r.sign);
    b.zero(r.is_load * (r.reg_new - r.part[0] - r.part[1] * gl(1u << 8) -
                        r.sign * (is_byte * (two32 - gl(1u << 8)) + is_half * (two32 - two16))));
    b.zero(r.is_load * (r.ram_new - ram_word(r)));
  }

  template <class B, class E = typename B::expr>
  static void store(B& b, const E& real, const E& is_store) {
    const auto& r = b.row();
    const E low_half = r.part[0] + r.part[1] * gl(1u << 8);
    b.zero(is_store * (r.reg_new - r.reg_old));
    b.zero(is_store * (r.ram_new - ram_word(r) - r.byte[0] * (r.part[0] - r.ram[0]) -
                       r.byte[1] * (r.part[0] - r.ram[1]) * gl(1u << 8) -
                       r.byte[2] * (r.part[0] - r.ram[2]) * two16 -
                       r.byte[3] * (r.part[0] - r.ram[3]) * gl(1u << 24) -
                       r.half[0] * (low_half - r.ram[0] - r.ram[1] * gl(1u << 8)) -
                       r.half[1] * (low_half - r.ram[2] - r.ram[3] * gl(1u << 8)) * two16));
    // A store takes its part from rs2, whose upper half is what remains.
    b.send(bus::range16, is_store, {(r.reg_old - low_half) * inverse_two16});
    check_bytes(b, real, r.part[0], r.part[1]);
    check_bytes(b, real, r.ram[0], r.ram[1]);
    check_bytes(b, real, r.ram[2], r.ram[3]);
  }
};

}  // namespace ashlar::stark
