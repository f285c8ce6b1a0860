#pragma once

#include "runtime/stark/chips/system.hpp"

namespace ashlar::stark {

/// Four neighbouring cells for calls with long operands, or eight 16-bit numbers for a range check:
/// what such a call needs of either stands here once and not in each of its own columns. A row is
/// one of
///
///   words:   four words of RAM, read or written, or four argument registers, read;
///   halves:  four words of RAM, read and told as their halves (space 1), or eight numbers that are
///            no cells at all (space 0).
///
/// Every half of every row is below 2^16, so words are words, and their halves the only ones.
struct word_quad_chip {
  static constexpr std::string_view name = "word_quad";

  template <class E>
  struct columns {
    E is_words, is_halves, is_write;
    E accesses;              ///< 1 where there are cells
    E space, address, time;  ///< of the first cell, a register's number or a word's address
    E low[4], high[4], old[4];
    access_link<E> link[4];
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const E real = r.is_words + r.is_halves;
    check_bit(b, r.is_words);
    check_bit(b, r.is_halves);
    check_bit(b, real);
    check_bit(b, r.is_write);
    b.zero(r.is_write * (r.is_words - gl(1u)));  // halves are never written
    static_assert(register_space == gl() && ram_space == gl(1u));
    check_bit(b, r.space);
    b.zero(r.is_words + r.is_halves * r.space - r.accesses);

    E word[4], gap[4];
    for (unsigned i = 0; i < 4; ++i) {
      word[i] = r.low[i] + r.high[i] * two16;
      b.zero((r.is_write - gl(1u)) * (word[i] - r.old[i]));
      // Registers are one number apart, words of RAM four.
      const E address = r.address + gl(i) + r.space * gl(3 * i);
      gap[i] =
          access_cell_of(b, r.accesses, r.space, address, r.old[i], word[i], r.time, r.link[i]);
      b.send(bus::range16, real, {r.low[i]});
      b.send(bus::range16, real, {r.high[i]});
    }
    check_bytes(b, r.accesses, gap[0], gap[1]);
    check_bytes(b, r.accesses, gap[2], gap[3]);

    b.receive(bus::quad_words, r.is_words,
              {r.space, r.address, r.time, r.is_write, word[0], word[1], word[2], word[3]});
    b.receive(bus::quad_halves, r.is_halves,
              {r.space, r.address, r.time, r.low[0], r.high[0], r.low[1], r.high[1], r.low[2],
               r.high[2], r.low[3], r.high[3]});
  }
};

/// Reads a call's arguments a0 to a3.
template <class B, class E = typename B::expr>
void read_four_arguments(B& b, const E& active, const E& time, const E (&value)[4]) {
  b.send(bus::quad_words, active,
         {E(register_space), E(gl(10u)), time, E(gl()), value[0], value[1], value[2], value[3]});
}

/// Reads, or writes, N words from `address` on.
template <std::size_t N, class B, class E = typename B::expr>
void access_quads(B& b, const E& active, const E& address, const E& time, bool write,
                  const E (&word)[N]) {
  static_assert(N % 4 == 0);
  for (std::size_t i = 0; i < N; i += 4)
    b.send(bus::quad_words, active,
           {E(ram_space), address + gl(4 * i), time, E(gl(u32{write})), word[i], word[i + 1],
            word[i + 2], word[i + 3]});
}

/// N numbers below 2^16: halves of the words from `address` on, low ones first, which are read; or
/// (`space` 0, and zeros) any.
template <std::size_t N, class B, class E = typename B::expr>
void send_halves(B& b, const E& active, gl space, const E& address, const E& time,
                 const E (&half)[N]) {
  static_assert(N % 8 == 0);
  for (std::size_t i = 0; i < N; i += 8)
    b.send(bus::quad_halves, active,
           {E(space), address + space * gl(2 * i), time, half[i], half[i + 1], half[i + 2],
            half[i + 3], half[i + 4], half[i + 5], half[i + 6], half[i + 7]});
}
template <std::size_t N, class B, class E = typename B::expr>
void read_halves(B& b, const E& active, const E& address, const E& time, const E (&half)[N]) {
  send_halves(b, active, ram_space, address, time, half);
}
template <std::size_t N, class B, class E = typename B::expr>
void check_halves(B& b, const E& active, const E (&half)[N]) {
  send_halves(b, active, register_space, E(gl()), E(gl()), half);
}

}  // namespace ashlar::stark
