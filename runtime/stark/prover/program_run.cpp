#include "runtime/stark/prover/program_run.hpp"

namespace ashlar::stark {

program_run::program_run(const air_program& program, u32 scratch_registers,
                         std::span<const gl> publics)
    : program_(program), first_scratch_(program.first_scratch()) {
  const std::size_t inputs = program.inputs.size(), constants = program.constants.size();
  reg_.resize(first_scratch_ + scratch_registers);
  std::size_t wrapped = 0, constant_inputs = 0;
  for (const air_input& in : program.inputs) {
    wrapped += in.from == air_input::kind::main_next || in.from == air_input::kind::fixed_next;
    constant_inputs += in.from == air_input::kind::publics;
  }
  own_.resize((constants + constant_inputs + scratch_registers) * block_rows);
  wrapped_.resize(wrapped * block_rows);
  gl* at = own_.data();
  const auto put = [&](u32 r, gl value) {
    std::fill(at, at + block_rows, value);
    reg_[r] = at;
    at += block_rows;
  };
  for (u32 i = 0; i < inputs; ++i)
    if (program.inputs[i].from == air_input::kind::publics)
      put(i, publics[program.inputs[i].index]);
  for (u32 i = 0; i < constants; ++i) put(static_cast<u32>(inputs) + i, program.constants[i]);
  for (u32 i = 0; i < scratch_registers; ++i, at += block_rows) reg_[first_scratch_ + i] = at;
}

void program_run::place(const program_columns& columns, std::size_t at, std::size_t n) {
  gl* spare = wrapped_.data();
  const auto next_of = [&](const gl* column) -> const gl* {
    if (at + n < columns.rows) return column + at + 1;
    std::copy(column + at + 1, column + columns.rows, spare);
    spare[n - 1] = column[0];
    const gl* out = spare;
    spare += block_rows;
    return out;
  };
  for (std::size_t i = 0; i < program_.inputs.size(); ++i) {
    const u32 j = program_.inputs[i].index;
    switch (program_.inputs[i].from) {
      case air_input::kind::main:
        reg_[i] = columns.main[j] + at;
        break;
      case air_input::kind::fixed:
        reg_[i] = columns.fixed[j] + at;
        break;
      case air_input::kind::main_next:
        reg_[i] = next_of(columns.main[j]);
        break;
      case air_input::kind::fixed_next:
        reg_[i] = next_of(columns.fixed[j]);
        break;
      case air_input::kind::publics:
        break;
    }
  }
}

void program_run::execute(std::span<const air_instruction> code, const block_ops& ops,
                          std::size_t n) {
  for (const air_instruction& i : code) {
    // Results only ever go to scratch registers, which are this object's own.
    gl* to = const_cast<gl*>(reg_[i.to]);
    switch (i.op) {
      case air_instruction::kind::add:
        ops.add(to, reg_[i.a], reg_[i.b], n);
        break;
      case air_instruction::kind::sub:
        ops.sub(to, reg_[i.a], reg_[i.b], n);
        break;
      case air_instruction::kind::mul:
        ops.mul(to, reg_[i.a], reg_[i.b], n);
        break;
    }
  }
}

void fingerprints::compute(const air_program::interaction& x, const program_run& run,
                           const block_ops& ops, gl* const to[3], std::size_t n) const {
  const bus_challenge& c = x.bus.global ? challenges_.global : challenges_.local;
  const gl3 start = c.alpha + gl(x.bus.id);
  for (unsigned k = 0; k < 3; ++k) std::fill(to[k], to[k] + n, start.c[k]);
  gl3 power = c.beta;
  for (u32 e : x.tuple) {
    ops.add_scaled(to, run.reg(e), power, n);
    power *= c.beta;
  }
}

}  // namespace ashlar::stark
