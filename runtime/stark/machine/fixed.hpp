#pragma once

#include "runtime/riscv/program.hpp"
#include "runtime/stark/chips/machines.hpp"
#include "runtime/stark/field/matrix.hpp"

// The preprocessed columns: what a verifying key commits to. They depend on the program alone.

namespace ashlar::stark {

/// The lowest table that holds `rows`.
std::size_t table_height(std::size_t rows) noexcept;

/// The packed form of an instruction: operation and registers, without imm.
gl packed_instruction(const riscv::instruction& i) noexcept;

/// Fixed columns of every chip of a machine, in its order; 0 x 0 where a chip has none.
/// Precondition: p.code is not empty and its last pc is below 2^32 - 4.
std::vector<matrix> segment_fixed(machine_kind machine, const riscv::program& p);
std::vector<matrix> memory_fixed(const riscv::program& p);

}  // namespace ashlar::stark
