#pragma once

#include "runtime/stark/chips/cell_pair.hpp"
#include "runtime/stark/chips/poseidon2.hpp"
#include "runtime/stark/chips/words.hpp"

namespace ashlar::stark {

/// ECALL climb: a row a level. Of the two children one is the node, on the side that the lowest bit
/// of the position says; the other is private. The position loses a bit a level and has none left
/// at the end: with at most 32 levels that is its one binary form, as it is below 2^32.
struct climb_chip {
  static constexpr std::string_view name = "climb";
  static constexpr riscv::ecall call = riscv::ecall::climb;

  template <class E>
  struct columns {
    E is_real, is_first, is_last;
    E time, remaining;  ///< remaining: levels, this one included
    E digest, unused;   ///< a pointer, and what a3 holds
    E position, bit;
    E node[4];
    E children[8];  ///< left and right
    E after[12];
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& n = b.next();
    walk_words(b, r, n);
    const E goes_on = r.is_real - r.is_last;

    check_bit(b, r.bit);
    b.zero(r.is_last * (r.position - r.bit));
    b.zero_transition(goes_on * (r.position - r.bit - n.position * gl(2u)));
    for (unsigned i = 0; i < 4; ++i) {
      b.zero(r.children[i] + r.bit * (r.children[4 + i] - r.children[i]) - r.node[i]);
      b.zero_transition(goes_on * (n.node[i] - r.after[i]));
    }
    const E start[4] = {E(sponge_start(gl(8u), gl(8u))), E(gl()), E(gl()), E(gl())};
    permute(b, r.is_real, r.children, start, r.after);

    b.receive(bus::call, r.is_first, {call_number<E>(call), r.time});
    b.zero_transition(goes_on * (n.digest - r.digest));
    read_argument_pair(b, r.is_first, 0, r.time, r.digest, r.position);
    read_argument_pair(b, r.is_first, 2, r.time, r.remaining, r.unused);
    // A byte: the depth is a word, so it is 32 at most.
    check_byte(b, r.is_first, r.is_first * gl(riscv::climb_depth_max) - r.remaining);
    read_elements<4>(b, r.is_first, r.digest, r.time, r.node);
    write_elements<4>(b, r.is_last, r.digest, r.time + gl(1u), r.after);
  }
};

}  // namespace ashlar::stark
