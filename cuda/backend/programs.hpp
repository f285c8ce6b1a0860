#pragma once

#include "cuda/backend/tables.hpp"
#include "cuda/kernels/program.hpp"

namespace ashlar::cuda {

/// An air_program as kernels read it.
struct translated_program {
  std::vector<instruction> code;
  std::vector<program_input> inputs;
  std::vector<gl> uniforms;
  std::vector<device_interaction> interactions;
  std::vector<operand> tuples;
  std::vector<gl3> powers;
  std::vector<device_group> groups;
  u32 local_groups = 0, global_groups = 0, constraints = 0;
  u32 scratch_registers = 0;
};

/// Which of a program's two codes, and where its columns' first rows are.
enum class program_use { fractions, quotient };
struct program_columns_at {
  const gl *main, *fixed;
  u64 main_stride, fixed_stride;
};
translated_program translate(const stark::prover_air& air, program_use use,
                             const program_columns_at& columns,
                             const stark::air_challenges& challenges);

/// A translated program on a device.
struct placed_program {
  device_array<instruction> code;
  device_array<program_input> inputs;
  device_array<gl> uniforms;
  device_array<device_interaction> interactions;
  device_array<operand> tuples;
  device_array<gl3> powers;
  device_array<device_group> groups;
  row_program program;
};

template <class Device>
placed_program place(Device& device, const translated_program& t, u64 rows) {
  placed_program out{array_of(device, t.code),     array_of(device, t.inputs),
                     array_of(device, t.uniforms), array_of(device, t.interactions),
                     array_of(device, t.tuples),   array_of(device, t.powers),
                     array_of(device, t.groups),   {}};
  out.program = {out.code.data(),
                 static_cast<u32>(t.code.size()),
                 out.inputs.data(),
                 out.uniforms.data(),
                 rows,
                 0,
                 out.interactions.data(),
                 out.tuples.data(),
                 out.powers.data(),
                 out.groups.data(),
                 t.local_groups,
                 t.global_groups,
                 t.constraints};
  return out;
}

/// Registers that kernels are compiled for; a program takes the first that holds its own.
inline constexpr unsigned register_counts[] = {16, 64, 192, 1024};

/// f.operator()<N>() with the least N of register_counts that is enough.
template <class F>
void with_registers(u32 needed, F&& f) {
  const auto pick = [&]<std::size_t... I>(std::index_sequence<I...>) {
    bool done = false;
    ((!done && needed <= register_counts[I]
          ? (f.template operator()<register_counts[I]>(), void(done = true))
          : void()),
     ...);
    return done;
  };
  if (!pick(std::make_index_sequence<std::size(register_counts)>()))
    throw device_exception({device_error::runtime,
                            "a chip's constraints need " + std::to_string(needed) + " registers"});
}

}  // namespace ashlar::cuda
