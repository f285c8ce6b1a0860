#pragma once

#include <memory>

#include "runtime/riscv/machine.hpp"
#include "runtime/riscv/trace.hpp"

namespace ashlar::riscv {

/// Runs a program segment by segment and records it, so that one segment can be proved while the
/// next is run. A call that is none of `calls`, those that the machine of the proof has chips for,
/// ends the run (trap_code::no_chip). The program and the input must outlive it.
class tracer {
 public:
  tracer(const program& p, std::span<const u32> input, const segment_limits& segments = {},
         const run_limits& limits = {}, ecall_set calls = ecall_set::all());
  ~tracer();

  /// Fills `out` with the next segment; `out.last` tells that the program has halted with it.
  /// Precondition: the segment before was not the last, and nothing has failed.
  status<trap> next(segment& out);

  /// What the run came to. Precondition: the last segment was given.
  const run_result& result() const;

  /// Every word of RAM that any segment touched, by ascending address, with its last value and the
  /// segment that touched it last: what the final table consumes. `initial` is the image's.
  std::vector<memory_boundary> touched_memory() const;
  /// How many words of RAM the segments so far have touched.
  std::size_t touched_words() const noexcept;

 private:
  struct implementation;
  std::unique_ptr<implementation> self_;
};

}  // namespace ashlar::riscv
