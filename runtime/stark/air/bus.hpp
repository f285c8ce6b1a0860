#pragma once

#include <array>
#include <string_view>

#include "runtime/stark/verifier/air.hpp"

namespace ashlar::stark {

/// The kinds of tuple that tables exchange. What is sent on a bus, counted with its multiplicity,
/// must be what is received. The number of a bus is part of every fingerprint, so tuples of two
/// kinds never meet, whatever their lengths.
enum class bus : u8 {
  execution,     ///< (pc, time): the instruction that runs next
  program,       ///< (pc, packed operation and registers, imm), see chips/instruction.hpp
  memory,        ///< (space, address, value, time): the content of a cell since that time
  range16,       ///< (x): x < 2^16
  sign16,        ///< (x, x >> 15), x < 2^16
  byte_pair,     ///< (x, y): both < 2^8
  byte_and,      ///< (x, y, x & y), x and y < 2^8
  power,         ///< (n, 2^n), n < 32
  call,          ///< (number, time): the ecall at that time, for the table that does it
  image,         ///< (address, value): a word of the initial image
  cell,          ///< global: (space, address, value, segment): a cell as a segment left it
  output,        ///< global: (index, word): the public output
  blake3_in,     ///< (time, 16 words of state, 16 of message): a compression, at its start
  blake3_out,    ///< (time, 16 words of state): and after its rounds
  keccak_state,  ///< (time, round, number of the word, value): the state before a round
  keccak_moved,  ///< the same within a round, after rho and pi
  keccak_round,  ///< (round, low word, high word): what iota adds in it
  wire,          ///< (address, four elements): a cell of a circuit
  arguments,     ///< (a register, time, its value, the next one's): two arguments of a call
  element,       ///< (address, time, written, element): a field element in two words of RAM
  permutation,   ///< (12 elements, 12 elements): Poseidon2's permutation, before and after
  quad_words,    ///< (space, address, time, written, 4 words): four cells, see chips/word_quad.hpp
  quad_halves,   ///< (space, address, time, 8 halves): four words of RAM as halves, or no cells
  toy_a,         ///< for tests of the proof system itself
  toy_b,
  toy_global,
};

struct named_bus {
  std::string_view name;
  u32 length;   ///< elements of every tuple
  bool global;  ///< balanced over all segments, not within each
};

inline constexpr std::size_t bus_count = static_cast<std::size_t>(bus::toy_global) + 1;
inline constexpr std::size_t bus_length_max = 64;

// One a line.
// clang-format off
inline constexpr std::array<named_bus, bus_count> bus_table{{
    {"execution", 2, false},
    {"program", 3, false},
    {"memory", 4, false},
    {"range16", 1, false},
    {"sign16", 2, false},
    {"byte_pair", 2, false},
    {"byte_and", 3, false},
    {"power", 2, false},
    {"call", 2, false},
    {"image", 2, false},
    {"cell", 4, true},
    {"output", 2, true},
    {"blake3_in", 33, false},
    {"blake3_out", 17, false},
    {"keccak_state", 4, false},
    {"keccak_moved", 4, false},
    {"keccak_round", 3, false},
    {"wire", 5, false},
    {"arguments", 4, false},
    {"element", 4, false},
    {"permutation", 24, false},
    {"quad_words", 8, false},
    {"quad_halves", 11, false},
    {"toy_a", 2, false},
    {"toy_b", 2, false},
    {"toy_global", 3, true},
}};
// clang-format on

constexpr std::string_view name_of(bus b) noexcept {
  return bus_table[static_cast<std::size_t>(b)].name;
}
constexpr bus_properties properties_of(bus b) noexcept {
  const named_bus& n = bus_table[static_cast<std::size_t>(b)];
  return {static_cast<u32>(b), n.length, n.global};
}

}  // namespace ashlar::stark
