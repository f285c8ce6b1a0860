#pragma once

#include "test/unit/chips/run_tables.hpp"

namespace ashlar::test {

/// Takes the word at x5 into the sum in x7, mixes it with every family of instructions and stores
/// it `to` bytes behind the word. Changes x8 to x10.
inline void emit_mixing(program_writer& w, u32 to) {
  using op = riscv::operation;
  w.emit(op::lw, 8, 5, 0, 0)
      .emit(op::add, 7, 7, 8)
      .emit(op::mul, 9, 7, 8)
      .emit(op::xor_, 7, 7, 9)
      .emit(op::srl, 9, 7, 0, 3)
      .emit(op::sub, 7, 7, 9)
      .emit(op::sw, 32, 5, 7, to)
      .emit(op::lbu, 9, 5, 0, to + 1)
      .emit(op::divu, 9, 7, 9)
      .emit(op::sltu, 10, 9, 7)
      .emit(op::add, 7, 7, 10);
}

/// Words that the mixer reads and writes again and again.
inline constexpr u32 mixer_words = 512;
inline constexpr u32 mixer_cycles_a_round = 16;

/// Reads mixer_words words to 0x100 and takes one after another for `rounds` rounds: sums and mixes
/// them with every family of instructions and writes them back. Commits to the last one.
inline riscv::program mixer_program(u32 rounds) {
  using op = riscv::operation;
  program_writer w;
  w.call(riscv::ecall::read, {0x100, mixer_words});
  w.load_immediate(5, 0x100).load_immediate(6, rounds).load_immediate(7, 1).load_immediate(11, 0);
  const u32 loop = w.pc();
  emit_mixing(w, 0);
  w.emit(op::add, 11, 11, 0, 4)
      .emit(op::and_, 11, 11, 0, 4 * mixer_words - 4)
      .emit(op::add, 5, 11, 0, 0x100)
      .emit(op::add, 6, 6, 0, ~0u)
      .emit(op::bne, 32, 6, 0, loop);
  for (u32 i = 0; i < 8; ++i) w.emit(op::sw, 32, 0, 7, 0x40 + 4 * i);
  return w.finish(0x40);
}
/// One segment, whichever instructions it has: the rate is a segment's, not what a mix is cut to.
inline riscv::segment_limits whole_segment_limits() {
  riscv::segment_limits l;
  for (const auto limit :
       {&riscv::segment_limits::add, &riscv::segment_limits::word, &riscv::segment_limits::compare,
        &riscv::segment_limits::bitwise, &riscv::segment_limits::shift,
        &riscv::segment_limits::sub_word, &riscv::segment_limits::mul_div})
    l.*limit = l.cycles;
  return l;
}
inline std::vector<u32> mixer_input() {
  std::vector<u32> out;
  for (u32 i = 0; i < mixer_words; ++i) out.push_back(i * 2654435761u + 1);
  return out;
}

}  // namespace ashlar::test
