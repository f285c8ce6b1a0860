#pragma once

#include "runtime/stark/recursion/recursion_params.hpp"

// The circuits that verify proofs of circuits of the set. All but `outer` are of the set
// themselves, and padded to params.small.

namespace ashlar::stark {

/// A proof of a big circuit: the same claim.
result<circuit, record_failure> record_wrap(const recursion_params& params);
/// Proofs of two small circuits, the second one's claim going on where the first one's ends: both
/// as one.
result<circuit, record_failure> record_join(const recursion_params& params);
/// The same of two big circuits: half as many proofs as by wrapping each.
result<circuit, record_failure> record_leaf_join(const recursion_params& params);
/// A proof of a small circuit that claims all parts of a run, from run_start to run_end, whose
/// challenge is the one drawn behind them and whose sums cancel out: its output as a list of one
/// batch, going on from any list.
result<circuit, record_failure> record_complete(const recursion_params& params);
/// A proof of a small circuit that claims a list from the empty one on. Its public values are the
/// list's digest and the set's root; no circuit of the set.
result<circuit, record_failure> record_outer(const recursion_params& params);

}  // namespace ashlar::stark
