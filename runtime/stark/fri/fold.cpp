#include "runtime/stark/fri/fold.hpp"

#include "runtime/base/ensure.hpp"

namespace ashlar::stark {

gl3 fold_leaf(std::span<const gl3> values, unsigned fold_log2, const gl3& beta,
              gl u_inverse) noexcept {
  ensure(fold_log2 >= 1 && fold_log2 <= fold_log2_max && values.size() == (1u << fold_log2));
  // Two by two: f(u), f(-u) -> value at b of the line through them, with b = beta and u running
  // over the half of the points. Folding by 2 at beta, beta^2, beta^4, ... folds by k at beta.
  gl3 v[1u << fold_log2_max];
  std::copy(values.begin(), values.end(), v);
  gl3 b = beta;
  gl inverse = u_inverse;
  constexpr gl half = gl(2u).inverse();
  for (unsigned level = fold_log2; level > 0; --level) {
    const unsigned count = 1u << (level - 1);
    const gl step = gl::root_of_unity(level).inverse();
    gl w = inverse;
    for (unsigned j = 0; j < count; ++j, w *= step) {
      const gl3 sum = v[j] + v[j + count], difference = (v[j] - v[j + count]) * w;
      v[j] = (sum + difference * b) * half;
    }
    inverse = inverse.square();
    b = b.square();
  }
  return v[0];
}

}  // namespace ashlar::stark
