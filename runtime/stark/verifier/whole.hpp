#pragma once

#include "runtime/stark/verifier/byte_source.hpp"
#include "runtime/stark/verifier/native_values.hpp"
#include "runtime/stark/verifier/verifier.hpp"

namespace ashlar::stark {

/// verify_segment of a proof whose bytes lie whole, natively, past the checks of its shape: what is
/// opened is hashed all together, on all processors. Says what the text with native_values says.
result<gl3, verify_failure> verify_whole(const proof_params& params, const verifying_key& key,
                                         const segment_statement& statement,
                                         const segment_commitment& commitment, byte_source& proof);

}  // namespace ashlar::stark
