#include "runtime/stark/verifier/deferred_values.hpp"
#include "runtime/stark/verifier/segment_check.hpp"
#include "runtime/stark/verifier/whole.hpp"

namespace ashlar::stark {

result<gl3, verify_failure> verify_whole(const proof_params& params, const verifying_key& key,
                                         const segment_statement& statement,
                                         const segment_commitment& commitment, byte_source& proof) {
  deferred_values values(params.hash, proof);
  segment_check<deferred_values> check(
      params, key,
      {statement.publics, statement.global, commitment.heights_log2, key.fixed_root,
       commitment.global_root},
      begin_transcript(params, key, commitment, statement.publics), values);
  ASHLAR_CHECK(check.run());
  ASHLAR_CHECK(values.settle());
  return check.global_sum();
}

}  // namespace ashlar::stark
