#pragma once

#include "runtime/base/result.hpp"
#include "runtime/riscv/program.hpp"
#include "runtime/riscv/trace.hpp"
#include "runtime/stark/chips/machines.hpp"
#include "runtime/stark/prover/cpu_memory.hpp"

// How large segments may be where memory is limited.

namespace ashlar::stark {

/// The heights of the machine's tables where each is as full as the limits let it be. Of the limits
/// of a shape: the shape.
std::vector<u8> worst_heights(machine_kind machine, const riscv::segment_limits& limits,
                              const riscv::program& program);

struct memory_plan {
  riscv::segment_limits segments;
  std::size_t backend_bytes;  ///< for make_cpu_backend: tables, trees and codewords, of both keys
  /// The emulator with all of its RAM, its record, the next segment's tables, the program.
  std::size_t other_bytes;
  std::size_t total_bytes() const noexcept { return backend_bytes + other_bytes; }
};

/// What segments of these limits may take in the worst case. The proof of the run's memory is
/// counted with as many words as one segment may touch; a run that touches more in all may need
/// more, and then fails with out_of_memory.
memory_plan memory_of_run(const proof_params& params, const riscv::program& program,
                          const riscv::segment_limits& limits,
                          machine_kind machine = machine_kind::execution);

/// The largest segments that fit into the budget: those of the last of segment_shapes that does, of
/// the shapes that hold all that the smaller ones hold; on the machine of recursion the default
/// limits, halved until they do. The error is the number of bytes that the smallest need.
result<memory_plan, std::size_t> plan_memory(const proof_params& params,
                                             const riscv::program& program,
                                             std::size_t budget_bytes,
                                             machine_kind machine = machine_kind::execution);

}  // namespace ashlar::stark
