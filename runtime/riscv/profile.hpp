#pragma once

#include <map>
#include <string>
#include <vector>

#include "runtime/riscv/elf.hpp"
#include "runtime/riscv/machine.hpp"

namespace ashlar::riscv {

/// Where a run spent its cycles.
struct profile {
  run_result run;
  /// Cycles by stack of functions, outermost first, joined by ';': the format that flame graph
  /// tools call folded. A call is a jump that links x1, a return one through x1; a jump to the
  /// start of another function is a tail call.
  std::map<std::string, u64> folded;
  /// Cycles by function, its own alone, and with all that it called (recursion counted once).
  struct share {
    u64 own = 0, total = 0;
  };
  std::map<std::string, share> functions;

  /// "stack count" lines.
  std::string folded_text() const;
};

/// Runs the program as `run` does and tells its cycles apart by function. `functions` as from
/// function_symbols; names are demangled to their unqualified-parameter form.
result<profile, trap> run_profiled(const program& p, std::span<const u32> input,
                                   const std::vector<function_symbol>& functions,
                                   const run_limits& limits = {});

}  // namespace ashlar::riscv
