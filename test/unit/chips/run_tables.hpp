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

template <class List>
std::vector<stark::checked_table> checked_tables(stark::machine_tables t,
                                                 std::vector<stark::matrix> fixed) {
  std::vector<stark::checked_table> all;
  std::size_t i = 0;
  List::each([&]<class Chip>() {
    all.push_back({&stark::checked<Chip>, std::move(t.main[i]), std::move(fixed[i]),
                   std::move(t.publics[i])});
    ++i;
  });
  return all;
}

inline run_tables run_and_fill(const riscv::program& p, std::span<const u32> input = {},
                               const riscv::segment_limits& limits = {},
                               stark::machine_kind machine = stark::machine_kind::execution) {
  run_tables run{machine, {}, {}, {}};
  riscv::tracer tracer(p, input, limits);
  do {
    run.segments.emplace_back();
    const auto step = tracer.next(run.segments.back());
    if (!step.ok()) throw std::runtime_error(riscv::describe(step.error()));
  } while (!run.segments.back().last);
  for (const auto& s : run.segments)
    run.parts.push_back(stark::with_chips_of(machine, [&]<class Chips>() {
      return checked_tables<Chips>(stark::tables_of(machine, s, p),
                                   stark::segment_fixed(machine, p));
    }));
  run.output = tracer.result().output.value();
  run.parts.push_back(checked_tables<stark::memory_chips>(
      stark::memory_tables(p, tracer.touched_memory(), run.segments.back().registers,
                           static_cast<u32>(run.segments.size()), run.output),
      stark::memory_fixed(p)));
  return run;
}

/// What the verifier of a whole run would say of the tables, in words; empty where they are right.
inline std::string check_run(const run_tables& run) {
  std::vector<stark::bus_message> global;
  for (std::size_t i = 0; i < run.parts.size(); ++i)
    if (const auto failure = stark::check_tables(run.parts[i], global))
      return "part " + std::to_string(i) + ": " + failure->text();
  const auto failure = stark::balance(global);
  return failure ? failure->text() : std::string();
}

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
