#pragma once

#include <vector>

#include "runtime/stark/air/bus.hpp"

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
class check_builder : public air_rows<Chip, gl> {
 public:
  check_builder(const row_cells& from, row_check& out) noexcept
      : out_(out), first_(from.first), last_(from.last) {
    const auto copy = [](const gl* cells, std::span<gl> to) {
      std::copy(cells, cells + to.size(), to.begin());
    };
    copy(from.row, this->row_cells());
    copy(from.next, this->next_cells());
    copy(from.fixed, this->fixed_cells());
    copy(from.fixed_next, this->fixed_next_cells());
    copy(from.publics, this->public_cells());
  }

  void zero(gl e) { check(true, e); }
  void zero_first(gl e) { check(first_, e); }
  void zero_last(gl e) { check(last_, e); }
  void zero_transition(gl e) { check(!last_, e); }

  void send(bus on, gl multiplicity, std::initializer_list<gl> tuple) {
    ensure(tuple.size() == properties_of(on).length);
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
};

template <class Chip>
void check_row(const row_cells& cells, row_check& out) {
  check_builder<Chip> b(cells, out);
  Chip::constrain(b);
}

}  // namespace ashlar::stark
