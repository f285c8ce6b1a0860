#pragma once

#include "runtime/stark/params/params.hpp"
#include "runtime/stark/verifier/air.hpp"

namespace ashlar::stark {

/// Two chunks of degree below h each hold a quotient of degree below 2h; three base columns each.
inline constexpr unsigned quotient_chunks = 2;
inline constexpr unsigned quotient_columns = quotient_chunks * gl3::degree;

/// The trees of a proof, in the order in which their roots enter the transcript. A tree without
/// columns is absent: it has no root and no openings.
enum class tree_id : u8 { fixed, global_main, main, aux, quotient };
inline constexpr unsigned tree_count = 5;
inline constexpr tree_id all_trees[tree_count] = {tree_id::fixed, tree_id::global_main,
                                                  tree_id::main, tree_id::aux, tree_id::quotient};

/// Base-field columns of a table in a tree.
unsigned columns_in(const air_shape& shape, tree_id tree) noexcept;

/// The tables of one height in one tree: their rows stand side by side in a leaf.
struct height_group {
  unsigned height_log2;
  unsigned columns;        // of all its tables
  std::vector<u32> table;  // in machine order
  std::vector<u32> first;  // the table's first column within the row
};

/// Groups by falling height.
std::vector<height_group> groups_of(std::span<const air_shape* const> shapes,
                                    std::span<const u8> heights_log2, tree_id tree);

/// The columns of one height, by tree.
struct height_columns {
  unsigned height_log2;
  u32 in[tree_count] = {};
  u32 of(tree_id tree) const noexcept { return in[static_cast<unsigned>(tree)]; }
  /// Those that are opened at both points: all but the quotient's.
  u32 opened() const noexcept {
    u32 out = 0;
    for (const tree_id tree : all_trees) out += tree == tree_id::quotient ? 0 : of(tree);
    return out;
  }
};

/// Every height that a table has, falling.
std::vector<height_columns> columns_by_height(std::span<const air_shape* const> shapes,
                                              std::span<const u8> heights_log2);

/// The level of a tree that a proof holds whole. `lowest_log2`: the level where the lowest of its
/// tables join, or the leaves'.
constexpr unsigned cap_level(const proof_params& params, unsigned lowest_log2) noexcept {
  return std::min(params.cap_log2, lowest_log2);
}

/// One FRI layer: a function on a domain for degree 2^height_log2, committed in leaves of
/// 2^fold_log2 coefficients (fri/leaf.hpp), folded to height_log2 - fold_log2.
struct fri_layer {
  unsigned height_log2, fold_log2;
};

/// From the tallest table down to params.final_log2; each layer folds by params.fold_log2 or by
/// less, so that it lands on every height that a table has. Precondition: heights within params.
std::vector<fri_layer> fri_layers(const proof_params& params, std::span<const u8> heights_log2);

/// (column, point) pairs that DEEP combines: every column at both points, the quotient at one.
u32 batch_size(std::span<const air_shape* const> shapes) noexcept;
/// Columns of a table opened at both points, in the order fixed, main, auxiliary.
u32 opened_columns(const air_shape& shape) noexcept;

}  // namespace ashlar::stark
