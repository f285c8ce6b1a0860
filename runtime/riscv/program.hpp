#pragma once

#include <vector>

#include "runtime/base/bytes.hpp"

namespace ashlar::riscv {

/// What a decoded instruction does. `b` is the value of rs2 plus imm: of the two only one is in
/// use, the other being x0 or 0, so register and immediate forms are one operation.
enum class operation : u8 {
  // add family
  add,  ///< rd = rs1 + b. Also LUI (rs1 = x0), AUIPC (imm holds pc + immediate), FENCE (rd unused)
  sub,  ///< rd = rs1 - rs2
  // bitwise family
  xor_,
  or_,
  and_,
  // shift family, by b mod 32
  sll,
  srl,
  sra,
  // compare-branch-jump family
  slt,   ///< rd = rs1 < b, signed
  sltu,  ///< the same, unsigned
  beq,   ///< branches: if the comparison of rs1 and rs2 holds, pc = imm
  bne,
  blt,
  bge,
  bltu,
  bgeu,
  jal,   ///< rd = pc + 4, pc = imm
  jalr,  ///< rd = pc + 4, pc = (rs1 + imm) with bit 0 cleared
  // mul-div family
  mul,
  mulh,
  mulhsu,
  mulhu,
  div,
  divu,
  rem,
  remu,
  // load-store word family, at rs1 + imm
  lw,
  sw,  ///< stores rs2
  // load-store sub-word family
  lb,
  lh,
  lbu,
  lhu,
  sb,
  sh,
  // system family
  ecall,
  illegal,  ///< every encoding that is none of the above; it traps when it is reached
};
inline constexpr std::size_t operation_count = static_cast<std::size_t>(operation::illegal) + 1;

/// Writes to x0 go to this register, which no instruction reads: so an operation that has a result
/// always writes, and x0 is a register like the others that happens never to be written.
inline constexpr u8 sink_register = 32;
inline constexpr std::size_t register_count = 33;

/// One row of the program table. Operands that an instruction does not have are x0 (rs1, rs2),
/// sink_register (rd) and 0 (imm). rs1 and rs2 are below 32, rd is 1 to 32.
/// Branch and jump targets and AUIPC's sums are absolute in imm, so they need no pc.
struct instruction {
  operation op = operation::illegal;
  u8 rd = sink_register;
  u8 rs1 = 0;
  u8 rs2 = 0;
  u32 imm = 0;

  friend constexpr bool operator==(const instruction&, const instruction&) = default;
};

/// Decodes the RV32IM instruction `word` that stands at `pc`. Total: what is not RV32IM (compressed
/// encodings, CSR access, EBREAK, reserved funct fields, ...) is `illegal`. FENCE is a no-op.
instruction decode(u32 word, u32 pc) noexcept;

/// The RAM of the project's own guests: where guest.ld ends their heap.
inline constexpr u32 guest_ram_bytes = u32{1} << 29;

struct image_word {
  u32 address;  ///< of the first byte, a multiple of 4
  u32 value;

  friend constexpr bool operator==(const image_word&, const image_word&) = default;
};

/// A program as the machine knows it: code apart from RAM.
struct program {
  u32 base = 0;   ///< address of code[0], a multiple of 4; base + 4 code.size() does not pass 2^32
  u32 entry = 0;  ///< the first pc
  std::vector<instruction> code;
  /// What RAM holds at the start: non-zero words, by ascending address. All else is zero.
  std::vector<image_word> image;
  /// RAM is [0, ram_bytes): a multiple of 4, at most 2^31.
  u32 ram_bytes = 0;

  u32 pc_of(u32 index) const noexcept { return base + 4 * index; }
};

}  // namespace ashlar::riscv
