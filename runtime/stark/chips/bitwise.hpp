#pragma once

#include "runtime/stark/chips/instruction.hpp"

namespace ashlar::stark {

/// AND, OR, XOR and their immediate forms, byte by byte. The table knows x & y alone:
/// x | y = x + y - (x & y), x ^ y = x + y - 2 (x & y).
struct bitwise_chip {
  static constexpr std::string_view name = "bitwise";

  template <class E>
  struct columns {
    E pc, time;
    E is_xor, is_or, is_and;
    E rs1;
    access_link<E> rs1_link;
    E rs2;
    access_link<E> rs2_link;
    E rd, rd_old;
    access_link<E> rd_link;
    E imm;
    E x[4], y[4], both[4];  ///< bytes of rs1, of rs2 + imm, of their conjunction
    E result;
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E real = r.is_xor + r.is_or + r.is_and;
    check_bit(b, r.is_xor);
    check_bit(b, r.is_or);
    check_bit(b, r.is_and);
    check_bit(b, real);

    const auto word = [](const E(&v)[4]) {
      return v[0] + v[1] * gl(1u << 8) + v[2] * gl(1u << 16) + v[3] * gl(1u << 24);
    };
    const E x = word(r.x), y = word(r.y), both = word(r.both);
    b.zero(r.result - r.is_and * both - r.is_or * (x + y - both) -
           r.is_xor * (x + y - both * gl(2u)));
    for (unsigned i = 0; i < 4; ++i) b.send(bus::byte_and, real, {r.x[i], r.y[i], r.both[i]});

    fetch(b, real, r.pc, r.time,
          r.is_xor * code::xor_ + r.is_or * code::or_ + r.is_and * code::and_, r.rd, r.rs1, r.rs2,
          r.imm);
    proceed(b, real, r.pc + gl(4u), r.time);
    // What rs2 holds is y without imm: x0 holds zero, and imm is zero with any other register.
    access_registers(b, real, r, x, E(y - r.imm), r.result);
  }
};

}  // namespace ashlar::stark
