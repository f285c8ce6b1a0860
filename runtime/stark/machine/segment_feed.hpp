#pragma once

#include <future>

#include "runtime/riscv/tracer.hpp"
#include "runtime/stark/machine/machine.hpp"

namespace ashlar::stark {

/// The segments of a run as tables, in order. While one is proved, the next is run and filled on
/// threads of its own: one ahead, so that at most two segments' tables exist.
class segment_feed {
 public:
  struct filled_segment {
    segment_claim claim;
    machine_tables tables;
    bool last;
  };

  /// Whether a segment's tables are whole. `first_pass`: those of a segment that is not the run's
  /// only one are cut to what its commitment needs (global_tables_of).
  enum class pass : u8 { first_pass, whole };

  /// `workers` threads fill the tables; 0: one a processor. Program and input must outlive it. A
  /// call that the machine has no chip for ends the run (riscv::trap_code::no_chip). `shaped`: each
  /// table has its height in the cheapest of segment_shapes, `ram` in that of memory_shapes;
  /// preconditions: the machine is that of executions, the limits are some shape's or lower.
  segment_feed(machine_kind machine, const riscv::program& program, std::span<const u32> input,
               const riscv::segment_limits& segments, const riscv::run_limits& limits,
               unsigned workers, bool shaped, pass of);
  segment_feed(const segment_feed&) = delete;
  segment_feed& operator=(const segment_feed&) = delete;

  /// Precondition: the segment before was not the last, and nothing has failed.
  result<filled_segment, riscv::trap> next();

  /// What the run came to, and the tables of its memory. Precondition: the last segment was given;
  /// for the tables, the run has an output.
  const riscv::run_result& run() const { return tracer_.result(); }
  machine_tables memory() const;

 private:
  result<filled_segment, riscv::trap> make();

  const machine_kind machine_;
  const riscv::program& program_;
  riscv::tracer tracer_;
  riscv::segment segment_;
  const unsigned workers_;
  const bool shaped_;
  const pass pass_;
  // The last member: its end waits for the thread that works on the others.
  std::future<result<filled_segment, riscv::trap>> following_;
};

}  // namespace ashlar::stark
