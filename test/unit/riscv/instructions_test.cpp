#include <random>

#include "test/support/random_riscv.hpp"
#include "test/unit/riscv/both_machines.hpp"

using namespace ashlar;
using namespace ashlar::test;

// Each instruction on its own, over pairs of corner and random operands, into a register, into x0
// and over its own operands: the machine and the oracle must end in the same state.

namespace {

constexpr u32 corners[] = {0,          1,          2,          0xffffffff, 0xfffffffe, 0x80000000,
                           0x80000001, 0x7fffffff, 0x7ffffffe, 31,         32,         33,
                           0xffff,     0x8000,     0x10000,    0x55555555};

/// Calls `emit(program, rd, rs1, rs2)` for every pair and for a few choices of registers, and keeps
/// each result in RAM.
template <class Emit>
void over_operands(Emit emit) {
  std::mt19937_64 random(11);
  std::vector<std::pair<u32, u32>> pairs;
  for (const u32 a : corners)
    for (const u32 b : corners) pairs.emplace_back(a, b);
  for (int i = 0; i < 200; ++i) pairs.emplace_back(corner_word(random), corner_word(random));

  assembly a;
  a.load_immediate(31, 0x1000);
  for (const auto& [x, y] : pairs) {
    struct choice {
      u32 rd, rs1, rs2;
    };
    for (const choice c :
         {choice{5, 6, 7}, {6, 6, 7}, {7, 6, 7}, {0, 6, 7}, {5, 6, 6}, {5, 0, 7}, {5, 6, 0}}) {
      a.load_immediate(6, x).load_immediate(7, y);
      emit(a, c.rd, c.rs1, c.rs2);
      a.emit({rv::sw(c.rd, 31, 0), rv::addi(31, 31, 4)});
    }
  }
  a.halt();
  require_same_run(a);
}

void register_form(u32 funct7, u32 funct3) {
  over_operands([&](assembly& a, u32 rd, u32 rs1, u32 rs2) {
    a.emit({rv::r_type(funct7, rs2, rs1, funct3, rd)});
  });
}

void immediate_form(u32 funct3) {
  std::mt19937_64 random(funct3);
  over_operands([&](assembly& a, u32 rd, u32 rs1, u32) {
    static constexpr u32 ends[] = {0, 1, 0x7ff, 0x800, 0xfff};
    const u32 imm = random() % 2 ? ends[random() % 5] : static_cast<u32>(random() % 4096);
    a.emit({rv::i_type(imm, rs1, funct3, rd)});
  });
}

void shift_immediate(u32 funct7, u32 funct3) {
  u32 amount = 0;
  over_operands([&](assembly& a, u32 rd, u32 rs1, u32) {
    a.emit({rv::i_type(funct7 << 5 | (amount++ % 32), rs1, funct3, rd)});
  });
}

// A branch over an instruction that marks that it was not taken.
void branch(u32 funct3) {
  over_operands([&](assembly& a, u32 rd, u32 rs1, u32 rs2) {
    a.emit({rv::b_type(8, rs2, rs1, funct3), rv::addi(rd, rd, 77)});
  });
}

void load(u32 funct3) {
  over_operands([&](assembly& a, u32 rd, u32, u32) {
    const u32 size = 1u << (funct3 % 4);
    a.load_immediate(8, 0x800);
    a.emit({rv::sw(6, 8, 0), rv::sw(7, 8, 4), rv::sw(6, 8, 0xffc)});
    for (u32 at = 0; at < 8; at += size) {
      a.emit({rv::load(funct3, rd, 8, at), rv::r_type(0, rd, 9, 4, 9)});
      a.emit({rv::load(funct3, rd, 8, (at - 4) & 0xfff), rv::r_type(0, 9, rd, 0, 9)});
    }
    a.emit({rv::sw(9, 8, 8)});
  });
}

void store(u32 funct3) {
  over_operands([&](assembly& a, u32, u32 rs1, u32 rs2) {
    const u32 size = 1u << funct3;
    a.load_immediate(8, 0x800);
    a.emit({rv::sw(7, 8, 0), rv::sw(6, 8, 4)});
    for (u32 at = 0; at < 8; at += size)
      a.emit({rv::s_type((at - 4) & 0xfff, at % 2 ? rs1 : rs2, 8, funct3), rv::lw(9, 8, 0)});
  });
}

}  // namespace

TEST_CASE("ADD SUB SLL SLT SLTU XOR SRL SRA OR AND", "[riscv]") {
  const auto [funct7, funct3] = GENERATE(table<u32, u32>(
      {{0, 0}, {0x20, 0}, {0, 1}, {0, 2}, {0, 3}, {0, 4}, {0, 5}, {0x20, 5}, {0, 6}, {0, 7}}));
  CAPTURE(funct7, funct3);
  register_form(funct7, funct3);
}

TEST_CASE("MUL MULH MULHSU MULHU DIV DIVU REM REMU", "[riscv]") {
  const u32 funct3 = GENERATE(range(0u, 8u));
  CAPTURE(funct3);
  register_form(1, funct3);
}

TEST_CASE("ADDI SLTI SLTIU XORI ORI ANDI", "[riscv]") {
  const u32 funct3 = GENERATE(0u, 2u, 3u, 4u, 6u, 7u);
  CAPTURE(funct3);
  immediate_form(funct3);
}

TEST_CASE("SLLI SRLI SRAI", "[riscv]") {
  const auto [funct7, funct3] = GENERATE(table<u32, u32>({{0, 1}, {0, 5}, {0x20, 5}}));
  CAPTURE(funct7, funct3);
  shift_immediate(funct7, funct3);
}

TEST_CASE("BEQ BNE BLT BGE BLTU BGEU", "[riscv]") {
  const u32 funct3 = GENERATE(0u, 1u, 4u, 5u, 6u, 7u);
  CAPTURE(funct3);
  branch(funct3);
}

TEST_CASE("LB LH LW LBU LHU", "[riscv]") {
  const u32 funct3 = GENERATE(0u, 1u, 2u, 4u, 5u);
  CAPTURE(funct3);
  load(funct3);
}

TEST_CASE("SB SH SW", "[riscv]") {
  const u32 funct3 = GENERATE(0u, 1u, 2u);
  CAPTURE(funct3);
  store(funct3);
}

TEST_CASE("LUI and AUIPC", "[riscv]") {
  over_operands([k = u32{0}](assembly& a, u32 rd, u32, u32) mutable {
    k = k * 0x9e3779b1 + 0x1000;
    a.emit({rv::lui(rd, k), rv::auipc(7, k), rv::r_type(0, 7, rd, 0, rd)});
  });
}

TEST_CASE("JAL and JALR link and land, JALR clears bit 0", "[riscv]") {
  over_operands([k = u32{0}](assembly& a, u32 rd, u32, u32) mutable {
    ++k;
    const u32 skip = k % 3;
    a.emit({rv::jal(rd, 4 * (skip + 1))});
    for (u32 i = 0; i < skip; ++i) a.emit({rv::addi(9, 9, 1)});
    a.emit({rv::auipc(5, 0), rv::jalr(rd, 5, 12 + k % 2), rv::addi(9, 9, 2)});
    // Backwards: over a jump forward, back to it, and out.
    a.emit({rv::jal(0, 12), rv::addi(9, 9, 4), rv::jal(0, 8), rv::jal(1, static_cast<u32>(-8)),
            rv::addi(9, 9, 8)});
  });
}

TEST_CASE("FENCE changes nothing", "[riscv]") {
  over_operands([](assembly& a, u32 rd, u32, u32) {
    a.emit({0x0ff0000f | rd << 7, rv::addi(rd, rd, 1)});
  });
}
