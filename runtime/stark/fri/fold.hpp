#pragma once

#include "runtime/stark/field/domain.hpp"

namespace ashlar::stark {

/// Folds one FRI leaf. values[j] = f(u w^j), j < k = 2^fold_log2, w of order k; with
/// f(X) = sum over m < k of X^m f_m(X^k) the result is sum of beta^m f_m(u^k): the value at beta of
/// the polynomial of degree below k through the k points. `u_inverse` = 1/u.
gl3 fold_leaf(std::span<const gl3> values, unsigned fold_log2, const gl3& beta,
              gl u_inverse) noexcept;

inline constexpr unsigned fold_log2_max = 4;

/// fold_leaf for one width, in place of the values: the text that kernels run too.
template <unsigned FoldLog2>
constexpr gl3 fold_values(gl3* v, const gl3& beta, gl u_inverse) noexcept {
  // Two by two: f(u), f(-u) -> value at b of the line through them, with b = beta and u running
  // over the half of the points. Folding by 2 at beta, beta^2, beta^4, ... folds by k at beta.
  if constexpr (FoldLog2 == 0) {
    return v[0];
  } else {
    constexpr unsigned count = 1u << (FoldLog2 - 1);
    constexpr gl half = gl::two().inverse();
    constexpr gl step = gl::root_of_unity(FoldLog2).inverse();
    gl w = u_inverse;
    for (unsigned j = 0; j < count; ++j, w *= step) {
      const gl3 sum = v[j] + v[j + count], difference = (v[j] - v[j + count]) * w;
      v[j] = (sum + difference * beta) * half;
    }
    return fold_values<FoldLog2 - 1>(v, beta.square(), u_inverse.square());
  }
}

}  // namespace ashlar::stark
