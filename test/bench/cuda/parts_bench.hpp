#pragma once

#include "test/bench/rows/rows.hpp"

namespace ashlar::bench {

/// Transforms, hashing and the way to the device, by themselves: each held against the host's
/// result first.
void bench_cuda_parts(std::vector<row>& rows);

}  // namespace ashlar::bench
