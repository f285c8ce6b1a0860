#pragma once

#include "runtime/stark/verifier/queries.hpp"

namespace ashlar::stark {

/// The combination r of all columns of one height (PROTOCOL.md, "DEEP"), as far as it is the same
/// for every query.
struct deep_height {
  height_columns columns;
  gl3 factor[tree_count];  // of the value of the tree's row
  gl3 next_factor;         // gamma^W, W the columns opened at both points
  gl3 at_zeta;             // the combination of the opened values at zeta, the quotient's with them
  gl3 at_next;             // and at the next row's point, with its factor
  gl next_step;            // w: zeta w is the next row's point

  /// r at a place, from the combined rows there, each with its tree's factor: `here` of all trees
  /// but the quotient's. `to_zeta` = zeta - x, `to_next` = zeta w - x, `inverse` of their product.
  gl3 value(const gl3& here, const gl3& quotient, const gl3& to_zeta, const gl3& to_next,
            const gl3& inverse) const noexcept {
    return ((at_zeta - here - quotient) * to_next + (at_next - next_factor * here) * to_zeta) *
           inverse;
  }
};

/// By falling height.
std::vector<deep_height> deep_heights(const query_context& c);

}  // namespace ashlar::stark
