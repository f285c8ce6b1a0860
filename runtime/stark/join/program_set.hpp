#pragma once

#include "runtime/stark/run/run_verifier.hpp"

namespace ashlar::stark {

/// The two programs of a proof of batches: the one that applies a batch (`base`, proved on the
/// machine execution_chips) and the one that verifies proofs of both (`join`, on recursion_chips).
/// The join program cannot hold its own key, so keys are its input, and every output of a join
/// names the set that it was made with.
struct program_set {
  run_key base, join;

  /// What verifiers pin. It covers all that a key holds: digests, which stand for the descriptions
  /// of the machines, and what the join program reads beside them and could not derive from a
  /// digest without BLAKE3: fixed roots and heights, entry, size of RAM. Never zero but by a
  /// collision.
  hash256 root() const;
};

/// Writes a set as words of the join program's input, with the digests of its keys.
void write_program_set(const program_set& set, std::vector<u32>& words);
/// Reads it; nothing where an entry or a size of RAM is above 32 bits. Else it is what its root
/// says.
std::optional<program_set> read_program_set(proof_source& from);

/// 32 bytes that are no digest of the proof's hash; a number.
hash256 read_hash(proof_source& from);
void write_hash(const hash256& hash, std::vector<u32>& words);
void write_number(u64 number, std::vector<u32>& words);

}  // namespace ashlar::stark
