#pragma once

#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/hash/hash.hpp"

// Of a word over a domain, the k = 2^fold_log2 values y_j = f(u w^j), w of order k, make up one
// leaf. The leaf holds them as the coefficients c_0 .. c_(k-1) of the polynomial of degree below k
// through these points: its value at beta is the fold, its value at one of the points what the word
// has there.
//
// A committed leaf is limb-major and falling: limb 2 of c_(k-1), .., c_0, then limb 1 of them, then
// limb 0. So the value at z is ((L_2 X) + L_1) X + L_0, each L_i one Horner run.
namespace ashlar::stark {

inline constexpr unsigned fold_log2_max = 4;

/// What a leaf is hashed with as `each` (hash.hpp): Poseidon2 has no folds by more.
constexpr unsigned leaf_block(unsigned fold_log2) noexcept {
  return std::min(1u << fold_log2, hash_block_max);
}

/// Where c_m lies among the k in memory: in bit-reversed order.
constexpr unsigned coefficient_slot(unsigned m, unsigned fold_log2) noexcept {
  return reverse_bits(m, fold_log2);
}

/// In place v[j] = y_j -> v[coefficient_slot(m)] = c_m. `u_inverse` = 1/u. The text that kernels
/// run.
template <unsigned FoldLog2, unsigned Level = FoldLog2>
constexpr void leaf_coefficients(gl3* v, gl u_inverse) noexcept {
  // f(X) = e(X^2) + X o(X^2): from f(s) and f(-s) follow e and o at s^2, up to the factor of two.
  if constexpr (Level == 0) {
    constexpr gl scale = gl(u64{1} << FoldLog2).inverse();
    for (unsigned i = 0; i < (1u << FoldLog2); ++i) v[i] *= scale;
  } else {
    constexpr unsigned count = 1u << (Level - 1);
    constexpr gl step = gl::root_of_unity(Level).inverse();
    gl s_inverse = u_inverse;
    for (unsigned j = 0; j < count; ++j, s_inverse *= step)
      for (unsigned at = j; at < (1u << FoldLog2); at += 2 * count) {
        const gl3 sum = v[at] + v[at + count];
        v[at + count] = (v[at] - v[at + count]) * s_inverse;
        v[at] = sum;
      }
    leaf_coefficients<FoldLog2, Level - 1>(v, u_inverse.square());
  }
}

/// The value of a committed leaf's polynomial at a point. Precondition: three limbs of 2^n
/// elements.
gl3 leaf_value(std::span<const gl> leaf, gl x) noexcept;
gl3 leaf_value(std::span<const gl> leaf, const gl3& beta) noexcept;

}  // namespace ashlar::stark
