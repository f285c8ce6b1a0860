#pragma once

#include "runtime/stark/field/gl.hpp"
#include "runtime/stark/ntt/block_ops.hpp"

// The kernels behind ntt.hpp, same bits from each. The vector ones may run only where the processor
// has the named extension; they work on the canonical words of elements, so that no inline function
// of the field is compiled with their options.
namespace ashlar::stark::ntt {

void interpolate_scalar(gl* x, unsigned log2) noexcept;
void evaluate_coset_scalar(const gl* from, gl* to, unsigned log2, gl shift) noexcept;

/// Rows are this long at most: a row and its factors stay in the first-level cache. A longer column
/// is a matrix of such rows; its transform is a pass over the rows and one over the columns.
inline constexpr unsigned row_log2_max = 12;
/// Columns of the matrix that are transformed together.
inline constexpr unsigned tile = 32;

/// stage[s][i], i < 2^s: the factor of place i in blocks of 2^(s + 1). products[s] are runs of 2^s
/// for stages taken together: f g and, where there are three, f h, g h, f g h, with f, g, h the
/// factors of stages s, s + 1, s + 2 at i. (The factors at i + 2^s and so on are these times a root
/// of order 4 or 8, which is a power of two.)
struct stage_factors {
  const u64* stage[32];
  const u64* products[32];
};

struct transform_plan {
  unsigned row_log2, rows_log2;  // the column is 2^rows_log2 rows of 2^row_log2
  stage_factors row, across;
  const u64* bases;  // by place in the row: (shift) w^place, or its inverse
  u64 start;         // factor of all
};

struct kernels {
  /// Evaluations to coefficients: across, then along the rows. `from` may equal `to`.
  void (*interpolate)(const u64* from, u64* to, const transform_plan& plan) noexcept;
  /// Coefficients to evaluations: along the rows, then across. `from` may equal `to`.
  void (*evaluate)(const u64* from, u64* to, const transform_plan& plan) noexcept;
  /// Shortest row, as log2.
  unsigned row_log2_min;
  /// As in block_ops; `dot_lanes` leaves one sum a lane, the first `lanes` words of out[k], over
  /// the whole vectors among n.
  void (*add)(gl*, const gl*, const gl*, std::size_t);
  void (*sub)(gl*, const gl*, const gl*, std::size_t);
  void (*mul)(gl*, const gl*, const gl*, std::size_t);
  void (*add_scaled)(gl* const[3], const gl*, const gl3&, std::size_t);
  void (*add_combination)(gl* const[3], const gl* const*, const gl3*, std::size_t, std::size_t,
                          std::size_t);
  void (*mul_base)(gl* const[3], const gl* const[3], const gl*, std::size_t);
  void (*mul_ext)(gl* const[3], const gl* const[3], const gl* const[3], std::size_t);
  std::size_t lanes;
  void (*dot_lanes)(const u64* a, const u64* const b[3], std::size_t n, const u64* next,
                    u64 out[3][8]);
};

extern const kernels kernels_avx2, kernels_avx512;
/// By chosen_vector_code; null where that is scalar code.
const kernels* chosen_kernels() noexcept;

}  // namespace ashlar::stark::ntt
