#pragma once

#include "runtime/stark/circuit/builder.hpp"
#include "runtime/stark/recursion/recursion_params.hpp"

namespace ashlar::stark {

/// Whether a circuit can be recorded that verifies proofs of this key's machine, in tables of these
/// heights.
status<record_failure> check_recordable(const proof_params& params, const verifying_key& key,
                                        std::span<const u8> heights_log2);

/// What was recorded, as a circuit: padded to these heights, or, for null, as tall as it needs.
result<circuit, record_failure> finished(circuit_builder& b, const circuit_heights* padded);

/// Asserts that there is a proof of a circuit, any of the set with this root that is of this class,
/// whose public values are the claim's digest and the root. Precondition: check_recordable of the
/// class's parameters, circuit_airs and heights.
///
/// Input: the key (fixed root 4, digest 8 words), the member's number, the siblings of its path,
/// the proof as element_source writes it down.
void verify_circuit(circuit_builder& b, const recursion_params& params,
                    const circuit_class& verified, quad claim, quad set_root);

}  // namespace ashlar::stark
