#pragma once

#include "runtime/stark/machine/run_prover.hpp"

namespace ashlar::bench {

/// Least of several turns, in seconds: by the wall on all processors, and processor time.
struct least_times {
  double wall_s = 0, cpu_s = 0;
};

/// What verifying a run's proof takes: as a whole, and its parts each alone, from the bytes of the
/// part to its global sum. A segment: the slowest of the run's.
struct verification_times {
  least_times run, segment, memory;
};

/// Gives up where the proof does not verify, whole and in parts.
verification_times time_verification(const stark::proof_params& params, const stark::run_key& key,
                                     const stark::proved_run& proved, const std::string& name);

}  // namespace ashlar::bench
