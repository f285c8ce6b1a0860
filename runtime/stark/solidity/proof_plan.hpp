#pragma once

#include <algorithm>

#include "runtime/stark/solidity/l1_machine.hpp"

namespace ashlar::stark {

/// A tree or a FRI layer as the contracts read it. Offsets are in bytes.
struct tree_plan {
  tree_id id{};
  std::vector<height_group> groups;  ///< by falling height
  unsigned cap_log2 = 0;
  std::size_t cap_at = 0;  ///< in the proof
};
struct layer_plan {
  unsigned height_log2 = 0, fold_log2 = 0;
  unsigned cap_log2 = 0;
  std::size_t cap_at = 0;  ///< in the proof
  bool joined = false;     ///< whether a table has this layer's height
};

/// What precedes a call's own data: the selector, and for rows the batch and the hash of the
/// leaves' context, for leaves the call's number.
inline constexpr std::size_t head_prefix_bytes = 4 + 32;
inline constexpr std::size_t rows_prefix_bytes = 4 + 64;
inline constexpr std::size_t leaves_prefix_bytes = 4 + 32;

/// Where everything stands in a proof of an l1_machine, and how a proof is cut into transactions.
///
/// A proof is its head, the caps of the trees, the caps of the FRI layers, and then per query the
/// opened rows with their paths ("rows") and the FRI leaves with theirs ("leaves"). The first
/// transaction takes the head; then the caps of the trees and the rows of `rows_batch` queries a
/// transaction; then the caps of the layers and the leaves of `leaves_batches` such batches a
/// transaction.
struct proof_plan {
  explicit proof_plan(const l1_machine& machine);

  // The head.
  std::size_t global_root_at = 0, main_root_at = 0, aux_root_at = 0, sums_at = 0,
              quotient_root_at = 0, openings_at = 0, layer_roots_at = 0, final_at = 0, nonce_at = 0,
              head_bytes = 0;
  std::size_t tree_cap_bytes = 0, layer_cap_bytes = 0;  ///< what follows the head
  std::vector<std::size_t> table_opening;               ///< extension elements before the table's
  std::size_t opening_count = 0;                        ///< extension elements
  std::size_t sum_count = 0;
  bool has_global = false, has_main = false, has_aux = false;
  std::vector<tree_plan> trees;  ///< the present ones, in order
  /// Of those whose root a proof brings: all but the fixed one.
  std::size_t root_at(tree_id tree) const noexcept;
  std::vector<layer_plan> layers;
  std::vector<unsigned> heights;  ///< of any table, falling
  unsigned place_bits = 0;        ///< of a position
  bool joined_at_end = false;     ///< whether a table has the final polynomial's height

  // A query.
  std::size_t queries_at = 0;  ///< the first one, in the proof
  std::size_t row_bytes = 0, leaf_bytes = 0;

  // Transactions.
  std::size_t rows_context_bytes = 0, leaves_context_bytes = 0;
  std::size_t rows_batch = 0, rows_batches = 0;      ///< queries each; how many
  std::size_t leaves_batches = 0, leaves_calls = 0;  ///< batches of rows each; how many

  std::size_t proof_bytes(unsigned queries) const {
    return queries_at + queries * (row_bytes + leaf_bytes);
  }
  // Data of a call; of rows and of leaves: of the first, which no other is longer than.
  std::size_t begin_bytes() const { return head_prefix_bytes + head_bytes; }
  std::size_t open_rows_bytes() const {
    return rows_prefix_bytes + rows_context_bytes + tree_cap_bytes + rows_batch * row_bytes;
  }
  std::size_t open_leaves_bytes(unsigned queries) const {
    return leaves_prefix_bytes + leaves_context_bytes + layer_cap_bytes +
           std::min<std::size_t>(queries, leaves_batches * rows_batch) * leaf_bytes;
  }

 private:
  void place_head(const l1_machine& machine);
  void place_caps(const l1_machine& machine);
  void place_query(const l1_machine& machine);
  void cut(const l1_machine& machine);
};

}  // namespace ashlar::stark
