#pragma once

#include <span>

#include "runtime/base/bytes.hpp"

// What proofs and chains say of consecutive batches, by their public inputs. Native twins of the
// verifier's listOf and of the output that it records.
namespace ashlar::stark {

/// The most batches of one proof, as the contracts allow.
inline constexpr std::size_t list_batches_max = 256;

/// acc = H(acc ‖ input as eight little-endian words of 32 bits) from zeros, H being Poseidon2; four
/// numbers of 64 bits, big-endian.
hash256 list_digest(std::span<const hash256> inputs) noexcept;
/// keccak256(set_root ‖ acc), acc = keccak256(acc ‖ input) from zero: see IVerifier.sol.
hash256 list_output(const hash256& set_root, std::span<const hash256> inputs) noexcept;

}  // namespace ashlar::stark
