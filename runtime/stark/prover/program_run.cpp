#include "runtime/stark/prover/program_run.hpp"

#include <algorithm>
#include <optional>

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

void program_run::fetch_columns(const program_columns& columns, std::size_t at,
                                std::size_t n) const {
  for (const gl* column : columns.main) fetch(column + at, n);
  for (const gl* column : columns.fixed) fetch(column + at, n);
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

namespace {

// What is known of a program's registers where the interactions read them.
struct known_registers {
  const air_program& program;
  std::span<const air_instruction> code;

  std::optional<gl> constant(u32 r) const {
    const std::size_t first = program.inputs.size();
    if (r < first || r >= program.first_scratch()) return std::nullopt;
    return program.constants[r - first];
  }
  /// b - a where it is a constant: b is a, or the sum of a, an input, and a constant.
  std::optional<gl> difference(u32 b, u32 a) const {
    if (a == b) return gl();
    if (a >= program.inputs.size()) return std::nullopt;
    const auto last = std::find_if(code.rbegin(), code.rend(),
                                   [&](const air_instruction& i) { return i.to == b; });
    if (last == code.rend() || last->op != air_instruction::kind::add) return std::nullopt;
    if (last->a == a) return constant(last->b);
    if (last->b == a) return constant(last->a);
    return std::nullopt;
  }
};

}  // namespace

fingerprint_plan::fingerprint_plan(const air_program& program,
                                   std::span<const air_program::interaction> list,
                                   std::span<const air_instruction> code,
                                   const air_challenges& challenges)
    : recipes(list.size()) {
  const known_registers known{program, code};
  for (std::size_t i = 0; i < list.size(); ++i) {
    const air_program::interaction& x = list[i];
    const bus_challenge& c = x.bus.global ? challenges.global : challenges.local;
    recipe whole{false, c.alpha + gl(x.bus.id), {}, {}}, from_before{true, {}, {}, {}};
    const bool same_bus = i > 0 && list[i - 1].bus.id == x.bus.id &&
                          list[i - 1].bus.global == x.bus.global &&
                          list[i - 1].tuple.size() == x.tuple.size();
    gl3 power = c.beta;
    for (std::size_t k = 0; k < x.tuple.size(); ++k, power *= c.beta) {
      const auto add = [&](recipe& to, std::optional<gl> constant, term t) {
        if (constant) {
          to.start += power * *constant;
          return;
        }
        to.terms.push_back(t);
        to.factors.push_back(power);
      };
      add(whole, known.constant(x.tuple[k]), {x.tuple[k], none});
      if (same_bus)
        add(from_before, known.difference(x.tuple[k], list[i - 1].tuple[k]),
            {x.tuple[k], list[i - 1].tuple[k]});
    }
    recipes[i] = same_bus && from_before.terms.size() < whole.terms.size() ? from_before : whole;
    terms_max = std::max(terms_max, recipes[i].terms.size());
  }
}

void fingerprints::compute(std::size_t i, const program_run& run, const block_ops& ops,
                           gl* const to[3], std::size_t n) {
  const fingerprint_plan::recipe& r = plan_.recipes[i];
  for (unsigned k = 0; k < 3; ++k) {
    std::fill(to[k], to[k] + n, r.start.c[k]);
    if (r.from_before) ops.add(to[k], to[k], before_.data() + k * block_rows, n);
  }
  elements_.clear();
  gl* spare = differences_.data();
  for (const fingerprint_plan::term& t : r.terms) {
    elements_.push_back(run.reg(t.plus));
    if (t.minus == fingerprint_plan::none) continue;
    ops.sub(spare, run.reg(t.plus), run.reg(t.minus), n);
    elements_.back() = spare;
    spare += block_rows;
  }
  ops.add_combination(to, elements_.data(), r.factors.data(), elements_.size(), n, 0);
  if (i + 1 == plan_.recipes.size() || !plan_.recipes[i + 1].from_before) return;
  for (unsigned k = 0; k < 3; ++k) std::copy(to[k], to[k] + n, before_.data() + k * block_rows);
}

}  // namespace ashlar::stark
