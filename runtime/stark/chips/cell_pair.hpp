#pragma once

#include "runtime/stark/chips/system.hpp"

namespace ashlar::stark {

/// Two neighbouring cells for the calls that hash: an element in RAM, read or written, or two
/// argument registers. Those calls have many operands and few rows, so the cells that an access
/// takes stand here once and not in each of their tables.
///
/// What is read may be any two words, as an element low + 2^32 high modulo p. What is written is
/// two words, range-checked here, and below p: it is the one such pair.
struct cell_pair_chip {
  static constexpr std::string_view name = "cell_pair";

  template <class E>
  struct columns {
    E is_element, is_arguments, is_write;
    E address, time;  ///< of the first cell, a register's number or a word's address
    E word[2], low[2], old[2];
    access_link<E> link[2];
    E inverse;  ///< of what is written: of (upper word - (2^32 - 1)), where that is not zero
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E real = r.is_element + r.is_arguments;
    check_bit(b, r.is_element);
    check_bit(b, r.is_arguments);
    check_bit(b, real);
    check_bit(b, r.is_write);
    b.zero(r.is_write * (r.is_element - gl(1u)));
    for (unsigned i = 0; i < 2; ++i) b.zero((r.is_write - gl(1u)) * (r.word[i] - r.old[i]));
    // low + 2^32 high >= p exactly where high = 2^32 - 1 and low is not 0. Of what is read, the
    // inverse is 0 and nothing is asked.
    b.zero(r.word[0] * (r.is_write - (r.word[1] - gl(0xffffffffu)) * r.inverse));

    // Registers are the space 0 and one number apart, words of RAM the space 1 and four.
    static_assert(register_space == gl() && ram_space == gl(1u));
    const E second = r.address + gl(1u) + r.is_element * gl(3u);
    const E gap1 =
        access_cell_of(b, real, r.is_element, r.address, r.old[0], r.word[0], r.time, r.link[0]);
    const E gap2 =
        access_cell_of(b, real, r.is_element, second, r.old[1], r.word[1], r.time, r.link[1]);
    check_bytes(b, real, gap1, gap2);
    for (unsigned i = 0; i < 2; ++i) check_word(b, real, r.word[i], r.low[i]);

    b.receive(bus::element, r.is_element,
              {r.address, r.time, r.is_write, r.word[0] + r.word[1] * two32});
    b.receive(bus::arguments, r.is_arguments, {r.address, r.time, r.word[0], r.word[1]});
  }
};

/// Reads a call's arguments a0 + first and the next one.
template <class B, class E = typename B::expr>
void read_argument_pair(B& b, const E& active, unsigned first, const E& time, const E& value,
                        const E& next_value) {
  b.send(bus::arguments, active, {E(gl(10u + first)), time, value, next_value});
}

/// Reads, or writes, N elements from `address` on.
template <std::size_t N, class B, class E = typename B::expr>
void read_elements(B& b, const E& active, const E& address, const E& time, const E* elements) {
  for (std::size_t i = 0; i < N; ++i)
    b.send(bus::element, active, {address + gl(8 * i), time, E(gl()), elements[i]});
}
template <std::size_t N, class B, class E = typename B::expr>
void write_elements(B& b, const E& active, const E& address, const E& time, const E* elements) {
  for (std::size_t i = 0; i < N; ++i)
    b.send(bus::element, active, {address + gl(8 * i), time, E(gl(1u)), elements[i]});
}

}  // namespace ashlar::stark
