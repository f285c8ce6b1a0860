#pragma once

#include <vector>

#include "runtime/base/ensure.hpp"
#include "runtime/stark/air/air.hpp"

namespace ashlar::stark {

/// A tuple on a bus, with the multiplicity it has been sent with (a receive counts negatively).
struct bus_message {
  bus on{};
  gl multiplicity;
  std::array<gl, bus_length_max> tuple{};

  bool same_tuple(const bus_message& o) const noexcept { return on == o.on && tuple == o.tuple; }
};

/// What the description says about one row with its successor.
struct row_check {
  std::vector<unsigned> violated;     ///< numbers of the constraints that do not vanish
  std::vector<bus_message> messages;  ///< those whose multiplicity is not zero

  void clear() noexcept {
    violated.clear();
    messages.clear();
  }
};

/// The cells that one row of a description reads.
struct row_cells {
  const gl* row;
  const gl* next;
  const gl* fixed;
  const gl* fixed_next;
  const gl* publics;
  bool first, last;
};

/// Evaluates a description on a row of values (E = gl).
template <class Chip>
class check_builder_of {
 public:
  using expr = gl;

  check_builder_of(const row_cells& cells, row_check& out) noexcept
      : out_(out),
        first_(cells.first),
        last_(cells.last),
        row_(cells_as<columns_of<Chip, gl>>(cells.row)),
        next_(cells_as<columns_of<Chip, gl>>(cells.next)),
        fixed_(cells_as<fixed_columns_of<Chip, gl>>(cells.fixed)),
        fixed_next_(cells_as<fixed_columns_of<Chip, gl>>(cells.fixed_next)),
        publics_(cells_as<public_values_of<Chip, gl>>(cells.publics)) {}

  const auto& row() const noexcept { return row_; }
  const auto& next() const noexcept { return next_; }
  const auto& fixed() const noexcept { return fixed_; }
  const auto& fixed_next() const noexcept { return fixed_next_; }
  const auto& publics() const noexcept { return publics_; }

  void zero(gl e) { check(true, e); }
  void zero_first(gl e) { check(first_, e); }
  void zero_last(gl e) { check(last_, e); }
  void zero_transition(gl e) { check(!last_, e); }

  void send(bus on, gl multiplicity, std::initializer_list<gl> tuple) {
    ensure(tuple.size() == property_of(on).length);
    if (multiplicity.is_zero()) return;
    bus_message m{on, multiplicity, {}};
    std::copy(tuple.begin(), tuple.end(), m.tuple.begin());
    out_.messages.push_back(m);
  }
  void receive(bus on, gl multiplicity, std::initializer_list<gl> tuple) {
    send(on, -multiplicity, tuple);
  }

 private:
  void check(bool applies, gl e) {
    if (applies && !e.is_zero()) out_.violated.push_back(number_);
    ++number_;
  }

  row_check& out_;
  bool first_, last_;
  unsigned number_ = 0;
  columns_of<Chip, gl> row_, next_;
  fixed_columns_of<Chip, gl> fixed_, fixed_next_;
  public_values_of<Chip, gl> publics_;
};

template <class Chip>
void check_row(const row_cells& cells, row_check& out) {
  check_builder_of<Chip> b(cells, out);
  Chip::constrain(b);
}

}  // namespace ashlar::stark
