#include <random>

#include <catch2/catch.hpp>

#include "test/unit/chips/run_tables.hpp"

using namespace ashlar;
using namespace ashlar::test;
using riscv::operation;

namespace {

std::vector<u32> operands(std::mt19937& random) {
  std::vector<u32> v = {0,       1,          2,          31,         32,         33,
                        0x7f,    0x80,       0xff,       0x7fff,     0x8000,     0xffff,
                        0x10000, 0x7fffffff, 0x80000000, 0x80000001, 0xfffffffe, 0xffffffff};
  for (int i = 0; i < 4; ++i) v.push_back(static_cast<u32>(random()));
  return v;
}

const operation register_operations[] = {
    operation::add,  operation::sub,  operation::xor_,   operation::or_,   operation::and_,
    operation::sll,  operation::srl,  operation::sra,    operation::slt,   operation::sltu,
    operation::mul,  operation::mulh, operation::mulhsu, operation::mulhu, operation::div,
    operation::divu, operation::rem,  operation::remu};
const operation branches[] = {operation::beq, operation::bne,  operation::blt,
                              operation::bge, operation::bltu, operation::bgeu};

}  // namespace

TEST_CASE("every register operation fills tables that check, at the corners", "[chips]") {
  std::mt19937 random(1);
  program_writer w;
  const auto values = operands(random);
  for (u32 a : values)
    for (u32 b : values) {
      w.load_immediate(1, a).load_immediate(2, b);
      for (operation o : register_operations) w.emit(o, 3, 1, 2);
      w.emit(operation::add, 3, 1, 0, b).emit(operation::slt, 3, 1, 0, b);
      w.emit(operation::sltu, 3, 1, 0, b).emit(operation::xor_, 3, 1, 0, b);
      w.emit(operation::sra, 3, 1, 0, b & 31).emit(operation::mul, 32, 1, 1);
    }
  CHECK(check_run(run_and_fill(w.finish())) == "");
}

TEST_CASE("every branch and jump fills tables that check", "[chips]") {
  std::mt19937 random(2);
  program_writer w;
  const auto values = operands(random);
  for (u32 a : values)
    for (u32 b : values) {
      w.load_immediate(1, a).load_immediate(2, b);
      for (operation o : branches) {
        w.emit(o, 32, 1, 2, w.pc() + 8);
        w.emit(operation::add, 32, 0, 0, 0);
      }
    }
  w.emit(operation::jal, 1, 0, 0, w.pc() + 4).emit(operation::jal, 32, 0, 0, w.pc() + 8);
  w.emit(operation::illegal, 32, 0, 0);
  for (u32 low : {0u, 1u}) {
    w.load_immediate(5, w.pc() + 8 + low - 100).emit(operation::jalr, 6, 5, 0, 100);
    w.load_immediate(5, w.pc() + 12 + low + 100).emit(operation::jalr, 32, 5, 0, -100u);
    w.emit(operation::illegal, 32, 0, 0);
  }
  CHECK(check_run(run_and_fill(w.finish())) == "");
}

TEST_CASE("loads and stores of every width fill tables that check", "[chips]") {
  using enum operation;
  std::mt19937 random(3);
  program_writer w;
  w.program.image = {{0x100, 0x80ff7f01}, {0x104, 0xdeadbeef}, {0xfffc, 0x01020384}};
  for (u32 base : {0x100u, 0x104u, 0x108u, 0xfffcu}) {
    for (u32 imm : {0u, 0x40u, -0x40u}) {
      w.load_immediate(1, base - imm).load_immediate(2, static_cast<u32>(random()));
      for (u32 k : {0u, 1u, 2u, 3u}) {
        w.emit(lb, 3, 1, 0, imm + k).emit(lbu, 3, 1, 0, imm + k);
        w.emit(sb, 32, 1, 2, imm + k).emit(lb, 32, 1, 0, imm + k);
      }
      for (u32 k : {0u, 2u}) {
        w.emit(lh, 3, 1, 0, imm + k).emit(lhu, 4, 1, 0, imm + k);
        w.emit(sh, 32, 1, 2, imm + k).emit(sh, 32, 1, 0, imm + k).emit(lh, 3, 1, 0, imm + k);
      }
      w.emit(lw, 3, 1, 0, imm).emit(sw, 32, 1, 2, imm).emit(lw, 32, 1, 0, imm);
      w.emit(sw, 32, 1, 0, imm).emit(sw, 32, 1, 1, imm).emit(lw, 1, 1, 0, imm);
    }
  }
  w.emit(lw, 3, 0, 0, 0x100).emit(sb, 32, 0, 0, 0x101).emit(lw, 32, 0, 0, 0x200);
  CHECK(check_run(run_and_fill(w.finish(0x100))) == "");
}

TEST_CASE("read, copy and commit fill tables that check", "[chips]") {
  program_writer w;
  w.call(riscv::ecall::read, {0x200, 20}).call(riscv::ecall::read, {0x204, 1});
  w.call(riscv::ecall::copy_words, {0x208, 0x200, 10});  // overlapping areas
  w.call(riscv::ecall::copy_words, {0x300, 0x204, 1});
  w.call(riscv::ecall::copy_words, {0x300, 0x300, 2});
  std::vector<u32> input(21);
  for (u32 i = 0; i < input.size(); ++i) input[i] = 0x01010101u * i + 0xfedc0000u;
  const auto run = run_and_fill(w.finish(0x208), input);
  CHECK(check_run(run) == "");
  CHECK(run.output.data()[0] == 0);
  CHECK(run.output.data()[2] == 0xdc);
}

TEST_CASE("a run cut into segments checks as a whole", "[chips]") {
  using enum operation;
  program_writer w;
  w.program.image = {{0x100, 7}};
  w.load_immediate(5, 100).load_immediate(6, 0x400);
  const u32 loop = w.pc();
  w.emit(lw, 1, 0, 0, 0x100).emit(mul, 1, 1, 5).emit(sw, 32, 6, 1).emit(add, 6, 6, 0, 4);
  w.emit(add, 5, 5, 0, -1u).emit(bne, 32, 5, 0, loop);
  riscv::segment_limits limits;
  limits.cycles = 97;
  const auto run = run_and_fill(w.finish(0x400), {}, limits);
  CHECK(run.segments.size() > 5);
  CHECK(check_run(run) == "");
}
