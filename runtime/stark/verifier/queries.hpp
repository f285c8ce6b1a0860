#pragma once

#include "runtime/stark/verifier/layout.hpp"
#include "runtime/stark/verifier/proof_source.hpp"
#include "runtime/stark/verifier/verifier.hpp"

namespace ashlar::stark {

/// Values of all columns of a table at zeta and at the next row's point, and of the quotient.
struct table_opening {
  std::vector<gl3> here, next;  // fixed, main, auxiliary (base columns)
  gl3 quotient[quotient_columns];
};

/// All that the query phase needs besides what it reads.
struct query_context {
  const proof_params& params;
  std::span<const air_shape* const> shapes;
  std::span<const u8> heights_log2;
  std::span<const table_opening> openings;
  const hash256* roots;  // tree_count of them; the absent ones unused
  gl3 zeta, gamma;
  std::span<const fri_layer> layers;
  std::span<const hash256> layer_roots;
  std::span<const gl3> betas;
  std::span<const gl3> final_polynomial;
};

/// Reads the caps of all trees, then for each position, in order, the rows with their paths; checks
/// them against the roots, combines them (DEEP), and follows the combination through the FRI layers
/// to the final polynomial.
status<verify_failure> check_queries(const query_context& c, std::span<const u32> positions,
                                     proof_source& proof);

/// What a source that is not good means.
status<verify_failure> check_readable(const proof_source& proof);

}  // namespace ashlar::stark
