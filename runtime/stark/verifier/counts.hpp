#pragma once

#include "runtime/stark/params/security.hpp"
#include "runtime/stark/verifier/layout.hpp"

namespace ashlar::stark {

/// Counts for the security accounting: columns, constraints and interactions of these tables, with
/// the tallest at 2^height_log2 rows. Lookups are one entry a bus. For a global bus the rows of all
/// `segments` count.
machine_counts count_machine(std::string name, std::span<const air_shape* const> shapes,
                             unsigned height_log2, u32 segments);

}  // namespace ashlar::stark
