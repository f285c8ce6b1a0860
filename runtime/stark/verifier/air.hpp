#pragma once

#include <algorithm>
#include <concepts>
#include <initializer_list>
#include <string_view>
#include <type_traits>
#include <vector>

#include "runtime/base/ensure.hpp"
#include "runtime/stark/field/gl3.hpp"

// How an AIR is described (see README.md, "The AIR"): a stateless struct with a name, column
// structs templated over the expression type, and `constrain(B&)`. The builders that read it derive
// from air_rows and add zero, zero_first, zero_last, zero_transition, send and receive.
namespace ashlar::stark {

/// What the proof system has to know of a bus. `id` is part of the fingerprint, so two buses of one
/// machine must differ in it; `length` is the number of elements of every tuple on it. Global buses
/// balance over all segments of an execution, local ones within a segment.
/// A machine's own bus type (an enum, usually) gives `bus_properties properties_of(bus)` by ADL.
struct bus_properties {
  u32 id;
  u32 length;
  bool global;
};
constexpr bus_properties properties_of(const bus_properties& p) noexcept {
  return p;
}

template <class Bus>
concept a_bus = requires(Bus b) {
  { properties_of(b) } -> std::convertible_to<bus_properties>;
};

/// Stands for fixed_columns or public_values of a chip that has none.
struct no_columns {};

template <class Chip, class E>
using main_columns = typename Chip::template columns<E>;

template <class Chip, class E>
struct fixed_columns_of {
  using type = no_columns;
};
template <class Chip, class E>
requires requires {
  typename Chip::template fixed_columns<E>;
}
struct fixed_columns_of<Chip, E> {
  using type = typename Chip::template fixed_columns<E>;
};
template <class Chip, class E>
struct public_values_of {
  using type = no_columns;
};
template <class Chip, class E>
requires requires {
  typename Chip::template public_values<E>;
}
struct public_values_of<Chip, E> {
  using type = typename Chip::template public_values<E>;
};

/// Elements in a struct of E and arrays of E.
template <class Row, class E>
inline constexpr std::size_t width_of = std::is_empty_v<Row> ? 0 : sizeof(Row) / sizeof(E);

template <class Chip>
inline constexpr std::size_t main_width = width_of<main_columns<Chip, gl>, gl>;
template <class Chip>
inline constexpr std::size_t fixed_width = width_of<typename fixed_columns_of<Chip, gl>::type, gl>;
template <class Chip>
inline constexpr std::size_t public_count = width_of<typename public_values_of<Chip, gl>::type, gl>;

/// What every builder offers to `constrain`: the current and the next row (cyclic), the same of
/// the fixed columns, and the public values.
template <class Chip, class E>
class air_rows {
 public:
  using expr = E;
  using main_type = main_columns<Chip, E>;
  using fixed_type = typename fixed_columns_of<Chip, E>::type;
  using public_type = typename public_values_of<Chip, E>::type;

  const main_type& row() const noexcept { return row_; }
  const main_type& next() const noexcept { return next_; }
  const fixed_type& fixed() const noexcept { return fixed_; }
  const fixed_type& fixed_next() const noexcept { return fixed_next_; }
  const public_type& publics() const noexcept { return publics_; }

  /// The same structs as arrays, in column order.
  std::span<E> row_cells() noexcept { return cells(row_); }
  std::span<E> next_cells() noexcept { return cells(next_); }
  std::span<E> fixed_cells() noexcept { return cells(fixed_); }
  std::span<E> fixed_next_cells() noexcept { return cells(fixed_next_); }
  std::span<E> public_cells() noexcept { return cells(publics_); }

 protected:
  template <class Row>
  static std::span<E> cells(Row& r) noexcept {
    static_assert(std::is_empty_v<Row> || sizeof(Row) % sizeof(E) == 0);
    return {reinterpret_cast<E*>(&r), width_of<Row, E>};
  }

 private:
  main_type row_{}, next_{};
  fixed_type fixed_{}, fixed_next_{};
  public_type publics_{};
};

/// The rows on which a constraint must vanish.
enum class row_set : u8 { every, first, last, transition };

/// The degree of an expression in the columns. E of the shape builder.
struct degree {
  u32 value = 0;
  constexpr degree() = default;
  constexpr degree(gl) noexcept {}  // NOLINT: constants have degree 0
  constexpr explicit degree(u32 v) noexcept : value(v) {}
  friend constexpr degree operator+(degree a, degree b) noexcept {
    return degree(std::max(a.value, b.value));
  }
  friend constexpr degree operator-(degree a, degree b) noexcept { return a + b; }
  friend constexpr degree operator*(degree a, degree b) noexcept {
    return degree(a.value + b.value);
  }
  constexpr degree operator-() const noexcept { return *this; }
};

struct interaction_shape {
  bus_properties bus;
  u32 multiplicity_degree, tuple_degree;
};

/// Interactions first .. first + count - 1 (of shape.interactions) share an extension column.
struct interaction_group {
  u32 first, count;
};

inline constexpr u32 degree_max = 3;
/// First- and last-row constraints are divided by a linear polynomial only, so that their quotient
/// fits two chunks when they are of degree 2 or less.
inline constexpr u32 boundary_degree_max = 2;

/// Everything about an AIR that prover, verifier and the security accounting need to agree on.
struct air_shape {
  std::string_view name;
  u32 main_width = 0, fixed_width = 0, public_count = 0;
  struct constraint {
    row_set where;
    u32 degree;
  };
  std::vector<constraint> constraints;
  /// Local interactions first, then global ones, each in the order of the calls.
  std::vector<interaction_shape> interactions;
  std::vector<u32> call_order;  // call_order[k]: place in `interactions` of the k-th call
  /// Groups of local interactions, then of global ones. The last group of either kind has no
  /// column of its own: it lives in that kind's running sum.
  std::vector<interaction_group> groups;
  u32 local_groups = 0, global_groups = 0;

  bool uses_global() const noexcept { return global_groups != 0; }
  bool uses_local() const noexcept { return local_groups != 0; }
  /// Extension columns of the auxiliary trace: one a group (the running sums included).
  u32 aux_columns() const noexcept { return local_groups + global_groups; }
  /// Constraints, those of the buses included: one a group.
  u32 total_constraints() const noexcept {
    return static_cast<u32>(constraints.size() + groups.size());
  }
};

/// Puts interactions into groups such that phi d1 d2 = m1 d2 + m2 d1 stays within degree_max.
void group_interactions(air_shape& shape);

/// E = degree: counts and groups. What it finds does not depend on any proof.
template <class Chip>
class shape_builder : public air_rows<Chip, degree> {
 public:
  shape_builder() {
    for (auto cells :
         {this->row_cells(), this->next_cells(), this->fixed_cells(), this->fixed_next_cells()})
      std::fill(cells.begin(), cells.end(), degree(u32{1}));
  }
  void zero(degree e) { add(row_set::every, e); }
  void zero_first(degree e) { add(row_set::first, e); }
  void zero_last(degree e) { add(row_set::last, e); }
  void zero_transition(degree e) { add(row_set::transition, e); }
  template <a_bus Bus>
  void send(Bus bus, degree multiplicity, std::initializer_list<degree> tuple) {
    const bus_properties p = properties_of(bus);
    ensure(tuple.size() == p.length);
    u32 most = 0;
    for (degree e : tuple) most = std::max(most, e.value);
    shape.interactions.push_back({p, multiplicity.value, most});
  }
  template <a_bus Bus>
  void receive(Bus bus, degree multiplicity, std::initializer_list<degree> tuple) {
    send(bus, multiplicity, tuple);
  }
  air_shape shape;

 private:
  void add(row_set where, degree e) {
    const bool boundary = where == row_set::first || where == row_set::last;
    ensure(e.value <= (boundary ? boundary_degree_max : degree_max));
    shape.constraints.push_back({where, e.value});
  }
};

template <class Chip>
air_shape shape_of() {
  shape_builder<Chip> b;
  Chip::constrain(b);
  b.shape.name = Chip::name;
  b.shape.main_width = main_width<Chip>;
  b.shape.fixed_width = fixed_width<Chip>;
  b.shape.public_count = public_count<Chip>;
  group_interactions(b.shape);
  return std::move(b.shape);
}

}  // namespace ashlar::stark
