#include "cuda/backend/programs.hpp"

#include <algorithm>

namespace ashlar::cuda {

using stark::air_input;
using stark::air_instruction;
using stark::air_program;

namespace {

instruction::kind kind_of(air_instruction::kind k) {
  switch (k) {
    case air_instruction::kind::add:
      return instruction::kind::add;
    case air_instruction::kind::sub:
      return instruction::kind::sub;
    case air_instruction::kind::mul:
      break;
  }
  return instruction::kind::mul;
}

class translator {
 public:
  translator(const stark::prover_air& air, const program_columns_at& columns,
             const stark::air_challenges& challenges)
      : air_(air), columns_(columns), challenges_(challenges) {
    for (const air_input& in : air_.program.inputs) add_input(in);
    for (gl c : air_.program.constants) {
      registers_.push_back(uniform(c));
    }
  }

  void add_code(std::span<const air_instruction> code) {
    for (const air_instruction& i : code)
      out.code.push_back({kind_of(i.op), operand_of(i.to).at(), operand_of(i.a), operand_of(i.b)});
  }
  void add_constraint(const air_program::constraint& c, u32 power) {
    out.code.push_back({instruction::kind::constraint, static_cast<u32>(c.where), operand_of(c.reg),
                        operand{power}});
  }
  void add_interactions(const std::vector<air_program::interaction>& list) {
    u32 places[2] = {};  // of the powers of either beta
    for (const bool global : {false, true}) {
      const stark::bus_challenge& c = global ? challenges_.global : challenges_.local;
      std::size_t most = 0;
      for (const auto& x : list)
        if (x.bus.global == global) most = std::max(most, x.tuple.size());
      places[global] = static_cast<u32>(out.powers.size());
      gl3 power = c.beta;
      for (std::size_t k = 0; k < most; ++k, power *= c.beta) out.powers.push_back(power);
    }
    for (const auto& x : list) {
      const stark::bus_challenge& c = x.bus.global ? challenges_.global : challenges_.local;
      out.interactions.push_back({c.alpha + gl(x.bus.id), static_cast<u32>(out.tuples.size()),
                                  static_cast<u32>(x.tuple.size()), places[x.bus.global],
                                  operand_of(x.multiplicity), x.negative});
      for (u32 e : x.tuple) out.tuples.push_back(operand_of(e));
    }
    const stark::air_shape& shape = air_.verifier.shape;
    for (const stark::interaction_group& g : shape.groups) out.groups.push_back({g.first, g.count});
    out.local_groups = shape.local_groups;
    out.global_groups = shape.global_groups;
  }

  translated_program out;

 private:
  operand uniform(gl value) {
    out.uniforms.push_back(value);
    return operand::of(operand::kind::uniform, static_cast<u32>(out.uniforms.size() - 1));
  }
  void add_input(const air_input& in) {
    const bool is_main = in.from == air_input::kind::main || in.from == air_input::kind::main_next;
    const bool is_next =
        in.from == air_input::kind::main_next || in.from == air_input::kind::fixed_next;
    if (in.from == air_input::kind::publics) {
      registers_.push_back(uniform(challenges_.publics[in.index]));
      return;
    }
    const gl* const column = is_main ? columns_.main + in.index * columns_.main_stride
                                     : columns_.fixed + in.index * columns_.fixed_stride;
    out.inputs.push_back({column, is_next});
    registers_.push_back(
        operand::of(operand::kind::input, static_cast<u32>(out.inputs.size() - 1)));
  }
  operand operand_of(u32 reg) const {
    if (reg < registers_.size()) return registers_[reg];
    return operand::of(operand::kind::scratch, reg - static_cast<u32>(registers_.size()));
  }

  const stark::prover_air& air_;
  const program_columns_at& columns_;
  const stark::air_challenges& challenges_;
  std::vector<operand> registers_;  // inputs and constants
};

}  // namespace

translated_program translate(const stark::prover_air& air, program_use use,
                             const program_columns_at& columns,
                             const stark::air_challenges& challenges) {
  const air_program& p = air.program;
  translator t(air, columns, challenges);
  if (use == program_use::fractions) {
    t.add_code(p.interaction_code);
    t.add_interactions(p.interactions_alone);
    t.out.scratch_registers = p.interaction_scratch;
    return std::move(t.out);
  }
  // A constraint is taken right when it is complete: its register may be used again after.
  std::vector<u32> order;
  for (u32 k = 0; k < p.constraints.size(); ++k) order.push_back(k);
  std::stable_sort(order.begin(), order.end(),
                   [&](u32 a, u32 b) { return p.constraints[a].after < p.constraints[b].after; });
  const std::span<const air_instruction> code(p.code);
  std::size_t done = 0;
  for (u32 k : order) {
    t.add_code(code.subspan(done, p.constraints[k].after - done));
    done = p.constraints[k].after;
    t.add_constraint(p.constraints[k], k);
  }
  t.add_code(code.subspan(done));
  t.add_interactions(p.interactions);
  t.out.scratch_registers = p.scratch_registers;
  t.out.constraints = static_cast<u32>(p.constraints.size());
  return std::move(t.out);
}

}  // namespace ashlar::cuda
