#pragma once

#include "test/bench/rows/rows.hpp"

namespace ashlar::bench {

/// Transforms and hashes as the prover uses them, on one core: each checked against its scalar
/// code, then timed `runs` times, the best run counting.
void time_primitives(unsigned runs, std::vector<row>& rows);

}  // namespace ashlar::bench
