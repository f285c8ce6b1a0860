#include <vector>

#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/ntt/ntt_kernels.hpp"

namespace ashlar::stark::ntt {

// The reference: textbook radix 2. Everything faster must give these very bits.
void interpolate_scalar(gl* x, unsigned log2) noexcept {
  const std::size_t n = std::size_t{1} << log2;
  for (unsigned s = log2; s-- > 0;) {
    const std::size_t half = std::size_t{1} << s;
    const gl step = gl::root_of_unity(s + 1).inverse();
    for (std::size_t block = 0; block < n; block += 2 * half) {
      gl w = gl::one();
      for (std::size_t i = block; i < block + half; ++i, w *= step) {
        const gl a = x[i], b = x[i + half];
        x[i] = a + b;
        x[i + half] = (a - b) * w;
      }
    }
  }
  const gl scale = gl(u64{n}).inverse();
  for (std::size_t i = 0; i < n; ++i) x[i] *= scale;
}

void evaluate_coset_scalar(const gl* from, gl* to, unsigned log2, gl shift) noexcept {
  const std::size_t n = std::size_t{1} << log2;
  // The coefficient at place i is that of X^rev(i).
  gl power = gl::one();
  for (std::size_t e = 0; e < n; ++e, power *= shift) {
    const std::size_t i = reverse_bits(static_cast<u32>(e), log2);
    to[i] = from[i] * power;
  }
  for (unsigned s = 0; s < log2; ++s) {
    const std::size_t half = std::size_t{1} << s;
    const gl step = gl::root_of_unity(s + 1);
    for (std::size_t block = 0; block < n; block += 2 * half) {
      gl w = gl::one();
      for (std::size_t i = block; i < block + half; ++i, w *= step) {
        const gl a = to[i], b = to[i + half] * w;
        to[i] = a + b;
        to[i + half] = a - b;
      }
    }
  }
}

}  // namespace ashlar::stark::ntt
