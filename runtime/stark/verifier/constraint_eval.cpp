#include "runtime/stark/verifier/constraint_eval.hpp"

#include "runtime/stark/transcript/transcript.hpp"

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

// A table's constraints, combined by the rows that they are for, and what vanishes on these. None
// of the divisors is zero: zeta is outside the base field.
struct combined_constraints {
  gl3 every, first, last;
  gl3 vanishing, from_first, from_last;
};

combined_constraints combine(const verifier_air& air, const air_opening& opening, const gl3& alpha,
                             const gl3& zeta) {
  constraint_sums sums(alpha);
  std::vector<interaction_value> interactions(air.shape.interactions.size());
  air.evaluate(opening, air.shape, sums, interactions);
  add_bus_constraints(air.shape, opening, interactions, sums);
  const gl3 from_last = zeta - gl::inverse_root_of_unity(opening.height_log2);
  return {sums[row_set::every] + sums[row_set::transition] * from_last,
          sums[row_set::first],
          sums[row_set::last],
          zeta.squared(opening.height_log2) - gl::one(),
          zeta - gl::one(),
          from_last};
}

}  // namespace

gl3 quotient_at(const verifier_air& air, const air_opening& opening, const gl3& alpha,
                const gl3& zeta) {
  const combined_constraints c = combine(air, opening, alpha, zeta);
  return c.every * c.vanishing.inverse() + c.first * c.from_first.inverse() +
         c.last * c.from_last.inverse();
}

bool is_quotient_at(const verifier_air& air, const air_opening& opening, const gl3& alpha,
                    const gl3& zeta, const gl3& claimed) {
  const combined_constraints c = combine(air, opening, alpha, zeta);
  return (claimed * c.vanishing - c.every) * c.from_first * c.from_last ==
         (c.first * c.from_last + c.last * c.from_first) * c.vanishing;
}

gl3 fingerprint_of(const verifier_air& air) {
  const std::string_view name = air.shape.name;
  transcript t(hash_kind::blake3);
  t.absorb(transcript_item::verifying_key,
           bytes_view(reinterpret_cast<const u8*>(name.data()), name.size()));
  // Not powers of one element: products of cells would meet, as x x^4 and x^2 x^3 do.
  const gl3 start = t.challenge();
  gl3 last = start;
  const auto values = [&](std::size_t count) {
    std::vector<gl3> out(count);
    for (gl3& v : out) v = last = last.square() + start;
    return out;
  };
  const air_shape& s = air.shape;
  const auto fixed = values(s.fixed_width), fixed_next = values(s.fixed_width),
             main = values(s.main_width), main_next = values(s.main_width),
             aux = values(s.aux_columns()), aux_next = values(s.aux_columns()), rest = values(8);
  std::vector<gl> publics;
  for (const gl3& v : values(s.public_count)) publics.push_back(v.c[0]);
  air_opening o;
  o.fixed = fixed;
  o.fixed_next = fixed_next;
  o.main = main;
  o.main_next = main_next;
  o.aux = aux;
  o.aux_next = aux_next;
  o.publics = publics;
  o.local = {rest[0], rest[1]};
  o.global = {rest[2], rest[3]};
  o.local_sum = rest[4];
  o.global_sum = rest[5];
  o.height_log2 = 5;
  return quotient_at(air, o, rest[6], rest[7]);
}

}  // namespace ashlar::stark
