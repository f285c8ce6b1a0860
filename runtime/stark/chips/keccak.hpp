#pragma once

#include "runtime/stark/chips/keccak_rounds.hpp"
#include "runtime/stark/chips/words.hpp"

namespace ashlar::stark {

/// ECALL keccak_f1600: a row a word, fifty a call. Each hands its old word to the permutation and
/// takes its new one from there, named by the time of the call. The new one is a word because
/// keccak_planes_chip makes it of bytes.
struct keccak_chip {
  static constexpr std::string_view name = "keccak";
  static constexpr riscv::ecall call = riscv::ecall::keccak_f1600;

  template <class E>
  struct columns {
    E is_real, is_first, is_last;
    E time, remaining;
    E to;
    E value, old;
    access_link<E> ram_link, argument_link;
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& n = b.next();
    walk_words(b, r, n);
    b.zero_transition((r.is_real - r.is_last) * (n.to - r.to - gl(4u)));
    b.zero(r.is_first * (r.remaining - gl(keccak::words)));

    b.receive(bus::call, r.is_first, {call_number<E>(call), r.time});
    read_argument(b, r.is_first, 0, r.to, r.time, r.argument_link);
    check_byte(b, r.is_real,
               access_cell(b, r.is_real, ram_space, r.to, r.old, r.value, r.time, r.ram_link));
    const E word = gl(keccak::words) - r.remaining;
    b.send(bus::keccak_state, r.is_real, {r.time, E(gl()), word, r.old});
    b.receive(bus::keccak_state, r.is_real, {r.time, E(gl(keccak::rounds)), word, r.value});
  }
};

}  // namespace ashlar::stark
