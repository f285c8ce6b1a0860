#include "runtime/stark/verifier/queries.hpp"

namespace ashlar::stark {

status<verify_failure> check_readable(const proof_source& proof) {
  switch (proof.state()) {
    case source_state::good:
      return nothing{};
    case source_state::truncated:
      return fail(verify_failure{verify_error::truncated});
    case source_state::not_canonical:
      break;
  }
  return fail(verify_failure{verify_error::not_canonical});
}

}  // namespace ashlar::stark
