#include "runtime/stark/fri/fold.hpp"

#include "runtime/base/ensure.hpp"

namespace ashlar::stark {

gl3 fold_leaf(std::span<const gl3> values, unsigned fold_log2, const gl3& beta,
              gl u_inverse) noexcept {
  ensure(fold_log2 >= 1 && fold_log2 <= fold_log2_max && values.size() == (1u << fold_log2));
  gl3 v[1u << fold_log2_max];
  std::copy(values.begin(), values.end(), v);
  switch (fold_log2) {
    case 1:
      return fold_values<1>(v, beta, u_inverse);
    case 2:
      return fold_values<2>(v, beta, u_inverse);
    case 3:
      return fold_values<3>(v, beta, u_inverse);
    default:
      return fold_values<4>(v, beta, u_inverse);
  }
}

}  // namespace ashlar::stark
