#pragma once

#include "runtime/riscv/trace.hpp"
#include "runtime/stark/machine/fixed.hpp"
#include "runtime/stark/run/claims.hpp"
#include "runtime/stark/run/shapes.hpp"

namespace ashlar::stark {

/// What is proved of one segment, or of a run's memory: the main trace and the public values of
/// every chip of the machine, in its order.
struct machine_tables {
  std::vector<matrix> main;
  std::vector<std::vector<gl>> publics;
};

/// What a recorded segment claims.
segment_claim claim_of(const riscv::segment& s) noexcept;

/// The tables of a segment that the emulator has recorded, filled by that many threads, one table
/// each at a time. The result does not depend on their number. `shape`: the heights; null: as low
/// as the segment lets them be. Preconditions: the machine has chips for all calls of the segment
/// (the tracer was given its calls_of); the segment fits the shape, which is the machine of
/// executions'.
machine_tables tables_of(machine_kind machine, const riscv::segment& s, const riscv::program& p,
                         unsigned workers = 1, const segment_shape* shape = nullptr);

/// The same with columns only where a table uses a global bus or has fixed columns; of the others
/// the height. Enough for segment_prover::begin, and not for a proof: what looks tables up is not
/// counted.
machine_tables global_tables_of(machine_kind machine, const riscv::segment& s,
                                const riscv::program& p, unsigned workers,
                                const segment_shape* shape);

/// The tables of the memory of a whole run. `touched`: every word of RAM that any segment touched,
/// by ascending address, its last value and the segment that touched it last (the tracer's
/// touched_memory). `registers`: the values at the end of the run, of `segments` segments.
/// `shaped`: whether the height of `ram` is one of memory_shapes; precondition then: one is enough
/// for the words of the image and those that were touched.
machine_tables memory_tables(const riscv::program& p,
                             std::span<const riscv::memory_boundary> touched,
                             std::span<const riscv::register_boundary> registers, u32 segments,
                             const hash256& output, bool shaped = false);

}  // namespace ashlar::stark
