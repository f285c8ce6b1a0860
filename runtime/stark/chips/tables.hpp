#pragma once

#include "runtime/stark/chips/instruction.hpp"

namespace ashlar::stark {

/// All 16-bit numbers, by halves and by bytes. Multiplicities are whatever the senders need.
struct range_chip {
  static constexpr std::string_view name = "range";
  static constexpr std::size_t height = 1u << 16;

  template <class E>
  struct columns {
    E range16, sign16, byte_pair, byte_and;
  };
  template <class E>
  struct fixed_columns {
    E value, sign;
    E x, y, both;  ///< value = x + 2^8 y, both = x & y
  };

  template <class B>
  static void constrain(B& b) {
    const auto& r = b.row();
    const auto& f = b.fixed();
    b.receive(bus::range16, r.range16, {f.value});
    b.receive(bus::sign16, r.sign16, {f.value, f.sign});
    b.receive(bus::byte_pair, r.byte_pair, {f.x, f.y});
    b.receive(bus::byte_and, r.byte_and, {f.x, f.y, f.both});
  }
};

/// The program: packed as instruction.hpp says. Its height is part of the verifying key.
struct program_chip {
  static constexpr std::string_view name = "program";

  template <class E>
  struct columns {
    E multiplicity;
  };
  template <class E>
  struct fixed_columns {
    E pc, packed, imm;
  };

  template <class B>
  static void constrain(B& b) {
    const auto& f = b.fixed();
    b.receive(bus::program, b.row().multiplicity, {f.pc, f.packed, f.imm});
  }
};

/// The powers of two for shifts, keccak's round constants, and in the first row the two ends of the
/// segment's execution. Behind the last round stand constants that are no words.
struct ends_chip {
  static constexpr std::string_view name = "ends";
  static constexpr std::size_t height = 32;

  template <class E>
  struct columns {
    E multiplicity, rounds;
  };
  template <class E>
  struct fixed_columns {
    E exponent, power, is_first;
    E keccak[2];  ///< the constant of the round that the exponent counts, as words
  };
  template <class E>
  struct public_values {
    E start_pc, end_pc;  ///< end_pc is halted_pc in the last segment
    E end_time;          ///< 4 + 4 cycles
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& f = b.fixed();
    const auto& p = b.publics();
    b.receive(bus::power, b.row().multiplicity, {f.exponent, f.power});
    b.receive(bus::keccak_round, b.row().rounds, {f.exponent, f.keccak[0], f.keccak[1]});
    b.send(bus::execution, f.is_first, {E(p.start_pc), E(first_time)});
    b.receive(bus::execution, f.is_first, {E(p.end_pc), E(p.end_time)});
  }
};

}  // namespace ashlar::stark
