#pragma once

#include "runtime/stark/machine/fill.hpp"

namespace ashlar::stark {

template <std::size_t N>
void fill_arguments(argument_cells<gl> (&cells)[N], u32 time,
                    const riscv::read_access (&arguments)[N]) {
  for (std::size_t i = 0; i < N; ++i)
    cells[i] = {gl(arguments[i].value), link(time, arguments[i].time)};
}

template <std::size_t N>
void fill_read(read_operand<gl, N>& cells, const std::array<riscv::read_access, N>& words,
               u32 time) {
  for (std::size_t i = 0; i < N; ++i) {
    cells.word[i] = gl(words[i].value);
    cells.link[i] = link(time, words[i].time);
  }
}

template <std::size_t N>
void fill_written(written_operand<gl, N>& cells, const std::array<riscv::write_access, N>& words,
                  u32 time) {
  for (std::size_t i = 0; i < N; ++i) {
    cells.word[i] = gl(words[i].value);
    cells.low[i] = low16(words[i].value);
    cells.old[i] = gl(words[i].old_value);
    cells.link[i] = link(time, words[i].time);
  }
}

}  // namespace ashlar::stark
