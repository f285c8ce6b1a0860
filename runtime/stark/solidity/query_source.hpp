#pragma once

#include "runtime/stark/solidity/proof_plan.hpp"
#include "runtime/stark/solidity/source_text.hpp"

// The two contracts that check queries. Both draw the positions from the transcript's last state.
namespace ashlar::stark {

/// Rows: leads the opened rows to the caps and combines them (DEEP). Keeps, per batch of queries,
/// the hash of the combinations.
std::string rows_source(const l1_machine& machine, const proof_plan& plan);

/// Leaves: leads the FRI leaves to the caps, follows each query to the final polynomial, and checks
/// that the combinations which the leaves imply are those that the rows gave. Keeps which calls are
/// done and, when all are, that the output is verified.
std::string leaves_source(const l1_machine& machine, const proof_plan& plan);

/// Statements of Yul that set `x` to the point of place t of the tallest table, without the shift
/// of the domain.
std::string point_text(const proof_plan& plan, unsigned blowup_log2);

}  // namespace ashlar::stark
