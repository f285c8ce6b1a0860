#pragma once

#include "runtime/stark/prover/cpu_parts.hpp"

namespace ashlar::stark {

/// Where a program's columns are: `rows` consecutive rows, cyclic.
struct program_columns {
  std::vector<const gl*> main, fixed;
  std::span<const gl> publics;
  std::size_t rows;
};

/// A program's registers for a block of up to block_rows rows. One a thread.
class program_run {
 public:
  program_run(const air_program& program, u32 scratch_registers, std::span<const gl> publics);

  /// Points the inputs at rows [at, at + n), n <= block_rows.
  void place(const program_columns& columns, std::size_t at, std::size_t n);
  void execute(std::span<const air_instruction> code, const block_ops& ops, std::size_t n);
  const gl* reg(u32 r) const noexcept { return reg_[r]; }

 private:
  const air_program& program_;
  std::vector<const gl*> reg_;
  std::vector<gl> own_;      // constants, public values, scratch
  std::vector<gl> wrapped_;  // next rows where the block ends at the table's end
  u32 first_scratch_;
};

/// Fingerprints of interactions over a block, as three runs each.
class fingerprints {
 public:
  explicit fingerprints(const air_challenges& challenges) : challenges_(challenges) {}
  /// to = alpha + id + beta e0 + beta^2 e1 + ...
  void compute(const air_program::interaction& x, const program_run& run, const block_ops& ops,
               gl* const to[3], std::size_t n) const;

 private:
  const air_challenges& challenges_;
};

}  // namespace ashlar::stark
