#include "runtime/stark/ntt/ntt.hpp"

#include "runtime/stark/ntt/ntt_kernels.hpp"

namespace ashlar::stark {

void interpolate(gl* column, unsigned log2) noexcept {
  ntt::interpolate_scalar(column, log2);
}

void evaluate_coset(const gl* from, gl* to, unsigned log2, gl shift) noexcept {
  ntt::evaluate_coset_scalar(from, to, log2, shift);
}

void extend_column(gl* column, gl* out, unsigned log2, unsigned blowup_log2, gl shift) noexcept {
  interpolate(column, log2);
  const gl step = gl::root_of_unity(log2 + blowup_log2);
  for (std::size_t c = 0; c < (std::size_t{1} << blowup_log2); ++c, shift *= step)
    evaluate_coset(column, out + (c << log2), log2, shift);
}

}  // namespace ashlar::stark
