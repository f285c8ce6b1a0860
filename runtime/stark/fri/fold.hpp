#pragma once

#include "runtime/stark/field/domain.hpp"

namespace ashlar::stark {

/// Folds one FRI leaf. values[j] = f(u w^j), j < k = 2^fold_log2, w of order k; with
/// f(X) = sum over m < k of X^m f_m(X^k) the result is sum of beta^m f_m(u^k): the value at beta of
/// the polynomial of degree below k through the k points. `u_inverse` = 1/u.
gl3 fold_leaf(std::span<const gl3> values, unsigned fold_log2, const gl3& beta,
              gl u_inverse) noexcept;

inline constexpr unsigned fold_log2_max = 4;

}  // namespace ashlar::stark
