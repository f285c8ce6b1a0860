#pragma once

#include "runtime/stark/chips/system.hpp"

// Operands of calls: a pointer in an argument register, and the words behind it.

namespace ashlar::stark {

template <class E>
struct argument_cells {
  E value;
  access_link<E> link;
};

template <class E, std::size_t N>
struct read_operand {
  E word[N];
  access_link<E> link[N];
};

template <class E, std::size_t N>
struct written_operand {
  E word[N], low[N], old[N];  ///< low: the low half of word, which is checked to be one
  access_link<E> link[N];
};

template <class B, class E = typename B::expr>
void read_argument(B& b, const E& active, unsigned n, const E& time, const argument_cells<E>& a) {
  read_argument(b, active, n, a.value, time, a.link);
}

/// Reads N words, an even number, at `time`.
template <class B, std::size_t N, class E = typename B::expr>
void read_words(B& b, const E& active, const E& pointer, const E& time,
                const read_operand<E, N>& o) {
  static_assert(N % 2 == 0);
  for (std::size_t i = 0; i < N; i += 2) {
    const E first =
        read_cell(b, active, ram_space, pointer + gl(4 * i), o.word[i], time, o.link[i]);
    const E second = read_cell(b, active, ram_space, pointer + gl(4 * i + 4), o.word[i + 1], time,
                               o.link[i + 1]);
    check_bytes(b, active, first, second);
  }
}

/// Writes N words, an even number, at `time`. `words` is what they are: words by construction.
template <std::size_t N, class B, class E = typename B::expr>
void write_cells(B& b, const E& active, const E& pointer, const E& time, const E (&old)[N],
                 const E (&words)[N], const access_link<E> (&link)[N]) {
  static_assert(N % 2 == 0);
  for (std::size_t i = 0; i < N; i += 2) {
    const E first =
        access_cell(b, active, ram_space, pointer + gl(4 * i), old[i], words[i], time, link[i]);
    const E second = access_cell(b, active, ram_space, pointer + gl(4 * i + 4), old[i + 1],
                                 words[i + 1], time, link[i + 1]);
    check_bytes(b, active, first, second);
  }
}

/// The same, with the words checked here.
template <class B, std::size_t N, class E = typename B::expr>
void write_words(B& b, const E& active, const E& pointer, const E& time,
                 const written_operand<E, N>& o) {
  write_cells<N>(b, active, pointer, time, o.old, o.word, o.link);
  for (std::size_t i = 0; i < N; ++i) check_word(b, active, o.word[i], o.low[i]);
}

}  // namespace ashlar::stark
