#include "test/unit/chips/every_operation.hpp"

namespace ashlar::test {

namespace {

using riscv::operation;

riscv::program operations() {
  using enum operation;
  program_writer w;
  w.program.image = {{0x100, 0x80ff7f01}, {0x104, 0xdeadbeef}};
  for (u32 i = 0; i < 12; ++i) w.program.image.push_back({0x280 + 4 * i, 0x9e3779b9u * (i + 1)});
  const std::pair<u32, u32> pairs[] = {{7, 3}, {0x80000000, 0xffffffff}, {0xfffffff9, 2},
                                       {5, 0}, {5, 0xfffffffd},          {0x80000005, 0x80000005}};
  for (const auto& [a, b] : pairs) {
    w.load_immediate(1, a).load_immediate(2, b);
    for (operation o : {add, sub, xor_, or_, and_, sll, srl, sra, slt, sltu, mul, mulh, mulhsu,
                        mulhu, div, divu, rem, remu})
      w.emit(o, 3, 1, 2);
    w.emit(xor_, 3, 1, 0, b).emit(slt, 3, 1, 0, b).emit(sra, 3, 1, 0, 3);
    for (operation o : {beq, bne, blt, bge, bltu, bgeu}) {
      w.emit(o, 32, 1, 2, w.pc() + 8);
      w.emit(add, 32, 0, 0, 0);
    }
  }
  w.emit(jal, 1, 0, 0, w.pc() + 4);
  w.load_immediate(5, w.pc() + 9).emit(jalr, 6, 5, 0, 0);
  w.load_immediate(5, w.pc() + 8 + 100).emit(jalr, 6, 5, 0, -100u);
  w.load_immediate(1, 0x140).load_immediate(2, 0xa1b2c3d4);
  for (u32 imm : {-0x40u, 0x0u}) {
    for (operation o : {lb, lbu})
      for (u32 k : {0u, 1u, 2u, 3u}) w.emit(o, 3, 1, 0, imm + k);
    for (operation o : {lh, lhu})
      for (u32 k : {0u, 2u}) w.emit(o, 3, 1, 0, imm + k);
    for (u32 k : {0u, 1u, 2u, 3u}) w.emit(sb, 32, 1, 2, imm + k);
    for (u32 k : {0u, 2u}) w.emit(sh, 32, 1, 2, imm + k);
    w.emit(lw, 3, 1, 0, imm).emit(sw, 32, 1, 2, imm + 4);
  }
  w.call(riscv::ecall::read, {0x200, 3}).call(riscv::ecall::read, {0x200, 1});
  w.call(riscv::ecall::copy_words, {0x204, 0x200, 4});
  w.call(riscv::ecall::copy_words, {0x208, 0x200, 1});
  w.call(riscv::ecall::mod256_mul_add, {0x220, 0x200, 0x100, 0x120, 0x200});
  w.call(riscv::ecall::mod256_mul_add, {0x240, 0x220, 0x208, 0x140, 0x2c0});
  w.call(riscv::ecall::mod384_mul_add, {0x240, 0x280, 0x120, 0x200, 0x280});
  w.call(riscv::ecall::mod384_mul_add, {0x220, 0x290, 0x220, 0x288, 0x27c});
  w.call(riscv::ecall::blake3_compress, {0x200, 0x280, 0x270, 5, 64 | 11 << 8});
  w.call(riscv::ecall::keccak_f1600, {0x204});
  return w.finish(0x200);
}

riscv::program hashes() {
  program_writer w;
  for (u32 i = 0; i < 40; ++i)
    w.program.image.push_back({0x100 + 4 * i, i % 7 == 1 ? ~0u : 0x9e3779b9u * (i + 1)});
  for (const auto& [n, each] : {std::pair{1u, 8u}, {8u, 8u}, {21u, 8u}, {7u, 3u}, {2u, 1u}})
    w.call(riscv::ecall::open_row, {0x200, 0x100, n, each});
  w.call(riscv::ecall::open_row, {0x100, 0x108, 5, 2});
  w.call(riscv::ecall::climb, {0x130, 1, 1, 77}).call(riscv::ecall::climb, {0x500, 10, 4, 0});
  w.call(riscv::ecall::absorb, {0x300, 0x100}).call(riscv::ecall::absorb, {0x300, 0x300});
  w.call(riscv::ecall::absorb, {0x400, 0x600});
  w.call(riscv::ecall::ext3_mul_add, {0x200, 0x200, 0x100, 0x204});
  w.call(riscv::ecall::ext3_mul_add, {0x220, 0x100, 0x100, 0x2c0});
  w.call(riscv::ecall::ext3_mul_add, {0x260, 0x130, 0x138, 0x140});
  return w.finish(0x300);
}

}  // namespace

program_run every_operation() {
  riscv::segment_limits limits;
  limits.cycles = 130;
  return {operations(), {0xffffffff, 1, 0x80000000, 17}, limits, stark::machine_kind::execution};
}

program_run every_hash() {
  std::vector<u32> input;
  for (u32 i = 0; i < 200; ++i) input.push_back(i % 5 == 0 ? 0 : 0x85ebca6bu * (i + 3));
  riscv::segment_limits limits;
  limits.hash_operands = 100;
  return {hashes(), std::move(input), limits, stark::machine_kind::recursion};
}

}  // namespace ashlar::test
