#pragma once

#include "runtime/stark/params/params.hpp"
#include "runtime/stark/verifier/layout.hpp"

namespace ashlar::stark {

/// The memory of the CPU backend's tables, trees and codewords, counted before they are made.
struct segment_memory {
  std::size_t key_bytes;   ///< the fixed columns of the key, before and after
  std::size_t held_bytes;  ///< between segment_prover's begin and finish, the key's included
  std::size_t peak_bytes;  ///< at the most, the key's included
};

/// For one segment of a machine with these chips and tables of these heights. It follows the order
/// in which the prover takes and gives back, so it is exact up to pieces that are used again for
/// what is up to an eighth smaller.
segment_memory memory_of_segment(const proof_params& params,
                                 std::span<const air_shape* const> shapes,
                                 std::span<const u8> heights_log2);

}  // namespace ashlar::stark
