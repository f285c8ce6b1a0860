#include "runtime/stark/verifier/deep.hpp"

namespace ashlar::stark {

namespace {

// The opened values of a tree's columns of one height, in the order of its row.
void append_opened(const query_context& c, unsigned height_log2, tree_id tree, bool next,
                   std::vector<gl3>& out) {
  for (std::size_t t = 0; t < c.shapes.size(); ++t) {
    if (c.heights_log2[t] != height_log2) continue;
    const air_shape& s = *c.shapes[t];
    const table_opening& o = c.openings[t];
    std::span<const gl3> from(next ? o.next : o.here);
    if (tree == tree_id::quotient)
      from = o.quotient;
    else if (tree == tree_id::aux)
      from = from.subspan(s.fixed_width + s.main_width);
    else if (tree != tree_id::fixed)
      from = from.subspan(s.fixed_width);
    from = from.first(columns_in(s, tree));
    out.insert(out.end(), from.begin(), from.end());
  }
}

gl3 falling_combination(std::span<const gl3> values, const gl3& z) noexcept {
  gl3 out;
  for (const gl3& v : values) out = out * z + v;
  return out;
}

}  // namespace

std::vector<deep_height> deep_heights(const query_context& c) {
  std::vector<deep_height> out;
  gl3 power = gl3::one();  // of gamma: the next one that is free
  for (const height_columns& columns : columns_by_height(c.shapes, c.heights_log2)) {
    deep_height d{columns, {}, c.gamma.pow(columns.opened()), {}, {}, {}};
    d.next_step = gl::root_of_unity(columns.height_log2);
    for (const tree_id tree : all_trees) {
      // The quotient's powers come after those of the same columns at both points.
      if (tree == tree_id::quotient) power *= d.next_factor;
      d.factor[static_cast<unsigned>(tree)] = power;
      const auto opened = [&](bool next) {
        std::vector<gl3> values;
        append_opened(c, columns.height_log2, tree, next, values);
        return power * falling_combination(values, c.gamma);
      };
      d.at_zeta += opened(false);
      if (tree != tree_id::quotient) d.at_next += d.next_factor * opened(true);
      power *= c.gamma.pow(columns.of(tree));
    }
    out.push_back(d);
  }
  return out;
}

}  // namespace ashlar::stark
