#include "runtime/stark/verifier/constraint_eval.hpp"

namespace ashlar::stark {

namespace {

// For each group with column phi: phi d1 d2 = m1 d2 + m2 d1. The last group of either kind has
// S(next) - S + total / h minus the other columns in the place of phi, which makes the running sum
// S come back to itself after h rows exactly if all columns add up to `total`.
void add_bus_constraints(const air_shape& shape, const air_opening& o,
                         std::span<const interaction_value> interactions, constraint_sums& sums) {
  const gl rows_inverse = gl(u64{1} << o.height_log2).inverse();
  u32 g = 0;
  for (bool global : {false, true}) {
    const u32 end = g + (global ? shape.global_groups : shape.local_groups);
    if (g == end) continue;
    gl3 phi_last =
        o.aux_next[end - 1] - o.aux[end - 1] + (global ? o.global_sum : o.local_sum) * rows_inverse;
    for (u32 k = g; k + 1 < end; ++k) phi_last -= o.aux[k];
    for (; g < end; ++g) {
      const gl3& phi = g + 1 == end ? phi_last : o.aux[g];
      const interaction_value& a = interactions[shape.groups[g].first];
      if (shape.groups[g].count == 1) {
        sums.add(row_set::every, phi * a.denominator - a.multiplicity);
      } else {
        const interaction_value& b = interactions[shape.groups[g].first + 1];
        sums.add(row_set::every, (phi * a.denominator - a.multiplicity) * b.denominator -
                                     b.multiplicity * a.denominator);
      }
    }
  }
}

}  // namespace

gl3 quotient_at(const verifier_air& air, const air_opening& opening, const gl3& alpha,
                const gl3& zeta) {
  constraint_sums sums(alpha);
  std::vector<interaction_value> interactions(air.shape.interactions.size());
  air.evaluate(opening, air.shape, sums, interactions);
  add_bus_constraints(air.shape, opening, interactions, sums);

  const gl3 vanishing = zeta.squared(opening.height_log2) - gl::one();
  const gl last_row = gl::root_of_unity(opening.height_log2).inverse();
  const gl3 from_first = zeta - gl::one(), from_last = zeta - last_row;
  return (sums[row_set::every] + sums[row_set::transition] * from_last) * vanishing.inverse() +
         sums[row_set::first] * from_first.inverse() + sums[row_set::last] * from_last.inverse();
}

}  // namespace ashlar::stark
