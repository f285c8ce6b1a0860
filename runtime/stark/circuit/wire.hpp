#pragma once

#include "runtime/stark/circuit/circuit.hpp"

namespace ashlar::stark {

class circuit_builder;

/// A value of a circuit, an element of the extension: scale times the product of two cells, or
/// times one, plus a constant; or a constant alone. Behaves like gl3, so that templates over the
/// element type record themselves. Operations fold constants, and cost a row only where they must:
/// a sum of two cells, or of a product and a cell, is one row; scaling, negation, constants and a
/// product that is added later are none.
class wire {
 public:
  wire() = default;
  wire(gl constant) noexcept : constant_(constant) {}          // NOLINT: constants are values
  wire(const gl3& constant) noexcept : constant_(constant) {}  // NOLINT
  /// The content of a cell that holds an extension element.
  wire(circuit_builder& builder, cell at) noexcept : builder_(&builder), a_(at) {}

  static wire zero() noexcept { return {}; }
  static wire one() noexcept { return gl::one(); }

  friend wire operator+(const wire& x, const wire& y);
  friend wire operator*(const wire& x, const wire& y);
  friend wire operator-(const wire& x, const wire& y) { return x + -y; }
  wire operator-() const;
  wire& operator+=(const wire& y) { return *this = *this + y; }
  wire& operator-=(const wire& y) { return *this = *this - y; }
  wire& operator*=(const wire& y) { return *this = *this * y; }
  /// *this = a b + c.
  void set_mul_add(const wire& a, const wire& b, const wire& c) { *this = a * b + c; }
  wire square() const { return *this * *this; }
  /// x^(2^n).
  wire squared(unsigned n) const;
  wire pow(u64 e) const;
  /// By hint and check; a circuit that is run with zero here fails.
  wire inverse() const;

  bool is_constant() const noexcept { return builder_ == nullptr; }
  /// Precondition: is_constant().
  const gl3& constant() const noexcept { return constant_; }

 private:
  friend class circuit_builder;
  wire(circuit_builder& builder, cell a, bool is_product, cell b, gl scale, gl offset) noexcept
      : builder_(&builder),
        is_product_(is_product),
        a_(a),
        b_(b),
        scale_(scale),
        constant_(offset) {}

  circuit_builder* builder_ = nullptr;
  bool is_product_ = false;
  cell a_{}, b_{};
  gl scale_ = gl::one();
  gl3 constant_;  ///< in the base field unless the wire is constant
};

/// A wire that is 0 or 1. Only the builder makes one, together with the row that says so.
class bit {
 public:
  const wire& value() const noexcept { return value_; }

 private:
  friend class circuit_builder;
  bit(const wire& value, cell at) noexcept : value_(value), at_(at) {}
  wire value_;
  cell at_;
};

/// A cell of four base elements: a digest.
class quad {
 public:
  /// Four zeros.
  quad() = default;
  cell at() const noexcept { return at_; }

 private:
  friend class circuit_builder;
  explicit quad(cell at) noexcept : at_(at) {}
  cell at_ = zero_cell;
};

}  // namespace ashlar::stark
