#pragma once

#include "runtime/stark/verifier/layout.hpp"
#include "runtime/stark/verifier/proof_source.hpp"
#include "runtime/stark/verifier/verifier.hpp"

namespace ashlar::stark {

/// Values of all columns of a table at zeta and at the next row's point, and of the quotient.
template <class E>
struct table_opening_of {
  std::vector<E> here, next;  // fixed, main, auxiliary (base columns)
  E quotient[quotient_columns];
};

/// All that the query phase needs besides what it reads.
template <class E, class Digest>
struct query_context_of {
  const proof_params& params;
  std::span<const air_shape* const> shapes;
  std::span<const u8> heights_log2;
  std::span<const table_opening_of<E>> openings;
  const Digest* roots;  // tree_count of them; the absent ones unused
  E zeta, gamma;
  std::span<const fri_layer> layers;
  std::span<const Digest> layer_roots;
  std::span<const E> betas;
  std::span<const E> final_polynomial;
};

/// What a source that is not good means.
status<verify_failure> check_readable(const proof_source& proof);

}  // namespace ashlar::stark
