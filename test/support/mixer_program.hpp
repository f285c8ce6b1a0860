#pragma once

#include "test/unit/chips/run_tables.hpp"

namespace ashlar::test {

/// Reads `count` words to 0x100, sums and mixes them with every family of instructions, stores the
/// results, and commits to them: some 15 cycles a word.
inline riscv::program mixer_program(u32 count) {
  using op = riscv::operation;
  program_writer w;
  // Input and results lie side by side: the words may fill the RAM but for its last page.
  w.program.ram_bytes = 1 << 20;
  w.call(riscv::ecall::read, {0x100, count});
  w.load_immediate(5, 0x100).load_immediate(6, count).load_immediate(7, 1);
  const u32 loop = w.pc();
  w.emit(op::lw, 8, 5, 0, 0)
      .emit(op::add, 7, 7, 8)
      .emit(op::mul, 9, 7, 8)
      .emit(op::xor_, 7, 7, 9)
      .emit(op::srl, 9, 7, 0, 3)
      .emit(op::sub, 7, 7, 9)
      .emit(op::sw, 32, 5, 7, 0)
      .emit(op::lbu, 9, 5, 0, 1)
      .emit(op::divu, 9, 7, 9)
      .emit(op::sltu, 10, 9, 7)
      .emit(op::add, 7, 7, 10)
      .emit(op::add, 5, 5, 0, 4)
      .emit(op::add, 6, 6, 0, ~0u)
      .emit(op::bne, 32, 6, 0, loop);
  for (u32 i = 0; i < 8; ++i) w.emit(op::sw, 32, 0, 7, 0x40 + 4 * i);
  return w.finish(0x40);
}
inline std::vector<u32> mixer_input(u32 count) {
  std::vector<u32> out;
  for (u32 i = 0; i < count; ++i) out.push_back(i * 2654435761u + 1);
  return out;
}

}  // namespace ashlar::test
