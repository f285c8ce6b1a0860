#pragma once

#include "runtime/stark/run/claims.hpp"
#include "runtime/stark/verifier/verifier.hpp"

// A run: a program from its entry to its halt, cut into segments, with the memory that they share.
// A proof of a run has one part a segment, of the machine that the key names, and one part for
// memory, of memory_chips. What it shows, to whoever holds the program's key:
//
//   the program, started at its entry with RAM as its image says and all else zero, on some
//   private input, halted with exit code 0 and had given these 32 bytes of output, once.

namespace ashlar::stark {

/// All that identifies a program. Anyone can make it again from the ELF file (machine/run_prover).
struct run_key {
  verifying_key execution, memory;  ///< execution: of a segment
  u32 entry = 0;
  u32 ram_bytes = 0;
  machine_kind machine = machine_kind::execution;  ///< whose tables `execution` has
  /// As verifying_key::given_digest.
  std::optional<hash256> given_digest{};

  /// The program's commitment: of both machines' descriptions and fixed columns, entry and RAM.
  hash256 digest() const;
};

/// The machines' chips as verifiers see them; made once.
const std::vector<verifier_air>& segment_airs(machine_kind machine);
const std::vector<verifier_air>& execution_airs();
const std::vector<verifier_air>& memory_airs();

enum class run_error : u8 {
  not_a_proof,      ///< wrong magic or version
  truncated,        ///< ends early
  trailing_bytes,   ///< or late
  segment_count,    ///< none, or more than segments_max
  cycles,           ///< of a segment: 0, or over segment_cycles_max
  program_counter,  ///< halts before the last segment, or does not halt in it
  part,             ///< a part's proof is refused: see `inner`
  global_sum,       ///< the memories of the segments do not fit together
};
struct run_failure {
  run_error what;
  u32 part = 0;  ///< 0: memory; n: segment n
  verify_failure inner{};
};
std::string_view describe(run_error e) noexcept;

// The bytes, numbers little-endian:
//
//   8   "ashlarpf"
//   4   version, 1
//   4   segments n
//   12  n times: cycles u32, end_pc u64
//       n + 1 times: length u64 and the bytes of a part; memory first, then the segments
//
// Nothing here is trusted: cycles and end_pc are the prover's to choose within the limits, and
// they are public values of the parts. The parameters are the verifier's.
inline constexpr std::string_view run_magic = "ashlarpf";
inline constexpr u32 run_version = 2;

/// A proof taken apart. Views into the bytes.
struct run_parts {
  std::vector<segment_claim> claims;
  bytes_view memory;
  std::vector<bytes_view> segments;
};
/// Checks form, the segments' order and how they link: segment 1 starts at `entry`, each further
/// one where the one before ended, the last and no other halts.
result<run_parts, run_failure> read_run(u32 entry, bytes_view proof);

/// The challenge of the global buses of a run: drawn from the key, all claims, the output, and the
/// parts' commitments. `memory` first, then one commitment a segment.
bus_challenge run_challenge(const proof_params& params, const run_key& key, const hash256& output,
                            const segment_commitment& memory, std::span<const segment_claim> claims,
                            std::span<const segment_commitment> segments);

/// Whether a run's segments are in number, length and order as `read_run` wants them.
status<run_failure> check_claims(u32 entry, std::span<const segment_claim> claims);

/// Whether a proof in parts shows that the key's program halts cleanly with this output. `parts`:
/// where each is read from, memory's first, then the segments'. All commitments are read before
/// anything that follows them, so that one source may stand for all parts, as it does in a guest.
status<run_failure> verify_run(const proof_params& params, const run_key& key,
                               const hash256& output, std::span<const segment_claim> claims,
                               std::span<proof_source* const> parts);

/// Whether `proof` shows that the key's program halts cleanly with this output. Total; cost is
/// bounded by the proof's length.
status<run_failure> verify_run(const proof_params& params, const run_key& key,
                               const hash256& output, bytes_view proof);

}  // namespace ashlar::stark
