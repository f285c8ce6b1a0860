#pragma once

#include "runtime/stark/chips/system.hpp"

namespace ashlar::stark {

/// Calls that take rows one after another: is_first on the first row of a call, is_last on its
/// last, one time from row to row. A call is not begun within another, nor cut by either end of the
/// table. Returns whether the call goes on in the next row.
template <class B, class R, class E = typename B::expr>
E walk_rows(B& b, const R& r, const R& n) {
  check_bit(b, r.is_real);
  check_bit(b, r.is_first);
  check_bit(b, r.is_last);
  b.zero(r.is_first * (r.is_real - gl(1u)));
  b.zero(r.is_last * (r.is_real - gl(1u)));
  const E goes_on = r.is_real - r.is_last;
  b.zero_first(r.is_real - r.is_first);
  b.zero_last(goes_on);
  b.zero_transition(goes_on * (n.is_real - gl(1u)));
  b.zero_transition(goes_on * n.is_first);
  b.zero_transition((gl(1u) - goes_on) * (n.is_real - n.is_first));
  b.zero_transition(goes_on * (n.time - r.time));
  return goes_on;
}

/// Calls that take one row a word or a level: `remaining` falls to 1. A count of 0 never ends.
template <class B, class R>
void walk_words(B& b, const R& r, const R& n) {
  const auto goes_on = walk_rows(b, r, n);
  b.zero(r.is_last * (r.remaining - gl(1u)));
  b.zero_transition(goes_on * (n.remaining - r.remaining + gl(1u)));
}

/// ECALL read: words of the private input, which may be anything that is a word.
struct read_chip {
  static constexpr std::string_view name = "read";
  static constexpr riscv::ecall call = riscv::ecall::read;

  template <class E>
  struct columns {
    E is_real, is_first, is_last;
    E time, remaining;
    E to;
    E value, value_low, old;
    access_link<E> ram_link, argument_link[2];
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& n = b.next();
    walk_words(b, r, n);
    b.zero_transition((r.is_real - r.is_last) * (n.to - r.to - gl(4u)));

    b.receive(bus::call, r.is_first, {call_number<E>(call), r.time});
    read_argument(b, r.is_first, 0, r.to, r.time, r.argument_link[0]);
    read_argument(b, r.is_first, 1, r.remaining, r.time, r.argument_link[1]);
    check_word(b, r.is_real, r.value, r.value_low);
    check_byte(
        b, r.is_real,
        access_cell(b, r.is_real, ram_space, r.to, r.old, r.value, r.time + gl(2u), r.ram_link));
  }
};

/// ECALL copy_words: the sources are read at time, the destinations written at time + 1, so that
/// areas may overlap.
struct copy_chip {
  static constexpr std::string_view name = "copy";
  static constexpr riscv::ecall call = riscv::ecall::copy_words;

  template <class E>
  struct columns {
    E is_real, is_first, is_last;
    E time, remaining;
    E to, from;
    E value, old;
    access_link<E> to_link, from_link, argument_link[3];
  };

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& n = b.next();
    walk_words(b, r, n);
    b.zero_transition((r.is_real - r.is_last) * (n.to - r.to - gl(4u)));
    b.zero_transition((r.is_real - r.is_last) * (n.from - r.from - gl(4u)));

    b.receive(bus::call, r.is_first, {call_number<E>(call), r.time});
    read_argument(b, r.is_first, 0, r.to, r.time, r.argument_link[0]);
    read_argument(b, r.is_first, 1, r.from, r.time, r.argument_link[1]);
    read_argument(b, r.is_first, 2, r.remaining, r.time, r.argument_link[2]);
    const E gap1 = read_cell(b, r.is_real, ram_space, r.from, r.value, r.time, r.from_link);
    const E gap2 =
        access_cell(b, r.is_real, ram_space, r.to, r.old, r.value, r.time + gl(1u), r.to_link);
    check_bytes(b, r.is_real, gap1, gap2);
  }
};

/// ECALL commit: eight rows, one a word, once in a table at most. The words go to the global
/// output bus, where the public output is received once: a run commits exactly once.
struct commit_chip {
  static constexpr std::string_view name = "commit";
  static constexpr riscv::ecall call = riscv::ecall::commit;

  template <class E>
  struct columns {
    E is_real, is_first;
    E time, from;
    E value;
    access_link<E> ram_link, argument_link;
  };
  template <class E>
  struct fixed_columns {
    E index;     ///< 0 ... 7
    E is_word;   ///< 1 in the first eight rows
    E is_first;  ///< 1 in the first row
  };

  static constexpr std::size_t words = 8;

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& n = b.next();
    const auto& f = b.fixed();
    check_bit(b, r.is_real);
    b.zero(r.is_real * (f.is_word - gl(1u)));
    b.zero(r.is_first - r.is_real * f.is_first);
    b.zero_transition(b.fixed_next().is_word * (n.is_real - r.is_real));
    b.zero_transition(b.fixed_next().is_word * (n.time - r.time));
    b.zero_transition(b.fixed_next().is_word * (n.from - r.from));

    b.receive(bus::call, r.is_first, {call_number<E>(call), r.time});
    read_argument(b, r.is_first, 0, r.from, r.time, r.argument_link);
    b.send(bus::output, r.is_real, {f.index, r.value});
    check_byte(b, r.is_real,
               read_cell(b, r.is_real, ram_space, r.from + f.index * gl(4u), r.value,
                         r.time + gl(2u), r.ram_link));
  }
};

}  // namespace ashlar::stark
