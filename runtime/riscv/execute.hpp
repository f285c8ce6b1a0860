#pragma once

#include "runtime/riscv/ecall_step.hpp"
#include "runtime/riscv/trace.hpp"

// The one interpreter loop, over a recorder: plain, tracing and profiling runs differ in nothing
// else. Internal to this folder.

namespace ashlar::riscv {

/// A recorder sees each instruction before its result is written. This one looks away.
struct no_recorder {
  void alu(operation, u32, const instruction&, u32, u32, u32, u32) {}
  void branch(u32, const instruction&, u32, u32) {}
  void load(bool, u32, const instruction&, u32, u32, u32, u32, u32, u32) {}
  void store(bool, u32, const instruction&, u32, u32, u32, u32, u32) {}
  /// After a taken jump or branch.
  void jumped(const instruction&, u32 /*from*/, u32 /*to*/) {}
  void done() {}
  bool full() const { return false; }

  // For ecalls: the time of the access before, and the record.
  u32 register_time(unsigned) { return 0; }
  u32 word_time(u32, u32, unsigned) { return 0; }
  bool has_chip(ecall) const { return true; }
  bool has_room(ecall, u32) const { return true; }
  u32 time() const { return 0; }
  u32 read_words_used() const { return 0; }
  u32 copied_words_used() const { return 0; }
  u32 permutations_used() const { return 0; }
  template <class Record>
  void emit(const Record&) {}
};

inline std::int32_t as_signed(u32 v) {
  return static_cast<std::int32_t>(v);
}

/// MUL ... REMU (manual, chapter 7): division by zero gives all ones and the dividend, the one
/// signed overflow the dividend and zero.
inline u32 multiply_divide(operation op, u32 a, u32 b) {
  const bool overflows = a == 0x80000000 && b == 0xffffffff;
  switch (op) {
    case operation::mul:
      return a * b;
    case operation::mulh:
      return static_cast<u32>((i64{as_signed(a)} * as_signed(b)) >> 32);
    case operation::mulhsu:
      return static_cast<u32>((i64{as_signed(a)} * i64{b}) >> 32);
    case operation::mulhu:
      return static_cast<u32>((u64{a} * b) >> 32);
    case operation::div:
      if (b == 0) return ~u32{0};
      return overflows ? a : static_cast<u32>(as_signed(a) / as_signed(b));
    case operation::divu:
      return b == 0 ? ~u32{0} : a / b;
    case operation::rem:
      if (b == 0) return a;
      return overflows ? 0 : static_cast<u32>(as_signed(a) % as_signed(b));
    default:
      return b == 0 ? a : a % b;
  }
}

/// The value that a sub-word load takes from `word` at its byte `offset`.
inline u32 sub_word_of(operation op, u32 word, u32 offset) {
  const u32 v = word >> (8 * offset);
  switch (op) {
    case operation::lb:
      return static_cast<u32>(static_cast<std::int8_t>(v));
    case operation::lh:
      return static_cast<u32>(static_cast<std::int16_t>(v));
    case operation::lbu:
      return static_cast<u8>(v);
    default:
      return static_cast<u16>(v);
  }
}

#define ASHLAR_ALU_CASE(name, expression)                \
  case operation::name: {                                \
    const u32 a = x[i.rs1], c = x[i.rs2], b = c + i.imm; \
    const u32 value = (expression);                      \
    static_cast<void>(b);                                \
    recorder.alu(i.op, at, i, a, c, value, x[i.rd]);     \
    x[i.rd] = value;                                     \
    break;                                               \
  }

#define ASHLAR_BRANCH_CASE(name, condition) \
  case operation::name: {                   \
    const u32 a = x[i.rs1], b = x[i.rs2];   \
    recorder.branch(at, i, a, b);           \
    if (condition) goto jump_to_imm;        \
    break;                                  \
  }

/// Runs at most `budget` instructions.
template <class Recorder>
pause execute(machine_state& m, Recorder& recorder, u64 budget) {
  const instruction* const code = m.code.data();
  u32* const x = m.x;
  u8* const ram = m.ram.data();
  const u32 ram_bytes = m.ram_bytes;
  u32 at = m.next;
  u64 left = budget;
  instruction i;

  const auto stop = [&](pause why) {
    m.so_far.cycles += budget - left;
    m.next = at;
    return why;
  };
  const auto trapped = [&](trap_code why, u32 pc, u32 value) {
    stop(pause::trapped);
    m.last_trap = {why, pc, value, m.so_far.cycles};
    return pause::trapped;
  };

  for (;; --left) {
    if (left == 0 || recorder.full()) return stop(pause::budget);
    i = code[at];
    switch (i.op) {
      ASHLAR_ALU_CASE(add, a + b)
      ASHLAR_ALU_CASE(sub, a - c)
      ASHLAR_ALU_CASE(xor_, a ^ b)
      ASHLAR_ALU_CASE(or_, a | b)
      ASHLAR_ALU_CASE(and_, a & b)
      ASHLAR_ALU_CASE(sll, a << (b & 31))
      ASHLAR_ALU_CASE(srl, a >> (b & 31))
      ASHLAR_ALU_CASE(sra, static_cast<u32>(as_signed(a) >> (b & 31)))
      ASHLAR_ALU_CASE(slt, as_signed(a) < as_signed(b))
      ASHLAR_ALU_CASE(sltu, a < b)
      ASHLAR_ALU_CASE(mul, a * c)
      ASHLAR_ALU_CASE(mulhu, static_cast<u32>((u64{a} * c) >> 32))
      ASHLAR_ALU_CASE(mulh, multiply_divide(operation::mulh, a, c))
      ASHLAR_ALU_CASE(mulhsu, multiply_divide(operation::mulhsu, a, c))
      ASHLAR_ALU_CASE(div, multiply_divide(operation::div, a, c))
      ASHLAR_ALU_CASE(divu, multiply_divide(operation::divu, a, c))
      ASHLAR_ALU_CASE(rem, multiply_divide(operation::rem, a, c))
      ASHLAR_ALU_CASE(remu, multiply_divide(operation::remu, a, c))
      ASHLAR_BRANCH_CASE(beq, a == b)
      ASHLAR_BRANCH_CASE(bne, a != b)
      ASHLAR_BRANCH_CASE(blt, as_signed(a) < as_signed(b))
      ASHLAR_BRANCH_CASE(bge, as_signed(a) >= as_signed(b))
      ASHLAR_BRANCH_CASE(bltu, a < b)
      ASHLAR_BRANCH_CASE(bgeu, a >= b)

      case operation::jal: {
        const u32 link = m.pc_of(at + 1);
        recorder.alu(i.op, at, i, x[i.rs1], x[i.rs2], link, x[i.rd]);
        x[i.rd] = link;
        goto jump_to_imm;
      }
      case operation::jalr: {
        const u32 link = m.pc_of(at + 1), a = x[i.rs1];
        recorder.alu(i.op, at, i, a, x[i.rs2], link, x[i.rd]);
        i.imm = (a + i.imm) & ~u32{1};
        x[i.rd] = link;
        goto jump_to_imm;
      }

      case operation::lw: {
        const u32 a = x[i.rs1], address = a + i.imm;
        if (address & 3) return trapped(trap_code::misaligned, m.pc_of(at), address);
        if (address >= ram_bytes) return trapped(trap_code::out_of_range, m.pc_of(at), address);
        const u32 value = load_le32(ram + address);
        recorder.load(true, at, i, a, x[i.rs2], value, x[i.rd], address, value);
        x[i.rd] = value;
        break;
      }
      case operation::sw: {
        const u32 a = x[i.rs1], address = a + i.imm, value = x[i.rs2];
        if (address & 3) return trapped(trap_code::misaligned, m.pc_of(at), address);
        if (address >= ram_bytes) return trapped(trap_code::out_of_range, m.pc_of(at), address);
        recorder.store(true, at, i, a, value, address, load_le32(ram + address), value);
        store_le32(ram + address, value);
        break;
      }
      case operation::lb:
      case operation::lbu:
      case operation::lh:
      case operation::lhu: {
        const u32 a = x[i.rs1], address = a + i.imm;
        const bool half = i.op == operation::lh || i.op == operation::lhu;
        if (half && (address & 1)) return trapped(trap_code::misaligned, m.pc_of(at), address);
        if (address >= ram_bytes) return trapped(trap_code::out_of_range, m.pc_of(at), address);
        const u32 word = load_le32(ram + (address & ~u32{3}));
        const u32 value = sub_word_of(i.op, word, address & 3);
        recorder.load(false, at, i, a, x[i.rs2], value, x[i.rd], address & ~u32{3}, word);
        x[i.rd] = value;
        break;
      }
      case operation::sb:
      case operation::sh: {
        const u32 a = x[i.rs1], address = a + i.imm, source = x[i.rs2];
        if (i.op == operation::sh && (address & 1))
          return trapped(trap_code::misaligned, m.pc_of(at), address);
        if (address >= ram_bytes) return trapped(trap_code::out_of_range, m.pc_of(at), address);
        const u32 shift = 8 * (address & 3), aligned = address & ~u32{3};
        const u32 mask = (i.op == operation::sh ? 0xffffu : 0xffu) << shift;
        const u32 old = load_le32(ram + aligned);
        const u32 word = (old & ~mask) | ((source << shift) & mask);
        recorder.store(false, at, i, a, source, aligned, old, word);
        store_le32(ram + aligned, word);
        break;
      }

      case operation::ecall: {
        const ecall_outcome out = ecall_step(m, recorder, at);
        if (out.kind == ecall_outcome::no_room) return stop(pause::budget);
        if (out.kind == ecall_outcome::trap) return trapped(out.why, m.pc_of(at), out.value);
        recorder.done();
        if (out.kind == ecall_outcome::halt) {
          --left;
          return stop(pause::halted);
        }
        ++at;
        continue;
      }
      case operation::illegal:
        return trapped(at == m.code_size ? trap_code::bad_jump : trap_code::illegal_instruction,
                       m.pc_of(at), 0);
    }
    ++at;
    recorder.done();
    continue;

  jump_to_imm:
    const u32 offset = i.imm - m.base;
    recorder.done();
    if ((offset & 3) != 0 || offset / 4 >= m.code_size) {
      --left;
      return trapped(trap_code::bad_jump, i.imm, 0);
    }
    recorder.jumped(i, at, offset / 4);
    at = offset / 4;
  }
}

#undef ASHLAR_ALU_CASE
#undef ASHLAR_BRANCH_CASE

}  // namespace ashlar::riscv
