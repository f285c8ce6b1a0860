#pragma once

#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/verifier/deep.hpp"

namespace ashlar::stark {

/// A tree of which the proof holds the nodes of one level.
template <class Values>
struct capped_tree {
  using digest = typename Values::digest;
  using place = typename Values::place;
  u32 number;  // as verify_failure names it
  unsigned level_log2;
  std::vector<digest> cap;

  status<verify_failure> read(const digest& root, Values& values) {
    for (std::size_t i = 0; i < std::size_t{1} << level_log2; ++i)
      cap.push_back(values.read_digest());
    ASHLAR_CHECK(values.readable());
    return values.equal(values.root_above(cap), root, {verify_error::merkle, number});
  }
  /// Reads the siblings up to the cap, from the node of level `from_log2` above the place, which
  /// has `below` levels more.
  status<verify_failure> lead(digest node, const place& at, unsigned below, unsigned from_log2,
                              Values& values) const {
    const unsigned depth = from_log2 - level_log2;
    if (depth != 0) values.climb(node, at, below, depth);
    ASHLAR_CHECK(values.readable());
    return values.in_cap(node, cap, at, below + depth, {verify_error::merkle, number});
  }
};

/// The query phase, written over what stands for elements, digests and places: Values is
/// native_values, or records a circuit. It reads the caps of all trees, then for each position, in
/// order, the rows with their paths; checks them against the roots, combines them (DEEP), and
/// follows the combination through the FRI layers to the final polynomial.
template <class Values>
class query_check {
 public:
  using E = typename Values::extension;
  using base = typename Values::base;
  using digest = typename Values::digest;
  using place = typename Values::place;

  query_check(const query_context_of<E, digest>& c, Values& values)
      : c_(c),
        values_(values),
        row_challenge_(c.gamma),
        heights_(deep_heights(c)),
        places_log2_(heights_[0].columns.height_log2 + c.params.blowup_log2),
        here_(heights_.size()),
        quotient_(heights_.size()) {
    // w^(2^i): the point of a place is a product of these.
    powers_.push_back(gl::root_of_unity(places_log2_));
    while (powers_.size() < places_log2_) powers_.push_back(powers_.back().square());
  }

  status<verify_failure> run(std::span<const place> positions) {
    ASHLAR_CHECK(read_caps());
    invert_denominators(positions);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const base point = point_of(positions[i]);
      ASHLAR_CHECK(open_rows(positions[i]));
      ASHLAR_CHECK(follow(positions[i], point, i * heights_.size()));
    }
    return nothing{};
  }

 private:
  status<verify_failure> read_caps() {
    for (const tree_id tree : all_trees) {
      const u32 number = static_cast<u32>(tree);
      unsigned lowest = 33;
      for (const deep_height<E>& d : heights_)
        if (d.columns.of(tree) != 0) lowest = d.columns.height_log2 + c_.params.blowup_log2;
      if (lowest == 33) continue;
      trees_.push_back({number, cap_level(c_.params, lowest), {}});
      ASHLAR_CHECK(trees_.back().read(c_.roots[number], values_));
    }
    for (u32 n = 0; n < c_.layers.size(); ++n) {
      layers_.push_back({tree_count + n, cap_level(c_.params, leaves_log2(n)), {}});
      ASHLAR_CHECK(layers_.back().read(c_.layer_roots[n], values_));
    }
    return nothing{};
  }
  unsigned leaves_log2(u32 layer) const {
    return c_.layers[layer].height_log2 - c_.layers[layer].fold_log2 + c_.params.blowup_log2;
  }

  // The point of a place of the tallest height, without the shift: w to the power (place >> height)
  // + the reversed rest << blowup.
  base point_of(const place& position) const {
    const unsigned height = heights_[0].columns.height_log2, blowup = c_.params.blowup_log2;
    base out = gl::one();
    for (unsigned i = 0; i < places_log2_; ++i)
      out = values_.times_if(position, i < blowup ? height + i : places_log2_ - 1 - i, out,
                             powers_[i]);
    return out;
  }
  // zeta - x and zeta w - x. Neither is zero: zeta is outside the base field.
  E to_zeta(const base& x) const { return c_.zeta - x; }
  E to_next(const deep_height<E>& d, const base& x) const { return c_.zeta * d.next_step - x; }

  // All queries' at once, so that one element is inverted.
  void invert_denominators(std::span<const place> positions) {
    inverses_.clear();
    for (const place& position : positions) {
      base x = point_of(position);
      unsigned height = heights_[0].columns.height_log2;
      for (const deep_height<E>& d : heights_) {
        x = x.squared(height - d.columns.height_log2);
        height = d.columns.height_log2;
        inverses_.push_back(to_zeta(domain_shift * x) * to_next(d, domain_shift * x));
      }
    }
    values_.invert(inverses_);
  }

  // Reads each tree's rows at the position, from the tallest down its path to the cap.
  status<verify_failure> open_rows(const place& position) {
    std::fill(here_.begin(), here_.end(), E());
    std::fill(quotient_.begin(), quotient_.end(), E());
    for (const capped_tree<Values>& tree : trees_) {
      digest node;
      unsigned level = 0;  // of the node; nothing is open yet
      for (std::size_t h = 0; h < heights_.size(); ++h) {
        const deep_height<E>& d = heights_[h];
        const u32 columns = d.columns.in[tree.number];
        if (columns == 0) continue;
        const unsigned joins_at = d.columns.height_log2 + c_.params.blowup_log2;
        if (level != 0) values_.climb(node, position, places_log2_ - level, level - joins_at);
        const auto row = values_.row(columns, row_challenge_);
        node = level == 0 ? row.digest : values_.node(node, row.digest);
        level = joins_at;
        E& sum = tree.number == static_cast<u32>(tree_id::quotient) ? quotient_[h] : here_[h];
        sum += d.factor[tree.number] * row.value;
      }
      ASHLAR_CHECK(tree.lead(node, position, places_log2_ - level, level, values_));
    }
    return nothing{};
  }

  E combination(std::size_t h, const base& x, std::size_t first_inverse) const {
    const base shifted = domain_shift * x;
    return heights_[h].value(here_[h], quotient_[h], to_zeta(shifted),
                             to_next(heights_[h], shifted), inverses_[first_inverse + h]);
  }

  // Reads each layer's leaf. x: the point of the position.
  status<verify_failure> follow(const place& position, base x, std::size_t first_inverse) {
    std::size_t joined = 0;
    E value = combination(joined++, x, first_inverse);
    for (u32 n = 0; n < c_.layers.size(); ++n) {
      const fri_layer& layer = c_.layers[n];
      const auto leaf = values_.leaf(layer.fold_log2, x, c_.betas[n]);
      const unsigned level = leaves_log2(n);
      ASHLAR_CHECK(layers_[n].lead(leaf.digest, position, places_log2_ - level, level, values_));
      ASHLAR_CHECK(values_.equal(leaf.at_x, value, {verify_error::fri_layer, n}));
      value = leaf.at_beta;
      x = x.squared(layer.fold_log2);
      if (joined == heights_.size() ||
          heights_[joined].columns.height_log2 != layer.height_log2 - layer.fold_log2)
        continue;
      value += c_.betas[n].squared(layer.fold_log2) * combination(joined++, x, first_inverse);
    }
    E last;
    for (std::size_t j = c_.final_polynomial.size(); j-- > 0;)
      last = last * x + c_.final_polynomial[j];
    return values_.equal(last, value, {verify_error::fri_final});
  }

  const query_context_of<E, digest>& c_;
  Values& values_;
  const typename Values::row_challenge row_challenge_;
  const std::vector<deep_height<E>> heights_;
  const unsigned places_log2_;
  std::vector<gl> powers_;
  std::vector<capped_tree<Values>> trees_, layers_;
  std::vector<E> inverses_;         // by query, then by height
  std::vector<E> here_, quotient_;  // of the query at hand, by height
};

}  // namespace ashlar::stark
