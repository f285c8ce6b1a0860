#pragma once

#include <vector>

#include "runtime/base/ensure.hpp"
#include "runtime/stark/air/air.hpp"

namespace ashlar::stark {

/// An expression of which nothing but the degree is known, as a polynomial in the trace columns.
struct degree_expr {
  unsigned degree = 0;

  constexpr degree_expr() = default;
  constexpr explicit degree_expr(gl) noexcept {}

  static constexpr degree_expr of(unsigned d) noexcept {
    degree_expr e;
    e.degree = d;
    return e;
  }
  friend constexpr degree_expr operator+(degree_expr a, degree_expr b) noexcept {
    return a.degree > b.degree ? a : b;
  }
  friend constexpr degree_expr operator-(degree_expr a, degree_expr b) noexcept { return a + b; }
  friend constexpr degree_expr operator*(degree_expr a, degree_expr b) noexcept {
    return of(a.degree + b.degree);
  }
  friend constexpr degree_expr operator+(degree_expr a, gl) noexcept { return a; }
  friend constexpr degree_expr operator+(gl, degree_expr a) noexcept { return a; }
  friend constexpr degree_expr operator-(degree_expr a, gl) noexcept { return a; }
  friend constexpr degree_expr operator-(gl, degree_expr a) noexcept { return a; }
  friend constexpr degree_expr operator*(degree_expr a, gl) noexcept { return a; }
  friend constexpr degree_expr operator*(gl, degree_expr a) noexcept { return a; }
  constexpr degree_expr operator-() const noexcept { return *this; }
};

struct interaction_shape {
  bus on;
  unsigned multiplicity_degree;
  unsigned tuple_degree;  ///< the highest of its elements
};

/// What a chip is made of: what the security calculation and the cost tables need to know.
struct chip_shape {
  std::string_view name;
  std::size_t width = 0, fixed_width = 0, publics_width = 0;
  std::vector<unsigned> constraint_degrees;
  std::vector<interaction_shape> interactions;

  unsigned degree_max() const noexcept {
    unsigned d = 0;
    for (unsigned c : constraint_degrees) d = std::max(d, c);
    return d;
  }
  bool uses_global() const noexcept {
    for (const auto& i : interactions)
      if (property_of(i.on).global) return true;
    return false;
  }
  /// Cells a row: main columns, and 3 base elements for every two interactions of one kind (local,
  /// global) with the running sum of each kind counted as one more.
  std::size_t cells_per_row() const noexcept {
    std::size_t local = 0, global = 0;
    for (const auto& i : interactions) ++(property_of(i.on).global ? global : local);
    return width + 3 * ((local + 1) / 2 + (global + 1) / 2);
  }
};

class degree_builder {
 public:
  using expr = degree_expr;

  explicit degree_builder(chip_shape& shape) noexcept : shape_(shape) {}

  void zero(expr e) { shape_.constraint_degrees.push_back(e.degree); }
  void zero_first(expr e) { zero(e); }
  void zero_last(expr e) { zero(e); }
  void zero_transition(expr e) { zero(e); }
  void send(bus on, expr multiplicity, std::initializer_list<expr> tuple) {
    ensure(tuple.size() == property_of(on).length);
    expr t;
    for (expr e : tuple) t = t + e;
    shape_.interactions.push_back({on, multiplicity.degree, t.degree});
  }
  void receive(bus on, expr multiplicity, std::initializer_list<expr> tuple) {
    send(on, multiplicity, tuple);
  }

 private:
  chip_shape& shape_;
};

template <class Chip>
class degree_builder_of : public degree_builder {
 public:
  using degree_builder::degree_builder;

  columns_of<Chip, expr> row() const { return all<columns_of<Chip, expr>>(1); }
  columns_of<Chip, expr> next() const { return row(); }
  fixed_columns_of<Chip, expr> fixed() const { return all<fixed_columns_of<Chip, expr>>(1); }
  fixed_columns_of<Chip, expr> fixed_next() const { return fixed(); }
  public_values_of<Chip, expr> publics() const { return all<public_values_of<Chip, expr>>(0); }

 private:
  template <class S>
  static S all(unsigned degree) {
    std::array<expr, detail::cells_in<S, expr> + 1> cells;
    cells.fill(expr::of(degree));
    return cells_as<S>(cells.data());
  }
};

template <class Chip>
chip_shape shape_of() {
  chip_shape shape{Chip::name, width_of<Chip>, fixed_width_of<Chip>, publics_width_of<Chip>, {},
                   {}};
  degree_builder_of<Chip> b(shape);
  Chip::constrain(b);
  return shape;
}

}  // namespace ashlar::stark
