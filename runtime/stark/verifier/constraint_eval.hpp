#pragma once

#include "runtime/stark/verifier/air.hpp"

namespace ashlar::stark {

// Everything here is written over the element type E: gl3 in a verifier, a recorded value where the
// verification is a circuit. P is what public values are: gl, or E.

/// The two elements behind a LogUp fingerprint: alpha + id + beta e0 + beta^2 e1 + ...
template <class E>
struct bus_challenge_of {
  E alpha, beta;
};
using bus_challenge = bus_challenge_of<gl3>;

/// What is known of one table at the out-of-domain point. Spans in column order; `aux` as extension
/// elements (one a column of air_shape::aux_columns).
template <class E, class P = E>
struct air_opening_of {
  std::span<const E> fixed, fixed_next, main, main_next, aux, aux_next;
  std::span<const P> publics;
  bus_challenge_of<E> local, global;
  E local_sum, global_sum;  // claimed sums over all rows
  unsigned height_log2;
};
using air_opening = air_opening_of<gl3, gl>;

/// Receives constraint values in order; keeps one combination a row set: the sum of
/// alpha^k C_k over its constraints, k counting all constraints of the table.
template <class E>
class constraint_sums {
 public:
  explicit constraint_sums(const E& alpha) : alpha_(alpha) {}
  void add(row_set where, const E& value) {
    E& sum = sum_[static_cast<unsigned>(where)];
    sum.set_mul_add(power_, value, sum);
    power_ *= alpha_;
  }
  const E& operator[](row_set where) const noexcept { return sum_[static_cast<unsigned>(where)]; }

 private:
  E alpha_, power_ = E::one(), sum_[4];
};

/// Multiplicity (negative for a receive) and fingerprint of one interaction.
template <class E>
struct interaction_value {
  E multiplicity, denominator;
};

/// Evaluates a chip's constraints at the out-of-domain point.
template <class Chip, class E, class P>
class opening_builder : public air_rows<Chip, E> {
 public:
  opening_builder(const air_opening_of<E, P>& o, const air_shape& shape, constraint_sums<E>& sums,
                  std::vector<interaction_value<E>>& interactions)
      : opening_(o), shape_(shape), sums_(sums), interactions_(interactions) {
    std::copy(o.main.begin(), o.main.end(), this->row_cells().begin());
    std::copy(o.main_next.begin(), o.main_next.end(), this->next_cells().begin());
    std::copy(o.fixed.begin(), o.fixed.end(), this->fixed_cells().begin());
    std::copy(o.fixed_next.begin(), o.fixed_next.end(), this->fixed_next_cells().begin());
    std::copy(o.publics.begin(), o.publics.end(), this->public_cells().begin());
  }
  void zero(const E& e) { sums_.add(row_set::every, e); }
  void zero_first(const E& e) { sums_.add(row_set::first, e); }
  void zero_last(const E& e) { sums_.add(row_set::last, e); }
  void zero_transition(const E& e) { sums_.add(row_set::transition, e); }
  template <a_bus Bus>
  void send(Bus bus, const E& multiplicity, std::initializer_list<E> tuple) {
    const bus_properties p = properties_of(bus);
    const bus_challenge_of<E>& c = p.global ? opening_.global : opening_.local;
    // Horner, the last element first.
    const E* element = tuple.end();
    E d = tuple.size() == 0 ? E::zero() : *--element;
    while (element != tuple.begin()) d.set_mul_add(d, c.beta, *--element);
    d.set_mul_add(d, c.beta, c.alpha + gl(p.id));
    interactions_[shape_.call_order[call_++]] = {multiplicity, d};
  }
  template <a_bus Bus>
  void receive(Bus bus, const E& multiplicity, std::initializer_list<E> tuple) {
    send(bus, -multiplicity, tuple);
  }

 private:
  const air_opening_of<E, P>& opening_;
  const air_shape& shape_;
  constraint_sums<E>& sums_;
  std::vector<interaction_value<E>>& interactions_;
  std::size_t call_ = 0;
};

template <class E, class P>
using constraint_evaluator = void (*)(const air_opening_of<E, P>&, const air_shape&,
                                      constraint_sums<E>&, std::vector<interaction_value<E>>&);

/// The evaluator of a chip.
template <class Chip, class E, class P>
void evaluate_constraints(const air_opening_of<E, P>& o, const air_shape& shape,
                          constraint_sums<E>& sums,
                          std::vector<interaction_value<E>>& interactions) {
  opening_builder<Chip, E, P> b(o, shape, sums, interactions);
  Chip::constrain(b);
}

/// For each group with column phi: phi d1 d2 = m1 d2 + m2 d1. The last group of either kind has
/// S(next) - S + total / h minus the other columns in the place of phi, which makes the running sum
/// S come back to itself after h rows exactly if all columns add up to `total`.
template <class E, class P>
void add_bus_constraints(const air_shape& shape, const air_opening_of<E, P>& o,
                         std::span<const interaction_value<E>> interactions,
                         constraint_sums<E>& sums) {
  const gl rows_inverse = gl(u64{1} << o.height_log2).inverse();
  u32 g = 0;
  for (bool global : {false, true}) {
    const u32 end = g + (global ? shape.global_groups : shape.local_groups);
    if (g == end) continue;
    E phi_last =
        o.aux_next[end - 1] - o.aux[end - 1] + (global ? o.global_sum : o.local_sum) * rows_inverse;
    for (u32 k = g; k + 1 < end; ++k) phi_last -= o.aux[k];
    for (; g < end; ++g) {
      const E& phi = g + 1 == end ? phi_last : o.aux[g];
      const interaction_value<E>& a = interactions[shape.groups[g].first];
      if (shape.groups[g].count == 1) {
        sums.add(row_set::every, phi * a.denominator - a.multiplicity);
      } else {
        const interaction_value<E>& b = interactions[shape.groups[g].first + 1];
        sums.add(row_set::every, (phi * a.denominator - a.multiplicity) * b.denominator -
                                     b.multiplicity * a.denominator);
      }
    }
  }
}

/// A table's constraints, combined by the rows that they are for, and what vanishes on these. None
/// of the divisors is zero: zeta is outside the base field.
template <class E>
struct combined_constraints {
  E every, first, last;
  E vanishing, from_first, from_last;

  /// The sides of the equation that holds where the quotient's value is `claimed`.
  E left(const E& claimed) const { return (claimed * vanishing - every) * from_first * from_last; }
  E right() const { return (first * from_last + last * from_first) * vanishing; }
};

template <class E, class P>
combined_constraints<E> combine_constraints(const air_shape& shape,
                                            constraint_evaluator<E, P> evaluate,
                                            const air_opening_of<E, P>& opening, const E& alpha,
                                            const E& zeta) {
  constraint_sums<E> sums(alpha);
  std::vector<interaction_value<E>> interactions(shape.interactions.size());
  evaluate(opening, shape, sums, interactions);
  add_bus_constraints<E, P>(shape, opening, interactions, sums);
  const E from_last = zeta - gl::inverse_root_of_unity(opening.height_log2);
  return {sums[row_set::every] + sums[row_set::transition] * from_last,
          sums[row_set::first],
          sums[row_set::last],
          zeta.squared(opening.height_log2) - gl::one(),
          zeta - gl::one(),
          from_last};
}

/// A chip as the verifier sees it.
struct verifier_air {
  air_shape shape;
  constraint_evaluator<gl3, gl> evaluate;
  /// See fingerprint_of. Part of the verifying key.
  gl3 fingerprint;
};

/// The value of all constraints, combined, where every cell, public value and challenge has a value
/// that depends on the chip's name alone. Two descriptions that differ in a coefficient have other
/// values (by Schwartz and Zippel, up to 2^-60), though their shapes are the same.
gl3 fingerprint_of(const verifier_air& air);

template <class Chip>
verifier_air verifier_air_of() {
  verifier_air air{shape_of<Chip>(), &evaluate_constraints<Chip, gl3, gl>, {}};
#ifndef ASHLAR_GUEST  // a guest's keys come with their digests
  air.fingerprint = fingerprint_of(air);
#endif
  return air;
}

/// The value that the table's quotient must have at the point `zeta`: all constraints, those of the
/// buses included, each divided by the polynomial that vanishes on its rows.
gl3 quotient_at(const verifier_air& air, const air_opening& opening, const gl3& alpha,
                const gl3& zeta);

}  // namespace ashlar::stark
