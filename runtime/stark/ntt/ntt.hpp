#pragma once

#include "runtime/stark/field/gl.hpp"

namespace ashlar::stark {

/// Number-theoretic transforms over the subgroup H of order n = 2^log2 with generator
/// w = gl::root_of_unity(log2). One column at a time, no bit reversal anywhere:
/// evaluations are in natural order (place i: the value at w^i), coefficients in bit-reversed order
/// (place i: the coefficient of X^rev(i)).

/// Coefficients of the polynomial of degree below n with these values on H.
void interpolate(gl* column, unsigned log2) noexcept;
/// The same into a place of its own, apart from `from`.
void interpolate(const gl* from, gl* to, unsigned log2) noexcept;
/// The same as the first for values on shift H.
void interpolate_coset(gl* column, unsigned log2, gl shift) noexcept;
/// Values on shift H of the polynomial with these coefficients. `from` may equal `to`.
void evaluate_coset(const gl* from, gl* to, unsigned log2, gl shift) noexcept;

/// The low-degree extension: out[c n + i] = f(shift w_N^c w^i), N = n 2^blowup_log2, for the f of
/// degree below n with f(w^i) = column[i]. `out` holds N elements, apart from `column`, which is
/// left holding the coefficients.
void extend_column(gl* column, gl* out, unsigned log2, unsigned blowup_log2, gl shift) noexcept;

}  // namespace ashlar::stark
