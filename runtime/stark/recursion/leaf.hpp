#pragma once

#include "runtime/stark/recursion/recursion_params.hpp"
#include "runtime/stark/run/run_verifier.hpp"

namespace ashlar::stark {

/// The circuit that verifies a segment of a run of the key's program, in tables of these heights:
/// "this is the part of the run from the cut here to the cut there". Padded to params.big.
/// Precondition: one height a table of the key's machine.
result<circuit, record_failure> record_segment_leaf(const recursion_params& params,
                                                    const run_key& key,
                                                    std::span<const u8> heights_log2);
/// The same of a run's memory, its part from run_start on.
result<circuit, record_failure> record_memory_leaf(const recursion_params& params,
                                                   const run_key& key,
                                                   std::span<const u8> heights_log2);

}  // namespace ashlar::stark
