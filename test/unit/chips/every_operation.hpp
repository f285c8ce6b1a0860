#pragma once

#include "test/unit/chips/run_tables.hpp"

namespace ashlar::test {

/// A program on an input, cut into segments, on a machine.
struct program_run {
  riscv::program program;
  std::vector<u32> input;
  riscv::segment_limits limits;
  stark::machine_kind machine;

  run_tables tables() const { return run_and_fill(program, input, limits, machine); }
};

/// Every operation, over operands that reach every branch of every chip, in three segments.
program_run every_operation();
/// The calls that hash proofs, in two segments: rows of one block, of several, of blocks that are
/// full and that are not; operands that are not canonical, zero, or each other.
program_run every_hash();

}  // namespace ashlar::test
