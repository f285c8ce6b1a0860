#pragma once

#include <unordered_map>

#include "runtime/stark/circuit/wire.hpp"

namespace ashlar::stark {

/// Records a circuit. Every row that writes a cell takes a new address for it, so no cell can be
/// written twice. A row that was recorded before is not recorded again.
class circuit_builder {
 public:
  circuit_builder();
  circuit_builder(const circuit_builder&) = delete;
  circuit_builder& operator=(const circuit_builder&) = delete;

  /// Names what is recorded from here on; a run that fails says where.
  void section(std::string name);

  // Values that the prover chooses.
  wire input();
  wire input_base();
  /// Precondition: `of` in the base field.
  bit bit_of(const wire& of, unsigned index);

  // What must hold.
  void assert_zero(const wire& x) { assert_equal(x, gl()); }
  void assert_equal(const wire& x, const wire& y);

  /// on ? x : y.
  wire select(const bit& on, const wire& x, const wire& y) { return y + on.value() * (x - y); }
  /// The bits of the canonical value of x, lowest first: 64. Of an x with a part outside of the
  /// base field there are none.
  std::vector<bit> bits_of(const wire& x);
  /// The number that the bits are, lowest first.
  wire number_of(std::span<const bit> bits);
  /// base to the power that the bits are, lowest first.
  wire power_of(gl base, std::span<const bit> bits);
  /// Precondition for a run: x is not zero.
  wire inverse(const wire& x);
  /// x0, x1, x2 in the base field, x = x0 + x1 X + x2 X^2.
  std::array<wire, 3> limbs_of(const wire& x);

  /// The public values, as they stand in the machine: eight.
  std::array<wire, 8> publics();

  // Cells of four. Of `fourth` the part in the base field counts.
  quad pack(const wire& first_three, const wire& fourth);
  struct lanes {
    wire first_three, fourth;
  };
  lanes unpack(quad from);

  u32 rows() const noexcept { return static_cast<u32>(made_.alu.size()); }
  /// Hints of which no assertion says more than their form: as good as the prover's free choice.
  std::vector<cell> unnoticed_hints() const;
  /// The circuit. Precondition: no hint is unnoticed. Once.
  circuit finish();

 private:
  friend wire operator+(const wire&, const wire&);
  friend wire operator*(const wire&, const wire&);
  friend class wire;
  struct row_key {
    alu_shape shape;
    cell a, b, c;
    u64 product, constant;
    friend bool operator==(const row_key&, const row_key&) = default;
  };
  struct row_hash {
    std::size_t operator()(const row_key& k) const noexcept;
  };

  wire sum(const wire& x, const wire& y);
  wire product(const wire& x, const wire& y);
  wire constant_wire(const gl3& c);
  wire plain(const wire& x);    // neither product nor constant
  cell cell_of(const wire& x);  // holds exactly x
  cell computed(alu_row row);   // its out; an older row's where there is one
  cell hinted(const hint& from, bool base);
  cell new_cell() { return cell{cells_++}; }
  void record(const alu_row& row);

  circuit made_;
  u32 cells_ = 3;  // zero and the public values' halves are there
  cell one_;
  std::unordered_map<row_key, cell, row_hash> known_;
};

}  // namespace ashlar::stark
