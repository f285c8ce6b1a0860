#include "runtime/stark/fri/leaf.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::stark;

namespace {

gl3 value_at(std::span<const gl3> coefficients, const gl3& x) {
  gl3 out;
  for (std::size_t m = coefficients.size(); m-- > 0;) out = out * x + coefficients[m];
  return out;
}

template <unsigned FoldLog2>
void check_width() {
  constexpr unsigned k = 1u << FoldLog2;
  const gl u(987654321u), w = gl::root_of_unity(FoldLog2);
  const gl3 beta(gl(3u), gl(5u), gl(7u));
  // given: the values of a polynomial of degree below k
  std::vector<gl3> coefficients, values;
  for (unsigned m = 0; m < k; ++m)
    coefficients.push_back({gl(u64{m} * 77 + 1), gl(u64{m} * m), -gl(u64{13 + m})});
  for (unsigned j = 0; j < k; ++j) values.push_back(value_at(coefficients, u * w.pow(j)));

  // then: the leaf holds its coefficients
  std::vector<gl3> held = values;
  leaf_coefficients<FoldLog2>(held.data(), u.inverse());
  for (unsigned m = 0; m < k; ++m) CHECK(held[coefficient_slot(m, FoldLog2)] == coefficients[m]);

  // and gives back the values, and what is at beta
  std::vector<gl> leaf;
  for (unsigned limb = 3; limb-- > 0;)
    for (unsigned m = k; m-- > 0;) leaf.push_back(coefficients[m].c[limb]);
  for (unsigned j = 0; j < k; ++j) CHECK(leaf_value(leaf, u * w.pow(j)) == values[j]);
  CHECK(leaf_value(leaf, beta) == value_at(coefficients, beta));
}

}  // namespace

TEST_CASE("a leaf of every width holds the coefficients behind its values") {
  check_width<1>();
  check_width<2>();
  check_width<3>();
  check_width<4>();
  static_assert(fold_log2_max == 4);
}
