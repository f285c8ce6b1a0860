#pragma once

#include <initializer_list>
#include <vector>

#include "runtime/riscv/program.hpp"

namespace ashlar::test {

/// RV32IM encodings by format, as the manual draws them, and a program under construction.
namespace rv {
constexpr u32 r_type(u32 funct7, u32 rs2, u32 rs1, u32 funct3, u32 rd, u32 opcode = 0x33) {
  return funct7 << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr u32 i_type(u32 imm, u32 rs1, u32 funct3, u32 rd, u32 opcode = 0x13) {
  return imm << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode;
}
constexpr u32 s_type(u32 imm, u32 rs2, u32 rs1, u32 funct3) {
  return (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 | (imm & 31) << 7 | 0x23;
}
constexpr u32 b_type(u32 imm, u32 rs2, u32 rs1, u32 funct3) {
  return (imm >> 12 & 1) << 31 | (imm >> 5 & 0x3f) << 25 | rs2 << 20 | rs1 << 15 | funct3 << 12 |
         (imm >> 1 & 15) << 8 | (imm >> 11 & 1) << 7 | 0x63;
}
constexpr u32 u_type(u32 imm, u32 rd, u32 opcode) {
  return (imm & 0xfffff000) | rd << 7 | opcode;
}
constexpr u32 j_type(u32 imm, u32 rd) {
  return (imm >> 20 & 1) << 31 | (imm >> 1 & 0x3ff) << 21 | (imm >> 11 & 1) << 20 |
         (imm >> 12 & 0xff) << 12 | rd << 7 | 0x6f;
}

constexpr u32 addi(u32 rd, u32 rs1, u32 imm) {
  return i_type(imm, rs1, 0, rd);
}
constexpr u32 lui(u32 rd, u32 imm) {
  return u_type(imm, rd, 0x37);
}
constexpr u32 auipc(u32 rd, u32 imm) {
  return u_type(imm, rd, 0x17);
}
constexpr u32 jal(u32 rd, u32 offset) {
  return j_type(offset, rd);
}
constexpr u32 jalr(u32 rd, u32 rs1, u32 imm) {
  return i_type(imm, rs1, 0, rd, 0x67);
}
constexpr u32 load(u32 funct3, u32 rd, u32 rs1, u32 imm) {
  return i_type(imm, rs1, funct3, rd, 0x03);
}
constexpr u32 lw(u32 rd, u32 rs1, u32 imm) {
  return load(2, rd, rs1, imm);
}
constexpr u32 sw(u32 rs2, u32 rs1, u32 imm) {
  return s_type(imm, rs2, rs1, 2);
}
constexpr u32 ecall = 0x73;
}  // namespace rv

/// Instructions at an address, kept as words so that an oracle can read them too.
struct assembly {
  u32 base = 0x8000'0000;
  u32 ram_bytes = 1u << 16;
  std::vector<u32> words;
  std::vector<riscv::image_word> image;

  u32 here() const { return base + 4 * static_cast<u32>(words.size()); }
  assembly& emit(std::initializer_list<u32> more) {
    words.insert(words.end(), more);
    return *this;
  }
  /// rd = value: LUI and ADDI, always both.
  assembly& load_immediate(u32 rd, u32 value) {
    const u32 low = value & 0xfff, high = value + 0x800;
    return emit({rv::lui(rd, high), rv::addi(rd, rd, low)});
  }
  /// ecall with a number in a7 and arguments in a0, a1, ...
  assembly& call(u32 number, std::initializer_list<u32> arguments) {
    u32 r = 10;
    for (const u32 a : arguments) load_immediate(r++, a);
    load_immediate(17, number);
    return emit({rv::ecall});
  }
  assembly& halt(u32 code = 0) { return call(0, {code}); }

  riscv::program assemble() const {
    riscv::program p;
    p.base = p.entry = base;
    p.ram_bytes = ram_bytes;
    p.image = image;
    for (std::size_t i = 0; i < words.size(); ++i)
      p.code.push_back(riscv::decode(words[i], base + 4 * static_cast<u32>(i)));
    return p;
  }
};

}  // namespace ashlar::test
