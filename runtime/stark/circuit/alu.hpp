#pragma once

#include "runtime/stark/air/bus.hpp"

// A circuit's memory is a list of cells of four elements, each written once. Which row writes and
// which rows read a cell is fixed when the circuit is made: addresses, and how often a cell is
// read, stand in fixed columns. So the only choice of a prover is the values, and all rows that
// name a cell see the same.

namespace ashlar::stark {

/// How a row combines its operands; see alu_chip.
enum class alu_shape : u8 { product, pack_3_1, pack_2_2, pack_1_3, horner };

/// One row: out = combination of a, b, c, plus a constant. a and b are extension elements, c and
/// out have four elements.
///
///   product   out = f a b + c + constant, f and constant fixed elements; c's fourth goes to out's
///   pack_3_1  (b0, b1, b2, a0) + c      pack_2_2  (b1, b2, a0, a1) + c     pack_1_3  (b2, a0, a1,
///   a2) + c horner    a b^4 + c0 b^3 + c1 b^2 + c2 b + c3
///
/// b and c are read. a is read, or written (the prover's choice: a hint), or not used. out is
/// written, or read: then the row is an assertion. Cells of extension elements have zero in fourth
/// place, because a and b say so on the bus; where `base` is set a is in the base field.
///
/// The first row writes the zero cell at its a, the first and the last row say at their out what
/// the public values are.
struct alu_chip {
  static constexpr std::string_view name = "alu";
  /// The addresses that the first and last row write: zero, and the halves of the public values.
  static constexpr u32 zero_cell = 0, public_cells[2] = {1, 2};

  template <class E>
  struct columns {
    E a[3], b[3], c[4], out[4];
    E b2[3], b3[3], b4[3];  ///< powers of b
  };
  template <class E>
  struct fixed_columns {
    E a, b, c, out;        ///< addresses
    E a_times, out_times;  ///< how often the cell is read, or -1: it is read here
    E product, pack[3], horner, base, constant;
  };
  template <class E>
  struct public_values {
    E value[8];
  };

  template <class E>
  static void multiply(const E (&x)[3], const E (&y)[3], E (&out)[3]) {
    out[0] = x[0] * y[0] + (x[1] * y[2] + x[2] * y[1]) * gl(2u);
    out[1] = x[0] * y[1] + x[1] * y[0] + x[2] * y[2] * gl(2u);
    out[2] = x[0] * y[2] + x[1] * y[1] + x[2] * y[0];
  }

  template <class B>
  static void constrain(B& b) {
    using E = typename B::expr;
    const auto& r = b.row();
    const auto& f = b.fixed();
    b.send(bus::wire, f.a_times, {f.a, r.a[0], r.a[1], r.a[2], E(gl())});
    b.receive(bus::wire, E(gl(1u)), {f.b, r.b[0], r.b[1], r.b[2], E(gl())});
    b.receive(bus::wire, E(gl(1u)), {f.c, r.c[0], r.c[1], r.c[2], r.c[3]});
    b.send(bus::wire, f.out_times, {f.out, r.out[0], r.out[1], r.out[2], r.out[3]});

    E b2[3], b3[3], b4[3], product[3], top[3];
    multiply(r.b, r.b, b2);
    multiply(r.b2, r.b, b3);
    multiply(r.b2, r.b2, b4);
    multiply(r.a, r.b, product);
    multiply(r.a, r.b4, top);
    const E packed[3][4] = {{r.b[0], r.b[1], r.b[2], r.a[0]},
                            {r.b[1], r.b[2], r.a[0], r.a[1]},
                            {r.b[2], r.a[0], r.a[1], r.a[2]}};
    for (unsigned i = 0; i < 4; ++i) {
      E value = (E(gl(1u)) - f.horner) * r.c[i];
      for (unsigned k = 0; k < 3; ++k) value = value + f.pack[k] * packed[k][i];
      if (i == 0) value = value + f.constant + f.horner * r.c[3];
      if (i < 3) {
        b.zero(r.b2[i] - b2[i]);
        b.zero(r.b3[i] - b3[i]);
        b.zero(r.b4[i] - b4[i]);
        const E falling = top[i] + r.c[0] * r.b3[i] + r.c[1] * r.b2[i] + r.c[2] * r.b[i];
        value = value + f.product * product[i] + f.horner * falling;
        b.zero_first(r.a[i]);
      }
      b.zero(r.out[i] - value);
      b.zero_first(r.out[i] - b.publics().value[i]);
      b.zero_last(r.out[i] - b.publics().value[4 + i]);
    }
    b.zero(f.base * r.a[1]);
    b.zero(f.base * r.a[2]);
  }
};

}  // namespace ashlar::stark
