#include "runtime/stark/fri/leaf.hpp"

namespace ashlar::stark {

namespace {

template <class Point>
Point limb_value(std::span<const gl> falling, const Point& z) noexcept {
  Point out = falling[0];
  for (const gl c : falling.subspan(1)) out = out * z + c;
  return out;
}

}  // namespace

gl3 leaf_value(std::span<const gl> leaf, gl x) noexcept {
  const std::size_t k = leaf.size() / 3;
  return {limb_value(leaf.subspan(2 * k), x), limb_value(leaf.subspan(k, k), x),
          limb_value(leaf.first(k), x)};
}

gl3 leaf_value(std::span<const gl> leaf, const gl3& beta) noexcept {
  constexpr gl3 x(gl::zero(), gl::one(), gl::zero());
  const std::size_t k = leaf.size() / 3;
  const gl3 high = limb_value(leaf.first(k), beta) * x + limb_value(leaf.subspan(k, k), beta);
  return high * x + limb_value(leaf.subspan(2 * k), beta);
}

}  // namespace ashlar::stark
