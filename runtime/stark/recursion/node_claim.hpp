#pragma once

#include "runtime/stark/circuit/circuit.hpp"
#include "runtime/stark/run/run_verifier.hpp"

// What proofs of circuits claim: one form for all circuits of a set, so that a proof of any can
// stand where one of another does. Digests are Poseidon2's, as hash256; the recorded twins are in
// recorded_claim.hpp.

namespace ashlar::stark {

/// A place between two parts of a run, or between two batches of a list.
struct cut {
  hash256 state;  ///< of the run's transcript (run_challenge) there; of a list: its digest so far
  gl pc;          ///< where the run goes on; of a list: 0
  gl index;       ///< of the part that follows: 0 memory, n segment n; of a list: 0
  friend bool operator==(const cut&, const cut&) = default;
};
/// Where memory's part starts.
inline constexpr cut run_start{};
/// Behind the last segment of a run of `count`. `state`: of the transcript there.
cut run_end(const hash256& state, u32 count);

/// What all parts of a run have in common.
struct run_facts {
  bus_challenge global;
  u32 count = 0;  ///< segments
  hash256 output;

  static constexpr std::size_t size = 15;
  /// alpha, beta, count, the eight words of the output.
  std::array<gl, size> elements() const;
  hash256 digest() const;
};

/// span: parts of one run that follow one another, memory's before segment 1.
/// list: batches' outputs, one after another.
enum class claim_kind : u8 { span = 0, list = 1 };

/// "There are parts of this run from here to there, whose global sums add up to this", or "this
/// list goes from here to there, and each output that it adds is one of a whole run".
struct node_claim {
  claim_kind kind = claim_kind::span;
  hash256 run;  ///< run_facts::digest; of a list: zero
  cut from, to;
  gl3 sum;  ///< of the global buses; of a list: zero

  static constexpr std::size_t size = 20;
  /// In the order in which they are hashed: kind, run, from, to (state, pc, index), sum.
  std::array<gl, size> elements() const;
  hash256 digest() const;
  friend bool operator==(const node_claim&, const node_claim&) = default;
};

/// A list's digest with one batch more. Zero is the empty list's.
hash256 list_with(const hash256& list, const hash256& output);
/// The claim of a list that goes on from `list` with one batch.
node_claim claim_of_batch(const hash256& list, const hash256& output);

/// Two claims, one after the other, as one. Nothing where they do not fit together: of two kinds or
/// runs, or the second does not start where the first ends.
std::optional<node_claim> joined(const node_claim& left, const node_claim& right);

/// The public values of a circuit of the set with this root. The outer circuit's are the list's
/// digest in the place of the claim's.
std::array<gl, 8> publics_of(const hash256& claim, const hash256& set_root);

/// A digest's elements. Precondition: is_digest.
std::array<gl, 4> elements_of(const hash256& digest);

}  // namespace ashlar::stark
