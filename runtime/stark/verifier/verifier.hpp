#pragma once

#include "runtime/base/result.hpp"
#include "runtime/stark/params/params.hpp"
#include "runtime/stark/transcript/transcript.hpp"
#include "runtime/stark/verifier/constraint_eval.hpp"
#include "runtime/stark/verifier/proof_source.hpp"

namespace ashlar::stark {

/// What is fixed before any execution: which tables there are, in which order, and the commitment
/// to their fixed columns. A table with fixed columns has the height they were committed at.
struct verifying_key {
  std::vector<const verifier_air*> airs;
  std::vector<u8> fixed_height_log2;  // by table; 0 where the table has no fixed columns
  hash256 fixed_root;                 // zero where no table has any
  /// The digest, where the key came as data that something else vouches for: a guest does not make
  /// it again (join/program_set.hpp). Else nothing.
  std::optional<hash256> given_digest{};

  /// Absorbed in every transcript: names, shapes and fingerprints of the tables, heights, the root.
  hash256 digest() const;
};

/// What a segment's proof claims besides "some trace exists". Supplied by the caller, who knows
/// what he wants proved; nothing of it is read from the proof.
struct segment_statement {
  /// Public values of each table, in order.
  std::vector<std::vector<gl>> publics;
  /// The challenge of the global buses. From global_challenge_of; ignored by machines without them.
  bus_challenge global;
};

/// The part of a segment that the global challenge depends on. Read from the proof before it is
/// verified; the verifier checks the proof against it.
struct segment_commitment {
  std::vector<u8> heights_log2;  // one a table
  hash256 global_root;           // zero where the machine has no global buses
  friend bool operator==(const segment_commitment&, const segment_commitment&) = default;
};

enum class verify_error : u8 {
  truncated,            // the proof ends early
  trailing_bytes,       // or late
  not_canonical,        // a field element of p or above
  height_out_of_range,  // detail: the table
  height_not_of_key,    // a table with fixed columns and another height; detail: the table
  public_count,         // the statement does not fit the machine; detail: the table
  table_count,          // the key or the statement has not the machine's number of tables
  batch_too_large,      // more columns than the parameters allow
  local_sum,            // the local buses do not balance
  quotient,             // the constraints do not hold at the out-of-domain point; detail: the table
  proof_of_work,
  merkle,         // openings do not lead to the root; detail: the tree
  fri_layer,      // an opened FRI leaf contradicts the layer above; detail: the layer
  fri_final,      // the last layer contradicts the final polynomial
  global_sum,     // over all segments the global buses do not balance
  segment_count,  // no segments, or more than the limit
};
std::string_view describe(verify_error e) noexcept;

struct verify_failure {
  verify_error what;
  u32 detail = 0;
};

struct verified_segment {
  segment_commitment commitment;
  gl3 global_sum;  // of all tables
};

inline constexpr std::size_t segments_max = 1u << 16;

/// The commitment that a proof starts with. Checks nothing: verify_segment asks for the source's
/// state.
segment_commitment read_commitment(const verifying_key& key, proof_source& proof);
/// The same. Checks lengths only.
result<segment_commitment, verify_failure> read_commitment(const verifying_key& key,
                                                           bytes_view proof);

/// The challenge of the global buses, from every segment's public values and commitment, in order.
bus_challenge global_challenge_of(const proof_params& params, const verifying_key& key,
                                  std::span<const segment_commitment> commitments,
                                  std::span<const std::vector<std::vector<gl>>> publics);

/// All that a proof is measured against before any of its contents count: the numbers of tables and
/// public values, pairs and heights within the parameters, fixed tables' heights. Who verifies by
/// another text than verify_segment (a contract, a circuit) asks this first.
status<verify_failure> check_shape(const proof_params& params, const verifying_key& key,
                                   const segment_statement& statement,
                                   const segment_commitment& commitment);

/// Whether `proof` shows that the segment exists. The caller of machines with global buses must
/// also derive the challenge from all segments and check that the sums of all segments vanish, as
/// verify_segments does.
result<verified_segment, verify_failure> verify_segment(const proof_params& params,
                                                        const verifying_key& key,
                                                        const segment_statement& statement,
                                                        bytes_view proof);

/// The same of a proof whose commitment was read from its source; the answer is the global sum.
/// What follows the proof is left unread.
result<gl3, verify_failure> verify_segment(const proof_params& params, const verifying_key& key,
                                           const segment_statement& statement,
                                           const segment_commitment& commitment,
                                           proof_source& proof);

/// All segments of one execution, in order, their buses included. What links public values of one
/// segment to the next is the caller's to check.
status<verify_failure> verify_segments(const proof_params& params, const verifying_key& key,
                                       std::span<const std::vector<std::vector<gl>>> publics,
                                       std::span<const bytes_view> proofs);

/// What a segment claims, as transcripts take it: numbers, a digest, elements as numbers.
template <class Sink, class Digest, class P>
void write_statement(Sink& to, std::span<const u8> heights_log2, const Digest& global_root,
                     std::span<const std::vector<P>> publics) {
  to.number(heights_log2.size());
  for (u8 h : heights_log2) to.number(h);
  to.digest(global_root);
  for (const auto& values : publics) {
    to.number(values.size());
    for (const P& v : values) to.element(v);
  }
}

/// With the parameters absorbed.
transcript transcript_of_params(const proof_params& params);
/// With the parameters and the key absorbed: what every transcript of the machine starts with.
transcript transcript_of_key(const proof_params& params, const verifying_key& key);
/// The transcript up to and including the global challenge; shared with the prover.
transcript begin_transcript(const proof_params& params, const verifying_key& key,
                            const segment_commitment& commitment,
                            const std::vector<std::vector<gl>>& publics);
void absorb_statement(transcript& t, const segment_commitment& commitment,
                      const std::vector<std::vector<gl>>& publics);
template <class Transcript, class E>
void absorb_global(Transcript& t, const bus_challenge_of<E>& challenge) {
  const E both[2] = {challenge.alpha, challenge.beta};
  t.absorb(transcript_item::global_challenge, std::span<const E>(both));
}

}  // namespace ashlar::stark
