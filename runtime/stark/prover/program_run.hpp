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
  /// Fetches the columns of rows [at, at + n), which are placed soon; all in range.
  void fetch_columns(const program_columns& columns, std::size_t at, std::size_t n) const;
  void execute(std::span<const air_instruction> code, const block_ops& ops, std::size_t n);
  const gl* reg(u32 r) const noexcept { return reg_[r]; }

 private:
  const air_program& program_;
  std::vector<const gl*> reg_;
  std::vector<gl> own_;      // constants, public values, scratch
  std::vector<gl> wrapped_;  // next rows where the block ends at the table's end
  u32 first_scratch_;
};

/// How to compute the fingerprints alpha + id + beta e0 + beta^2 e1 + ... of a program's
/// interactions, one after the other. Constant elements are part of the start; and where most
/// elements are those of the interaction before (a cell is taken and put back), only what differs
/// is added to its fingerprint.
struct fingerprint_plan {
  /// `code` is what gives the interactions' registers their values.
  fingerprint_plan(const air_program& program, std::span<const air_program::interaction> list,
                   std::span<const air_instruction> code, const air_challenges& challenges);

  static constexpr u32 none = ~u32{0};
  struct term {
    u32 plus, minus;  // registers; minus may be none
  };
  struct recipe {
    bool from_before = false;
    gl3 start;
    std::vector<term> terms;
    std::vector<gl3> factors;
  };
  std::vector<recipe> recipes;
  std::size_t terms_max = 0;
};

/// Carries a plan out over blocks. One a thread.
class fingerprints {
 public:
  explicit fingerprints(const fingerprint_plan& plan)
      : plan_(plan), before_(3 * block_rows), differences_(plan.terms_max * block_rows) {}

  /// That of interaction i, as three runs. Precondition for i > 0: the call before was for i - 1 on
  /// this block.
  void compute(std::size_t i, const program_run& run, const block_ops& ops, gl* const to[3],
               std::size_t n);

 private:
  const fingerprint_plan& plan_;
  std::vector<gl> before_, differences_;
  std::vector<const gl*> elements_;
};

}  // namespace ashlar::stark
