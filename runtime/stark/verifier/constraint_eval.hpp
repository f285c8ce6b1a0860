#pragma once

#include "runtime/stark/verifier/air.hpp"

namespace ashlar::stark {

/// The two elements behind a LogUp fingerprint: alpha + id + beta e0 + beta^2 e1 + ...
struct bus_challenge {
  gl3 alpha, beta;
};

/// What is known of one table at the out-of-domain point. Spans in column order; `aux` as extension
/// elements (one a column of air_shape::aux_columns).
struct air_opening {
  std::span<const gl3> fixed, fixed_next, main, main_next, aux, aux_next;
  std::span<const gl> publics;
  bus_challenge local, global;
  gl3 local_sum, global_sum;  // claimed sums over all rows
  unsigned height_log2;
};

/// Receives constraint values in order; keeps one combination a row set: the sum of
/// alpha^k C_k over its constraints, k counting all constraints of the table.
class constraint_sums {
 public:
  explicit constraint_sums(const gl3& alpha) noexcept : alpha_(alpha) {}
  void add(row_set where, const gl3& value) noexcept {
    gl3& sum = sum_[static_cast<unsigned>(where)];
    sum.set_mul_add(power_, value, sum);
    power_ *= alpha_;
  }
  const gl3& operator[](row_set where) const noexcept { return sum_[static_cast<unsigned>(where)]; }

 private:
  gl3 alpha_, power_ = gl3::one(), sum_[4];
};

/// Multiplicity (negative for a receive) and fingerprint of one interaction.
struct interaction_value {
  gl3 multiplicity, denominator;
};

/// E = gl3: evaluates a chip's constraints at the out-of-domain point.
template <class Chip>
class opening_builder : public air_rows<Chip, gl3> {
 public:
  opening_builder(const air_opening& o, const air_shape& shape, constraint_sums& sums,
                  std::vector<interaction_value>& interactions)
      : opening_(o), shape_(shape), sums_(sums), interactions_(interactions) {
    std::copy(o.main.begin(), o.main.end(), this->row_cells().begin());
    std::copy(o.main_next.begin(), o.main_next.end(), this->next_cells().begin());
    std::copy(o.fixed.begin(), o.fixed.end(), this->fixed_cells().begin());
    std::copy(o.fixed_next.begin(), o.fixed_next.end(), this->fixed_next_cells().begin());
    std::copy(o.publics.begin(), o.publics.end(), this->public_cells().begin());
  }
  void zero(const gl3& e) { sums_.add(row_set::every, e); }
  void zero_first(const gl3& e) { sums_.add(row_set::first, e); }
  void zero_last(const gl3& e) { sums_.add(row_set::last, e); }
  void zero_transition(const gl3& e) { sums_.add(row_set::transition, e); }
  template <a_bus Bus>
  void send(Bus bus, const gl3& multiplicity, std::initializer_list<gl3> tuple) {
    const bus_properties p = properties_of(bus);
    const bus_challenge& c = p.global ? opening_.global : opening_.local;
    // Horner, the last element first.
    const gl3* element = tuple.end();
    gl3 d = tuple.size() == 0 ? gl3::zero() : *--element;
    while (element != tuple.begin()) d.set_mul_add(d, c.beta, *--element);
    d.set_mul_add(d, c.beta, c.alpha + gl(p.id));
    interactions_[shape_.call_order[call_++]] = {multiplicity, d};
  }
  template <a_bus Bus>
  void receive(Bus bus, const gl3& multiplicity, std::initializer_list<gl3> tuple) {
    send(bus, -multiplicity, tuple);
  }

 private:
  const air_opening& opening_;
  const air_shape& shape_;
  constraint_sums& sums_;
  std::vector<interaction_value>& interactions_;
  std::size_t call_ = 0;
};

/// A chip as the verifier sees it.
struct verifier_air {
  air_shape shape;
  void (*evaluate)(const air_opening&, const air_shape&, constraint_sums&,
                   std::vector<interaction_value>&);
  /// See fingerprint_of. Part of the verifying key.
  gl3 fingerprint;
};

/// The value of all constraints, combined, where every cell, public value and challenge has a value
/// that depends on the chip's name alone. Two descriptions that differ in a coefficient have other
/// values (by Schwartz and Zippel, up to 2^-60), though their shapes are the same.
gl3 fingerprint_of(const verifier_air& air);

template <class Chip>
verifier_air verifier_air_of() {
  verifier_air air{shape_of<Chip>(),
                   [](const air_opening& o, const air_shape& shape, constraint_sums& sums,
                      std::vector<interaction_value>& interactions) {
                     opening_builder<Chip> b(o, shape, sums, interactions);
                     Chip::constrain(b);
                   },
                   {}};
#ifndef ASHLAR_GUEST  // a guest's keys come with their digests
  air.fingerprint = fingerprint_of(air);
#endif
  return air;
}

/// The value that the table's quotient must have at the point `zeta`: all constraints, those of the
/// buses included, each divided by the polynomial that vanishes on its rows.
gl3 quotient_at(const verifier_air& air, const air_opening& opening, const gl3& alpha,
                const gl3& zeta);
/// Whether it is `claimed`, without a division.
bool is_quotient_at(const verifier_air& air, const air_opening& opening, const gl3& alpha,
                    const gl3& zeta, const gl3& claimed);

}  // namespace ashlar::stark
