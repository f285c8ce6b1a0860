#include "runtime/stark/verifier/queries.hpp"

#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/merkle/merkle_proof.hpp"
#include "runtime/stark/verifier/deep.hpp"

namespace ashlar::stark {

status<verify_failure> check_readable(const proof_source& proof) {
  switch (proof.state()) {
    case source_state::good:
      return nothing{};
    case source_state::truncated:
      return fail(verify_failure{verify_error::truncated});
    case source_state::not_canonical:
      break;
  }
  return fail(verify_failure{verify_error::not_canonical});
}

namespace {

// A tree of which the proof holds the nodes of one level.
struct capped_tree {
  u32 number;  // as verify_failure names it
  unsigned level_log2;
  std::vector<hash256> cap;

  status<verify_failure> read(hash_kind hash, const hash256& root, proof_source& proof) {
    cap.resize(std::size_t{1} << level_log2);
    for (hash256& node : cap) node = proof.digest();
    ASHLAR_CHECK(check_readable(proof));
    if (root_above(hash, cap) != root) return fail(verify_failure{verify_error::merkle, number});
    return nothing{};
  }
  /// Reads the siblings from the node `index` of level `from_log2` up to the cap.
  status<verify_failure> lead(hash256 node, u32 index, unsigned from_log2,
                              proof_source& proof) const {
    const unsigned depth = from_log2 - level_log2;
    if (depth != 0) proof.climb(node, index, depth);
    ASHLAR_CHECK(check_readable(proof));
    if (node != cap[index >> depth]) return fail(verify_failure{verify_error::merkle, number});
    return nothing{};
  }
};

class query_check {
 public:
  query_check(const query_context& c, proof_source& proof)
      : c_(c),
        proof_(proof),
        row_challenge_(c.gamma),
        heights_(deep_heights(c)),
        places_log2_(heights_[0].columns.height_log2 + c.params.blowup_log2),
        here_(heights_.size()),
        quotient_(heights_.size()) {
    // w^(2^i): the point of a place is a product of these.
    powers_.push_back(gl::root_of_unity(places_log2_));
    while (powers_.size() < places_log2_) powers_.push_back(powers_.back().square());
  }

  status<verify_failure> run(std::span<const u32> positions) {
    ASHLAR_CHECK(read_caps());
    invert_denominators(positions);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      const gl point = point_of(positions[i]);
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
      for (const deep_height& d : heights_)
        if (d.columns.of(tree) != 0) lowest = d.columns.height_log2 + c_.params.blowup_log2;
      if (lowest == 33) continue;
      trees_.push_back({number, cap_level(c_.params, lowest), {}});
      ASHLAR_CHECK(trees_.back().read(c_.params.hash, c_.roots[number], proof_));
    }
    for (u32 n = 0; n < c_.layers.size(); ++n) {
      layers_.push_back({tree_count + n, cap_level(c_.params, leaves_log2(n)), {}});
      ASHLAR_CHECK(layers_.back().read(c_.params.hash, c_.layer_roots[n], proof_));
    }
    return nothing{};
  }
  unsigned leaves_log2(u32 layer) const {
    return c_.layers[layer].height_log2 - c_.layers[layer].fold_log2 + c_.params.blowup_log2;
  }

  // The point of a place of the tallest height, without the shift.
  gl point_of(u32 position) const noexcept {
    const unsigned height = heights_[0].columns.height_log2;
    const u64 exponent =
        (u64{position} >> height) + (u64{reverse_bits(position, height)} << c_.params.blowup_log2);
    gl out = gl::one();
    for (unsigned i = 0; i < places_log2_; ++i)
      if ((exponent >> i) & 1) out *= powers_[i];
    return out;
  }
  // zeta - x and zeta w - x. Neither is zero: zeta is outside the base field.
  gl3 to_zeta(gl x) const noexcept { return c_.zeta - x; }
  gl3 to_next(const deep_height& d, gl x) const noexcept { return c_.zeta * d.next_step - x; }

  // All queries' at once, so that one element is inverted.
  void invert_denominators(std::span<const u32> positions) {
    inverses_.clear();
    for (const u32 position : positions) {
      gl x = point_of(position);
      unsigned height = heights_[0].columns.height_log2;
      for (const deep_height& d : heights_) {
        x = x.squared(height - d.columns.height_log2);
        height = d.columns.height_log2;
        inverses_.push_back(to_zeta(domain_shift * x) * to_next(d, domain_shift * x));
      }
    }
    std::vector<gl3> scratch(inverses_.size());
    invert_all(std::span<gl3>(inverses_), std::span<gl3>(scratch));
  }

  // Reads each tree's rows at the position, from the tallest down its path to the cap.
  status<verify_failure> open_rows(u32 position) {
    std::fill(here_.begin(), here_.end(), gl3());
    std::fill(quotient_.begin(), quotient_.end(), gl3());
    for (const capped_tree& tree : trees_) {
      hash256 node;
      unsigned level = 0;  // of the node; nothing is open yet
      for (std::size_t h = 0; h < heights_.size(); ++h) {
        const deep_height& d = heights_[h];
        const u32 columns = d.columns.in[tree.number];
        if (columns == 0) continue;
        const unsigned joins_at = d.columns.height_log2 + c_.params.blowup_log2;
        if (level != 0) proof_.climb(node, position >> (places_log2_ - level), level - joins_at);
        const opened_row row = proof_.row(columns, row_challenge_);
        node = level == 0 ? row.digest : hash_node(c_.params.hash, node, row.digest);
        level = joins_at;
        gl3& sum = tree.number == static_cast<u32>(tree_id::quotient) ? quotient_[h] : here_[h];
        sum += d.factor[tree.number] * row.value;
      }
      ASHLAR_CHECK(tree.lead(node, position >> (places_log2_ - level), level, proof_));
    }
    return nothing{};
  }

  gl3 combination(std::size_t h, gl x, std::size_t first_inverse) const noexcept {
    const gl shifted = domain_shift * x;
    return heights_[h].value(here_[h], quotient_[h], to_zeta(shifted),
                             to_next(heights_[h], shifted), inverses_[first_inverse + h]);
  }

  // Reads each layer's leaf. x: the point of the position.
  status<verify_failure> follow(u32 position, gl x, std::size_t first_inverse) {
    std::size_t joined = 0;
    gl3 value = combination(joined++, x, first_inverse);
    for (u32 n = 0; n < c_.layers.size(); ++n) {
      const fri_layer& layer = c_.layers[n];
      const opened_leaf leaf = proof_.leaf(layer.fold_log2, x, c_.betas[n]);
      const unsigned level = leaves_log2(n);
      ASHLAR_CHECK(layers_[n].lead(leaf.digest, position >> (places_log2_ - level), level, proof_));
      if (leaf.at_x != value) return fail(verify_failure{verify_error::fri_layer, n});
      value = leaf.at_beta;
      x = x.squared(layer.fold_log2);
      if (joined == heights_.size() ||
          heights_[joined].columns.height_log2 != layer.height_log2 - layer.fold_log2)
        continue;
      value += c_.betas[n].squared(layer.fold_log2) * combination(joined++, x, first_inverse);
    }
    gl3 last;
    for (std::size_t j = c_.final_polynomial.size(); j-- > 0;)
      last = last * x + c_.final_polynomial[j];
    if (last != value) return fail(verify_failure{verify_error::fri_final});
    return nothing{};
  }

  const query_context& c_;
  proof_source& proof_;
  const row_challenge row_challenge_;
  const std::vector<deep_height> heights_;
  const unsigned places_log2_;
  std::vector<gl> powers_;
  std::vector<capped_tree> trees_, layers_;
  std::vector<gl3> inverses_;         // by query, then by height
  std::vector<gl3> here_, quotient_;  // of the query at hand, by height
};

}  // namespace

status<verify_failure> check_queries(const query_context& c, std::span<const u32> positions,
                                     proof_source& proof) {
  return query_check(c, proof).run(positions);
}

}  // namespace ashlar::stark
