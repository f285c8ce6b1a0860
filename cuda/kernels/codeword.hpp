#pragma once

#include "cuda/kernels/roots.hpp"
#include "runtime/stark/fri/leaf.hpp"

// Functions on the evaluation domain: their combination out of columns, their folding. A codeword
// is three runs of values, one a coefficient, each coset by coset.
namespace ashlar::cuda {

/// A column with its coefficient in a combination.
struct combined_column {
  const gl* data;  // the extension, coset by coset
  gl3 coefficient;
};

/// Columns first .. end - 1 make up A of one term of the DEEP combination.
struct combined_term {
  u32 first, end;
  gl3 next_factor;  // zero where the table is opened at zeta only
};

/// prover_backend::deep at one place.
struct deep_combine {
  static constexpr unsigned threads = 128;
  root_powers roots;
  unsigned height_log2, blowup_log2;
  const combined_column* columns;
  const combined_term* terms;
  u32 term_count;
  gl3 zeta, zeta_next;
  gl3 here, next;  // the sums of at_zeta, and of next_factor at_next
  gl shift;
  gl* out;  // three runs

  constexpr void operator()(u64 i) const {
    const u64 coset = i >> height_log2, row = i & ((u64{1} << height_log2) - 1);
    gl3 a = here, b = next;
    for (u32 t = 0; t < term_count; ++t) {
      gl3 sum;
      for (u32 j = terms[t].first; j < terms[t].end; ++j)
        sum += columns[j].coefficient * columns[j].data[i];
      a -= sum;
      if (!terms[t].next_factor.is_zero()) b -= terms[t].next_factor * sum;
    }
    const gl x = shift * roots(height_log2 + blowup_log2, coset + (row << blowup_log2));
    const gl3 to_zeta = zeta - x, to_next = zeta_next - x;
    const gl3 inverse = (to_zeta * to_next).inverse();
    const gl3 v = (a * to_next + b * to_zeta) * inverse;
    const u64 all = u64{1} << (height_log2 + blowup_log2);
    for (unsigned k = 0; k < 3; ++k) out[k * all + i] = v.c[k];
  }
};

/// Values of each leaf to coefficients, in place, as prover_backend::commit_layer wants them.
template <unsigned FoldLog2>
struct make_coefficients {
  static constexpr unsigned threads = 128;
  root_powers roots;
  unsigned height_log2, blowup_log2;
  gl* word;

  constexpr void operator()(u64 i) const {
    const unsigned folded_log2 = height_log2 - FoldLog2;
    const u64 coset = i >> folded_log2, row = i & ((u64{1} << folded_log2) - 1);
    const u64 all = u64{1} << (height_log2 + blowup_log2);
    const u64 first = (coset << height_log2) + row;
    gl3 v[1u << FoldLog2];
    ASHLAR_UNROLL
    for (unsigned j = 0; j < (1u << FoldLog2); ++j) {
      const u64 at = first + (u64{j} << folded_log2);
      v[j] = gl3(word[at], word[all + at], word[2 * all + at]);
    }
    stark::leaf_coefficients<FoldLog2>(
        v, roots.inverse(height_log2 + blowup_log2, coset + (row << blowup_log2)));
    ASHLAR_UNROLL
    for (unsigned j = 0; j < (1u << FoldLog2); ++j)
      for (unsigned k = 0; k < 3; ++k) word[k * all + first + (u64{j} << folded_log2)] = v[j].c[k];
  }
};

/// prover_backend::fold at one place.
struct fold_codeword {
  static constexpr unsigned threads = 128;
  unsigned height_log2, blowup_log2, fold_log2;  // of what is folded
  const gl* from;                                // coefficients
  const gl* joined;                              // a codeword of the result's height, or null
  gl3 beta;
  gl* out;

  constexpr void operator()(u64 i) const {
    const unsigned folded_log2 = height_log2 - fold_log2;
    const u64 coset = i >> folded_log2, row = i & ((u64{1} << folded_log2) - 1);
    const u64 all = u64{1} << (height_log2 + blowup_log2), out_all = all >> fold_log2;
    gl3 r;
    if (joined != nullptr) r = gl3(joined[i], joined[out_all + i], joined[2 * out_all + i]);
    for (unsigned m = 1u << fold_log2; m-- > 0;) {
      const u64 at = (coset << height_log2) + row +
                     (u64{stark::coefficient_slot(m, fold_log2)} << folded_log2);
      r = r * beta + gl3(from[at], from[all + at], from[2 * all + at]);
    }
    for (unsigned k = 0; k < 3; ++k) out[k * out_all + i] = r.c[k];
  }
};

}  // namespace ashlar::cuda
