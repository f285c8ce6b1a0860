#pragma once

#include <string_view>

#include "runtime/stark/hash/hash_kind.hpp"

namespace ashlar::stark {

/// Everything that prover and verifiers must agree on besides the machine. Compiled in, never read
/// from a proof; its encoding is absorbed before anything else. The field (Goldilocks, cubic
/// extension), the AIR degree (3, so two quotient chunks) and the power batching are fixed by the
/// code and stand in the encoding by name.
struct proof_params {
  std::string_view name;
  hash_kind hash;          // of trees and transcript
  unsigned blowup_log2;    // the code's rate is 2^-blowup_log2
  unsigned queries;        // positions opened; drawn with replacement
  unsigned grinding_bits;  // proof of work before the queries are drawn, at most 48
  unsigned fold_log2;      // FRI folds by 2^fold_log2, or less to meet the next table's height
  unsigned final_log2;     // FRI stops at a polynomial of 2^final_log2 coefficients
  unsigned cap_log2;       // proofs hold level cap_log2 of each tree, or a higher one (layout.hpp)
  unsigned height_log2_min;  // of a table; not under final_log2
  unsigned height_log2_max;  // of a table in a machine of batch_max pairs
  unsigned narrow_log2_max;  // of a table in any machine; see tallest_log2
  unsigned batch_max;        // (column, point) pairs combined by powers of one challenge
  bool secure;               // whether a command may use the set

  friend constexpr bool operator==(const proof_params&, const proof_params&) = default;
};

// Where a run has several parts, queries are counted at the unique-decoding radius, not at
// Johnson's: SECURITY.md, "Runs of several parts".

/// 128 proven bits in every component (SECURITY.md), for proofs that stand alone.
inline constexpr proof_params proven128 = {
    "proven128", hash_kind::blake3, 1, 261, 20, 3, 5, 5, 5, 21, 24, 6144, true};
/// 100 proven bits, for comparison with systems that aim there.
inline constexpr proof_params proven100 = {
    "proven100", hash_kind::blake3, 1, 193, 20, 3, 5, 5, 5, 24, 24, 8192, true};
/// 128 proven bits, for segments whose proofs are verified inside another proof, by whole paths.
inline constexpr proof_params segment128 = {
    "segment128", hash_kind::poseidon2, 1, 261, 20, 3, 5, 0, 5, 21, 24, 6144, true};
/// 128 proven bits, for runs of verifiers that are verified again: half the queries of segment128
/// for twice the extension.
inline constexpr proof_params join128 = {
    "join128", hash_kind::poseidon2, 2, 160, 20, 3, 5, 5, 5, 23, 24, 4096, true};
/// 128 proven bits, for proofs of circuits, of one part each, that circuits verify.
inline constexpr proof_params circuit128 = {
    "circuit128", hash_kind::poseidon2, 3, 74, 20, 3, 5, 0, 5, 20, 24, 4096, true};
/// 128 proven bits, for proofs of the large circuits that verify parts of runs, of one part each: a
/// rate that costs those circuits less than circuit128's.
inline constexpr proof_params leaf128 = {
    "leaf128", hash_kind::poseidon2, 2, 112, 20, 3, 5, 0, 5, 22, 24, 1024, true};
/// 128 proven bits, for the one proof that a contract verifies, of one part: the fewest queries.
inline constexpr proof_params outer128 = {
    "outer128", hash_kind::keccak, 5, 44, 20, 4, 7, 5, 7, 20, 20, 1024, true};
/// For unit tests that need many proofs, one a hash. About 4 bits; no command accepts them.
inline constexpr proof_params insecure_test = {
    "insecure_test", hash_kind::blake3, 1, 6, 1, 2, 2, 2, 2, 16, 16, 8192, false};
inline constexpr proof_params insecure_poseidon2 = {
    "insecure_poseidon2", hash_kind::poseidon2, 1, 6, 1, 2, 2, 2, 2, 16, 16, 8192, false};
inline constexpr proof_params insecure_keccak = {
    "insecure_keccak", hash_kind::keccak, 1, 6, 1, 2, 2, 2, 2, 16, 16, 8192, false};

/// The sets that commands may name.
inline constexpr const proof_params* secure_sets[] = {
    &proven128, &proven100, &segment128, &join128, &leaf128, &circuit128, &outer128};
/// Null where there is none of the name.
constexpr const proof_params* find_secure_set(std::string_view name) noexcept {
  for (const proof_params* p : secure_sets)
    if (p->name == name) return p;
  return nullptr;
}

/// Internally consistent: says nothing about security (see security.hpp).
constexpr bool is_consistent(const proof_params& p) noexcept {
  return p.blowup_log2 >= 1 && p.blowup_log2 <= 6 && p.queries >= 1 && p.grinding_bits <= 48 &&
         p.fold_log2 >= 1 && p.fold_log2 <= 4 && p.final_log2 >= 1 && p.cap_log2 <= 10 &&
         p.height_log2_min >= p.final_log2 && p.height_log2_max >= p.height_log2_min &&
         p.narrow_log2_max >= p.height_log2_max && p.narrow_log2_max + p.blowup_log2 <= 32 &&
         p.batch_max >= 1 &&
         // A leaf's coefficients are hashed in blocks of their number.
         (p.hash != hash_kind::poseidon2 || p.fold_log2 <= 3);
}

/// The tallest table that a machine of `batch` pairs may have, as log2 of its rows. The error of
/// batching grows with pairs times rows, so each halving of the pairs allows twice the rows; up to
/// `narrow_log2_max`, which the other components are counted for. Precondition: 1 <= batch <=
/// batch_max.
constexpr unsigned tallest_log2(const proof_params& p, u64 batch) noexcept {
  unsigned h = p.height_log2_max;
  for (; h < p.narrow_log2_max && 2 * batch <= p.batch_max; batch *= 2) ++h;
  return h;
}
static_assert(is_consistent(proven128) && is_consistent(proven100));
static_assert(is_consistent(leaf128) && is_consistent(circuit128));
static_assert(is_consistent(segment128) && is_consistent(join128) && is_consistent(outer128));
static_assert(is_consistent(insecure_test) && is_consistent(insecure_poseidon2) &&
              is_consistent(insecure_keccak));

}  // namespace ashlar::stark
