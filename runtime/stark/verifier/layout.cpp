#include "runtime/stark/verifier/layout.hpp"

namespace ashlar::stark {

unsigned columns_in(const air_shape& shape, tree_id tree) noexcept {
  switch (tree) {
    case tree_id::fixed:
      return shape.fixed_width;
    case tree_id::global_main:
      return shape.uses_global() ? shape.main_width : 0;
    case tree_id::main:
      return shape.uses_global() ? 0 : shape.main_width;
    case tree_id::aux:
      return shape.aux_columns() * gl3::degree;
    case tree_id::quotient:
      return quotient_columns;
  }
  return 0;
}

std::vector<height_group> groups_of(std::span<const air_shape* const> shapes,
                                    std::span<const u8> heights_log2, tree_id tree) {
  std::vector<height_group> out;
  for (unsigned h = 33; h-- > 0;) {
    height_group g{h, 0, {}, {}};
    for (u32 t = 0; t < shapes.size(); ++t) {
      const unsigned columns = columns_in(*shapes[t], tree);
      if (heights_log2[t] != h || columns == 0) continue;
      g.table.push_back(t);
      g.first.push_back(g.columns);
      g.columns += columns;
    }
    if (g.columns != 0) out.push_back(std::move(g));
  }
  return out;
}

std::vector<height_columns> columns_by_height(std::span<const air_shape* const> shapes,
                                              std::span<const u8> heights_log2) {
  std::vector<height_columns> out;
  for (unsigned h = 33; h-- > 0;) {
    if (std::find(heights_log2.begin(), heights_log2.end(), h) == heights_log2.end()) continue;
    height_columns c{h};
    for (std::size_t t = 0; t < shapes.size(); ++t)
      for (const tree_id tree : all_trees)
        if (heights_log2[t] == h) c.in[static_cast<unsigned>(tree)] += columns_in(*shapes[t], tree);
    out.push_back(c);
  }
  return out;
}

std::vector<fri_layer> fri_layers(const proof_params& params, std::span<const u8> heights_log2) {
  unsigned at = 0;
  for (u8 h : heights_log2) at = std::max<unsigned>(at, h);
  std::vector<fri_layer> out;
  while (at > params.final_log2) {
    unsigned next = params.final_log2;
    for (u8 h : heights_log2)
      if (h < at) next = std::max<unsigned>(next, h);
    const unsigned fold = std::min(params.fold_log2, at - next);
    out.push_back({at, fold});
    at -= fold;
  }
  return out;
}

u32 opened_columns(const air_shape& shape) noexcept {
  return shape.fixed_width + shape.main_width + shape.aux_columns() * gl3::degree;
}

u32 batch_size(std::span<const air_shape* const> shapes) noexcept {
  u32 total = 0;
  for (const air_shape* s : shapes) total += 2 * opened_columns(*s) + quotient_columns;
  return total;
}

}  // namespace ashlar::stark
