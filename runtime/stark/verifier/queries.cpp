#include "runtime/stark/verifier/queries.hpp"

#include "runtime/crypto/blake3.hpp"
#include "runtime/stark/fri/fold.hpp"

namespace ashlar::stark {

namespace {

// The opened rows of one height in one tree, where they lie in the proof.
struct opened_group {
  height_group group;
  std::vector<u32> index;
  const u8* rows = nullptr;
  const u8* row(std::size_t i) const { return rows + i * group.columns * gl::encoded_bytes; }
};

gl read_element(const u8* p, proof_reader& proof) {
  const auto e = gl::decode(p);
  if (!e) proof.mark_not_canonical();
  return e.value_or(gl());
}

// Reads a tree's rows and siblings. Precondition: the tree is present.
status<verify_failure> open_tree(const query_context& c, tree_id tree,
                                 const std::vector<u32>& positions, unsigned height_max,
                                 proof_reader& proof, std::vector<opened_group>& out) {
  std::vector<opened_level> levels;
  out.clear();
  for (auto& g : groups_of(c.shapes, c.heights_log2, tree)) {
    opened_group o{std::move(g), parents_of(positions, height_max - g.height_log2), nullptr};
    const std::size_t row_bytes = o.group.columns * gl::encoded_bytes;
    const bytes_view rows = proof.take(o.index.size() * row_bytes);
    if (rows.empty()) return fail(verify_failure{verify_error::truncated});
    o.rows = rows.data();
    opened_level level{o.group.height_log2 + c.params.blowup_log2, o.index, {}};
    for (std::size_t i = 0; i < o.index.size(); ++i)
      level.digest.push_back(crypto::blake3({o.row(i), row_bytes}));
    levels.push_back(std::move(level));
    out.push_back(std::move(o));
  }
  const auto root = root_from_openings(levels, proof);
  if (!root) return fail(verify_failure{verify_error::truncated});
  if (*root != c.roots[static_cast<unsigned>(tree)])
    return fail(verify_failure{verify_error::merkle, static_cast<u32>(tree)});
  return nothing{};
}

// The powers of gamma that belong to each table: `first`, and those of its columns, both points,
// and its quotient.
struct table_powers {
  gl3 next_factor, quotient_factor;  // gamma^W and gamma^(2W)
  std::vector<gl3> columns;          // gamma^(first + i), i < W
  gl3 quotient[quotient_columns];
  gl3 at_zeta, at_next, quotient_at_zeta;  // the opened values, combined
};

std::vector<table_powers> powers_of(const query_context& c) {
  std::vector<table_powers> out(c.shapes.size());
  gl3 power = gl3::one();
  for (std::size_t t = 0; t < out.size(); ++t) {
    table_powers& p = out[t];
    const table_opening& o = c.openings[t];
    p.columns.resize(o.here.size());
    p.next_factor = gl3::one();
    for (std::size_t i = 0; i < o.here.size(); ++i, power *= c.gamma, p.next_factor *= c.gamma) {
      p.columns[i] = power;
      p.at_zeta += power * o.here[i];
      p.at_next += power * o.next[i];
    }
    power *= p.next_factor;
    for (unsigned i = 0; i < quotient_columns; ++i, power *= c.gamma) {
      p.quotient[i] = power;
      p.quotient_at_zeta += power * o.quotient[i];
    }
  }
  return out;
}

using opened_trees = std::vector<opened_group>[tree_count];

// For one height: the DEEP combination at each opened place.
std::vector<gl3> combine(const query_context& c, unsigned height_log2,
                         const std::vector<u32>& index, const opened_trees& trees,
                         std::span<const table_powers> powers, proof_reader& proof) {
  std::vector<gl3> out(index.size());
  const gl step = gl::root_of_unity(height_log2);
  for (std::size_t i = 0; i < index.size(); ++i) {
    std::vector<gl3> column_sum(c.shapes.size()), quotient_sum(c.shapes.size());
    for (const tree_id tree : all_trees)
      for (const opened_group& o : trees[static_cast<unsigned>(tree)]) {
        if (o.group.height_log2 != height_log2) continue;
        for (std::size_t k = 0; k < o.group.table.size(); ++k) {
          const u32 t = o.group.table[k];
          const air_shape& s = *c.shapes[t];
          const u8* cell = o.row(i) + o.group.first[k] * gl::encoded_bytes;
          if (tree == tree_id::quotient) {
            for (unsigned q = 0; q < quotient_columns; ++q, cell += gl::encoded_bytes)
              quotient_sum[t] += powers[t].quotient[q] * read_element(cell, proof);
            continue;
          }
          const unsigned first = tree == tree_id::fixed ? 0
                                 : tree == tree_id::aux ? s.fixed_width + s.main_width
                                                        : s.fixed_width;
          for (unsigned j = 0; j < columns_in(s, tree); ++j, cell += gl::encoded_bytes)
            column_sum[t] += powers[t].columns[first + j] * read_element(cell, proof);
        }
      }
    const gl x = domain_shift * domain_point(index[i], height_log2, c.params.blowup_log2);
    // zeta is outside the base field, so neither difference is zero.
    const gl3 to_zeta = (c.zeta - x).inverse(), to_next = (c.zeta * step - x).inverse();
    for (u32 t = 0; t < c.shapes.size(); ++t) {
      if (c.heights_log2[t] != height_log2) continue;
      const table_powers& p = powers[t];
      out[i] += (p.at_zeta - column_sum[t] + p.quotient_at_zeta - quotient_sum[t]) * to_zeta +
                p.next_factor * (p.at_next - column_sum[t]) * to_next;
    }
  }
  return out;
}

bool has_height(std::span<const u8> heights, unsigned h) {
  return std::find(heights.begin(), heights.end(), h) != heights.end();
}

// Reads a layer's leaves and siblings, checks them against its root.
status<verify_failure> open_layer(const query_context& c, u32 number,
                                  const std::vector<u32>& leaf_index, proof_reader& proof,
                                  std::vector<gl3>& values) {
  const fri_layer& layer = c.layers[number];
  const std::size_t leaf_bytes = gl3::encoded_bytes << layer.fold_log2;
  const bytes_view leaves = proof.take(leaf_index.size() * leaf_bytes);
  if (leaves.empty()) return fail(verify_failure{verify_error::truncated});
  opened_level level{layer.height_log2 - layer.fold_log2 + c.params.blowup_log2, leaf_index, {}};
  values.clear();
  for (std::size_t i = 0; i < leaf_index.size(); ++i) {
    const u8* leaf = leaves.data() + i * leaf_bytes;
    level.digest.push_back(crypto::blake3({leaf, leaf_bytes}));
    for (std::size_t j = 0; j < leaf_bytes; j += gl3::encoded_bytes)
      values.push_back({read_element(leaf + j, proof), read_element(leaf + j + 8, proof),
                        read_element(leaf + j + 16, proof)});
  }
  const auto root = root_from_openings({std::move(level)}, proof);
  if (!root) return fail(verify_failure{verify_error::truncated});
  if (*root != c.layer_roots[number])
    return fail(verify_failure{verify_error::merkle, tree_count + number});
  return nothing{};
}

}  // namespace

status<verify_failure> check_queries(const query_context& c, const std::vector<u32>& positions,
                                     proof_reader& proof) {
  unsigned height = 0;
  for (u8 h : c.heights_log2) height = std::max<unsigned>(height, h);
  const unsigned height_max = height;

  opened_trees trees;
  for (const tree_id tree : all_trees) {
    if (groups_of(c.shapes, c.heights_log2, tree).empty()) continue;
    ASHLAR_CHECK(
        open_tree(c, tree, positions, height_max, proof, trees[static_cast<unsigned>(tree)]));
  }
  const std::vector<table_powers> powers = powers_of(c);

  std::vector<u32> index = positions;
  std::vector<gl3> value = combine(c, height, index, trees, powers, proof);
  for (u32 n = 0; n < c.layers.size(); ++n) {
    const unsigned fold = c.layers[n].fold_log2, k = 1u << fold;
    const std::vector<u32> leaf_index = parents_of(index, fold);
    std::vector<gl3> leaves;
    ASHLAR_CHECK(open_layer(c, n, leaf_index, proof, leaves));
    // Place t is the member rev(t mod k) of leaf t / k.
    for (std::size_t i = 0, leaf = 0; i < index.size(); ++i) {
      while (leaf_index[leaf] != index[i] >> fold) ++leaf;
      if (leaves[leaf * k + reverse_bits(index[i] & (k - 1), fold)] != value[i])
        return fail(verify_failure{verify_error::fri_layer, n});
    }
    height -= fold;
    value.resize(leaf_index.size());
    for (std::size_t i = 0; i < leaf_index.size(); ++i) {
      const gl u = domain_point(leaf_index[i] << fold, height + fold, c.params.blowup_log2);
      value[i] = fold_leaf({leaves.data() + i * k, k}, fold, c.betas[n], u.inverse());
    }
    index = leaf_index;
    if (has_height(c.heights_log2, height)) {
      const gl3 join = c.betas[n].squared(fold);
      const std::vector<gl3> joined = combine(c, height, index, trees, powers, proof);
      for (std::size_t i = 0; i < index.size(); ++i) value[i] += join * joined[i];
    }
  }
  for (std::size_t i = 0; i < index.size(); ++i) {
    const gl u = domain_point(index[i], height, c.params.blowup_log2);
    gl3 at_u;
    for (std::size_t j = c.final_polynomial.size(); j-- > 0;)
      at_u = at_u * u + c.final_polynomial[j];
    if (at_u != value[i]) return fail(verify_failure{verify_error::fri_final});
  }
  return nothing{};
}

}  // namespace ashlar::stark
