#include "runtime/riscv/program.hpp"

// Encodings: The RISC-V Instruction Set Manual, Volume I, 20191213, chapters 2, 7 and 24.

namespace ashlar::riscv {

namespace {

struct fields {
  u32 word;
  u32 opcode() const { return word & 0x7f; }
  u8 rd() const { return (word >> 7) & 31; }
  u32 funct3() const { return (word >> 12) & 7; }
  u8 rs1() const { return (word >> 15) & 31; }
  u8 rs2() const { return (word >> 20) & 31; }
  u32 funct7() const { return word >> 25; }

  // The sign is bit 31 in every format.
  u32 sign(unsigned shift) const {
    return static_cast<u32>(static_cast<std::int32_t>(word) >> shift);
  }
  u32 imm_i() const { return sign(20); }
  u32 imm_s() const { return (sign(25) << 5) | ((word >> 7) & 31); }
  u32 imm_b() const {
    return (sign(31) << 12) | ((word << 4) & 0x800) | ((word >> 20) & 0x7e0) | ((word >> 7) & 0x1e);
  }
  u32 imm_u() const { return word & 0xfffff000; }
  u32 imm_j() const {
    return (sign(31) << 20) | (word & 0xff000) | ((word >> 9) & 0x800) | ((word >> 20) & 0x7fe);
  }
};

u8 destination(u8 rd) {
  return rd == 0 ? sink_register : rd;
}

using op = operation;

instruction register_form(const fields& f, op o) {
  return {o, destination(f.rd()), f.rs1(), f.rs2(), 0};
}
instruction immediate_form(const fields& f, op o, u32 imm) {
  return {o, destination(f.rd()), f.rs1(), 0, imm};
}

instruction decode_immediate(const fields& f) {
  switch (f.funct3()) {
    case 0:
      return immediate_form(f, op::add, f.imm_i());
    case 1:
      return f.funct7() == 0 ? immediate_form(f, op::sll, f.rs2()) : instruction{};
    case 2:
      return immediate_form(f, op::slt, f.imm_i());
    case 3:
      return immediate_form(f, op::sltu, f.imm_i());
    case 4:
      return immediate_form(f, op::xor_, f.imm_i());
    case 5:
      if (f.funct7() == 0) return immediate_form(f, op::srl, f.rs2());
      if (f.funct7() == 0x20) return immediate_form(f, op::sra, f.rs2());
      return {};
    case 6:
      return immediate_form(f, op::or_, f.imm_i());
    default:
      return immediate_form(f, op::and_, f.imm_i());
  }
}

instruction decode_register(const fields& f) {
  static constexpr op base[8] = {op::add,  op::sll, op::slt, op::sltu,
                                 op::xor_, op::srl, op::or_, op::and_};
  static constexpr op multiply[8] = {op::mul, op::mulh, op::mulhsu, op::mulhu,
                                     op::div, op::divu, op::rem,    op::remu};
  switch (f.funct7()) {
    case 0:
      return register_form(f, base[f.funct3()]);
    case 1:
      return register_form(f, multiply[f.funct3()]);
    case 0x20:
      if (f.funct3() == 0) return register_form(f, op::sub);
      if (f.funct3() == 5) return register_form(f, op::sra);
      return {};
    default:
      return {};
  }
}

instruction decode_load(const fields& f) {
  static constexpr op loads[8] = {op::lb,  op::lh,  op::lw,      op::illegal,
                                  op::lbu, op::lhu, op::illegal, op::illegal};
  const op o = loads[f.funct3()];
  return o == op::illegal ? instruction{} : immediate_form(f, o, f.imm_i());
}

instruction decode_store(const fields& f) {
  static constexpr op stores[3] = {op::sb, op::sh, op::sw};
  if (f.funct3() > 2) return {};
  return {stores[f.funct3()], sink_register, f.rs1(), f.rs2(), f.imm_s()};
}

instruction decode_branch(const fields& f, u32 pc) {
  static constexpr op branches[8] = {op::beq, op::bne, op::illegal, op::illegal,
                                     op::blt, op::bge, op::bltu,    op::bgeu};
  const op o = branches[f.funct3()];
  if (o == op::illegal) return {};
  return {o, sink_register, f.rs1(), f.rs2(), pc + f.imm_b()};
}

}  // namespace

instruction decode(u32 word, u32 pc) noexcept {
  const fields f{word};
  switch (f.opcode()) {
    case 0x03:
      return decode_load(f);
    // FENCE, of any ordering: one hart and no devices have nothing to order. FENCE.I is not RV32I.
    case 0x0f:
      return f.funct3() == 0 ? instruction{op::add, sink_register, 0, 0, 0} : instruction{};
    case 0x13:
      return decode_immediate(f);
    case 0x17:
      return {op::add, destination(f.rd()), 0, 0, pc + f.imm_u()};
    case 0x23:
      return decode_store(f);
    case 0x33:
      return decode_register(f);
    case 0x37:
      return {op::add, destination(f.rd()), 0, 0, f.imm_u()};
    case 0x63:
      return decode_branch(f, pc);
    case 0x67:
      return f.funct3() == 0 ? immediate_form(f, op::jalr, f.imm_i()) : instruction{};
    case 0x6f:
      return {op::jal, destination(f.rd()), 0, 0, pc + f.imm_j()};
    case 0x73:
      return word == 0x73 ? instruction{op::ecall, sink_register, 0, 0, 0} : instruction{};
    default:
      return {};
  }
}

}  // namespace ashlar::riscv
