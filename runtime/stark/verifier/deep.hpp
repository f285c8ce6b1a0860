#pragma once

#include "runtime/stark/verifier/queries.hpp"

namespace ashlar::stark {

/// The combination r of all columns of one height (PROTOCOL.md, "DEEP"), as far as it is the same
/// for every query.
template <class E>
struct deep_height {
  height_columns columns;
  E factor[tree_count];  // of the value of the tree's row
  E next_factor;         // gamma^W, W the columns opened at both points
  E at_zeta;             // the combination of the opened values at zeta, the quotient's with them
  E at_next;             // and at the next row's point, with its factor
  gl next_step;          // w: zeta w is the next row's point

  /// r at a place, from the combined rows there, each with its tree's factor: `here` of all trees
  /// but the quotient's. `to_zeta` = zeta - x, `to_next` = zeta w - x, `inverse` of their product.
  E value(const E& here, const E& quotient, const E& to_zeta, const E& to_next,
          const E& inverse) const {
    return ((at_zeta - here - quotient) * to_next + (at_next - next_factor * here) * to_zeta) *
           inverse;
  }
};

/// The opened values of a tree's columns of one height, in the order of its row.
template <class E, class Digest>
std::vector<E> opened_values(const query_context_of<E, Digest>& c, unsigned height_log2,
                             tree_id tree, bool next) {
  std::vector<E> out;
  for (std::size_t t = 0; t < c.shapes.size(); ++t) {
    if (c.heights_log2[t] != height_log2) continue;
    const air_shape& s = *c.shapes[t];
    const table_opening_of<E>& o = c.openings[t];
    std::span<const E> from(next ? o.next : o.here);
    if (tree == tree_id::quotient)
      from = o.quotient;
    else if (tree == tree_id::aux)
      from = from.subspan(s.fixed_width + s.main_width);
    else if (tree != tree_id::fixed)
      from = from.subspan(s.fixed_width);
    from = from.first(columns_in(s, tree));
    out.insert(out.end(), from.begin(), from.end());
  }
  return out;
}

template <class E>
E falling_combination(std::span<const E> values, const E& z) {
  E out;
  for (const E& v : values) out = out * z + v;
  return out;
}

/// By falling height.
template <class E, class Digest>
std::vector<deep_height<E>> deep_heights(const query_context_of<E, Digest>& c) {
  std::vector<deep_height<E>> out;
  E power = E::one();  // of gamma: the next one that is free
  for (const height_columns& columns : columns_by_height(c.shapes, c.heights_log2)) {
    deep_height<E> d{columns, {}, c.gamma.pow(columns.opened()), {}, {}, {}};
    d.next_step = gl::root_of_unity(columns.height_log2);
    for (const tree_id tree : all_trees) {
      // The quotient's powers come after those of the same columns at both points.
      if (tree == tree_id::quotient) power *= d.next_factor;
      d.factor[static_cast<unsigned>(tree)] = power;
      const auto opened = [&](bool next) {
        const std::vector<E> values = opened_values(c, columns.height_log2, tree, next);
        return power * falling_combination<E>(values, c.gamma);
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
