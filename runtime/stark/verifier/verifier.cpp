#include "runtime/stark/verifier/verifier.hpp"

#include "runtime/stark/verifier/byte_source.hpp"
#include "runtime/stark/verifier/segment_check.hpp"
#include "runtime/stark/verifier/whole.hpp"

namespace ashlar::stark {

status<verify_failure> check_shape(const proof_params& params, const verifying_key& key,
                                   const segment_statement& statement,
                                   const segment_commitment& commitment) {
  if (key.airs.empty() || statement.publics.size() != key.airs.size() ||
      key.fixed_height_log2.size() != key.airs.size())
    return fail(verify_failure{verify_error::table_count});
  const auto batch = batch_size(shapes_of_key(key));
  if (batch > params.batch_max) return fail(verify_failure{verify_error::batch_too_large});
  const unsigned tallest = tallest_log2(params, batch);
  for (u32 t = 0; t < key.airs.size(); ++t) {
    const air_shape& s = key.airs[t]->shape;
    if (statement.publics[t].size() != s.public_count)
      return fail(verify_failure{verify_error::public_count, t});
    const u8 h = commitment.heights_log2[t];
    if (h < params.height_log2_min || h > tallest)
      return fail(verify_failure{verify_error::height_out_of_range, t});
    if (s.fixed_width != 0 && h != key.fixed_height_log2[t])
      return fail(verify_failure{verify_error::height_not_of_key, t});
  }
  return nothing{};
}

segment_commitment read_commitment(const verifying_key& key, proof_source& proof) {
  segment_commitment out;
  for (std::size_t i = 0; i < key.airs.size(); ++i) out.heights_log2.push_back(proof.byte());
  if (has_global(key)) out.global_root = proof.digest();
  return out;
}

result<segment_commitment, verify_failure> read_commitment(const verifying_key& key,
                                                           bytes_view data) {
  // Of whichever hash: heights and a digest are read alike.
  byte_source proof(data, hash_kind::blake3);
  segment_commitment out = read_commitment(key, proof);
  ASHLAR_CHECK(check_readable(proof));
  return out;
}

result<gl3, verify_failure> verify_segment(const proof_params& params, const verifying_key& key,
                                           const segment_statement& statement,
                                           const segment_commitment& commitment,
                                           proof_source& proof) {
  ensure(is_consistent(params));
  ASHLAR_CHECK(check_readable(proof));
  ASHLAR_CHECK(check_shape(params, key, statement, commitment));
#ifndef ASHLAR_GUEST
  if (byte_source* bytes = proof.whole())
    return verify_whole(params, key, statement, commitment, *bytes);
#endif
  native_values values(params.hash, proof);
  segment_check<native_values> check(params, key,
                                     {statement.publics, statement.global, commitment.heights_log2,
                                      key.fixed_root, commitment.global_root},
                                     begin_transcript(params, key, commitment, statement.publics),
                                     values);
  ASHLAR_CHECK(check.run());
  return check.global_sum();
}

result<verified_segment, verify_failure> verify_segment(const proof_params& params,
                                                        const verifying_key& key,
                                                        const segment_statement& statement,
                                                        bytes_view data) {
  byte_source proof(data, params.hash);
  verified_segment out;
  out.commitment = read_commitment(key, proof);
  ASHLAR_TRY(out.global_sum, verify_segment(params, key, statement, out.commitment, proof));
  if (!proof.rest().empty()) return fail(verify_failure{verify_error::trailing_bytes});
  return out;
}

status<verify_failure> verify_segments(const proof_params& params, const verifying_key& key,
                                       std::span<const std::vector<std::vector<gl>>> publics,
                                       std::span<const bytes_view> proofs) {
  if (proofs.empty() || proofs.size() > segments_max || publics.size() != proofs.size())
    return fail(verify_failure{verify_error::segment_count});
  std::vector<segment_commitment> commitments;
  for (const bytes_view& proof : proofs) {
    ASHLAR_TRY(segment_commitment c, read_commitment(key, proof));
    commitments.push_back(std::move(c));
  }
  const bus_challenge global = global_challenge_of(params, key, commitments, publics);
  gl3 sum;
  for (std::size_t i = 0; i < proofs.size(); ++i) {
    ASHLAR_TRY(const verified_segment s,
               verify_segment(params, key, {publics[i], global}, proofs[i]));
    sum += s.global_sum;
  }
  if (!sum.is_zero()) return fail(verify_failure{verify_error::global_sum});
  return nothing{};
}

}  // namespace ashlar::stark
