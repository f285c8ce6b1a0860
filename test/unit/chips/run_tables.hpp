#pragma once

#include "runtime/riscv/ecall.hpp"
#include "runtime/riscv/tracer.hpp"
#include "runtime/stark/air/checker.hpp"
#include "runtime/stark/machine/machine.hpp"

namespace ashlar::test {

/// The tables of a whole run: its segments in order, then its memory.
struct run_tables {
  stark::machine_kind machine = stark::machine_kind::execution;
  std::vector<std::vector<stark::checked_table>> parts;
  std::vector<riscv::segment> segments;
  hash256 output;
};

/// The tables of a run of `p`: what an honest prover fills in. Throws where the machine traps.
run_tables run_and_fill(const riscv::program& p, std::span<const u32> input = {},
                        const riscv::segment_limits& limits = {},
                        stark::machine_kind machine = stark::machine_kind::execution);

/// What the verifier of a whole run would say of the tables, in words; empty where they are right.
std::string check_run(const run_tables& run);

/// Writes programs as the machine sees them.
class program_writer {
 public:
  using op = riscv::operation;

  program_writer() {
    program.base = program.entry = 0x1000;
    program.ram_bytes = 1 << 16;
  }
  program_writer& emit(op o, u8 rd, u8 rs1, u8 rs2, u32 imm = 0) {
    program.code.push_back({o, rd, rs1, rs2, imm});
    return *this;
  }
  program_writer& load_immediate(u8 rd, u32 value) { return emit(op::add, rd, 0, 0, value); }
  program_writer& call(riscv::ecall number, std::initializer_list<u32> arguments) {
    load_immediate(17, static_cast<u32>(number));
    u8 r = 10;
    for (u32 a : arguments) load_immediate(r++, a);
    return emit(op::ecall, 32, 0, 0);
  }
  u32 pc() const { return program.pc_of(static_cast<u32>(program.code.size())); }
  /// Commits the 32 bytes at `from`, and halts.
  riscv::program finish(u32 from = 0) {
    call(riscv::ecall::commit, {from});
    call(riscv::ecall::halt, {0});
    return program;
  }

  riscv::program program;
};

}  // namespace ashlar::test
