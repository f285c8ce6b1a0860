#pragma once

#include <functional>
#include <variant>

#include "runtime/riscv/machine.hpp"
#include "runtime/riscv/trace.hpp"
#include "runtime/stark/prover/prover.hpp"
#include "runtime/stark/run/run_verifier.hpp"

namespace ashlar::stark {

/// A program ready to be proved on one backend, and its key.
struct run_proving_key {
  proving_key execution, memory;
  u32 entry = 0, ram_bytes = 0;
  machine_kind machine = machine_kind::execution;

  run_key verifier() const;
};

/// Commits to the program, to be proved on that machine: costs an extension of the fixed tables.
/// The program must have code.
run_proving_key make_run_key(const proof_params& params, prover_backend& backend,
                             const riscv::program& program,
                             machine_kind machine = machine_kind::execution);

/// Why there is no proof: the program did not run to a clean end, or the prover could not go on.
struct no_clean_end {
  u32 exit_code;  ///< not 0; or 0 and there was no output
};
/// Circuits verify no run that touches so much memory (run/shapes.hpp).
struct too_much_memory {
  std::size_t words, words_max;
};
/// The caller wanted no more of it (run_proof_options::go_on).
struct called_off {};
/// The same program on the same input made another trace.
struct runs_differ {
  u32 segment;  ///< from 1
};
struct run_prove_failure {
  std::variant<riscv::trap, no_clean_end, prove_failure, called_off, runs_differ, too_much_memory>
      what;
  std::string text() const;
};

struct run_progress {
  u32 segments_done, segments;
  u64 cycles;
};

/// The run is made twice, see prove_run.
enum class run_pass : u8 { commit = 1, prove = 2 };

struct run_proof_options {
  riscv::segment_limits segments;
  /// Whether circuits are to verify it: every part has a shape of run/shapes.hpp. Preconditions
  /// then: the machine is that of executions; the limits are those of a shape or lower.
  bool shaped = false;
  riscv::run_limits limits;
  unsigned fill_workers = 0;  ///< threads that make tables of the trace; 0: one a processor
  std::function<void(const run_progress&)> progress;  ///< after each segment; may be empty
  /// Asked before each segment of each pass, with how many that pass has done; false ends it. May
  /// be empty.
  std::function<bool(run_pass, u32)> go_on;
};

struct proved_run {
  bytes proof;
  hash256 output;
  riscv::run_result run;
  u32 segments = 0;
};

/// Runs the program on `input` and proves it. The challenge that ties the segments' memories
/// depends on all of them, so a first pass commits to what each segment takes from memory and
/// leaves there. A run of one segment is then proved as it stands; one of more is run again, and
/// proved segment after segment, the next one being run and filled meanwhile. Memory: one segment
/// and the trace of another. A shaped run is made once more before all that, to know its memory.
result<proved_run, run_prove_failure> prove_run(const proof_params& params,
                                                const run_proving_key& key, prover_backend& backend,
                                                const riscv::program& program,
                                                std::span<const u32> input,
                                                const run_proof_options& options = {});

}  // namespace ashlar::stark
