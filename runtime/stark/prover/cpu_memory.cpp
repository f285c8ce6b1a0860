#include "runtime/stark/prover/cpu_memory.hpp"

#include <algorithm>

#include "runtime/stark/prover/cpu_parts.hpp"

namespace ashlar::stark {

namespace {

class ledger {
 public:
  ledger(const proof_params& params, std::span<const air_shape* const> shapes,
         std::span<const u8> heights_log2)
      : params_(params), shapes_(shapes), heights_(heights_log2) {}

  std::size_t now = 0, peak = 0;

  void take(std::size_t bytes) {
    now += bytes;
    peak = std::max(peak, now);
  }
  std::size_t rows(std::size_t table) const { return std::size_t{1} << heights_[table]; }
  std::size_t uploaded(std::size_t table, std::size_t width) const {
    return sizeof(gl) * width * rows(table);
  }
  /// Columns that the backend made.
  std::size_t made(std::size_t table, std::size_t width) const {
    return cell_pool::piece_bytes(width * column_stride(rows(table)));
  }
  std::size_t extended(std::size_t table, std::size_t width) const {
    return cell_pool::piece_bytes(width * column_stride(rows(table) << params_.blowup_log2));
  }
  static std::size_t digests(unsigned n_log2) {
    return cell_pool::piece_bytes((sizeof(hash256) / sizeof(gl)) << n_log2);
  }
  std::size_t codeword(unsigned height_log2) const {
    return cell_pool::piece_bytes(std::size_t{gl3::degree} << (height_log2 + params_.blowup_log2));
  }

  /// The extension of a tree's tables, of which `made_before` bytes of traces each are dropped on
  /// the way, and the tree.
  template <class Before>
  void commit(tree_id id, const Before& made_before) {
    for (std::size_t i = 0; i < shapes_.size(); ++i) {
      const std::size_t width = columns_in(*shapes_[i], id);
      if (width == 0) continue;
      take(extended(i, width));
      now -= made_before(i, width);
    }
    const auto groups = groups_of(shapes_, heights_, id);
    if (groups.empty()) return;
    take(digests(groups[0].height_log2 + params_.blowup_log2 + 1));
    // The rows of lower tables are hashed apart before they join.
    for (std::size_t g = 1; g < groups.size(); ++g) {
      const std::size_t joining = digests(groups[g].height_log2 + params_.blowup_log2);
      take(joining);
      now -= joining;
    }
  }
  void commit(tree_id id) {
    commit(id, [](std::size_t, std::size_t) { return 0; });
  }

 private:
  const proof_params& params_;
  std::span<const air_shape* const> shapes_;
  std::span<const u8> heights_;
};

void count_fri(ledger& l, const proof_params& params, std::span<const u8> heights_log2) {
  for (unsigned h = 0; h < 33; ++h)
    if (std::find(heights_log2.begin(), heights_log2.end(), h) != heights_log2.end())
      l.take(l.codeword(h));
  for (const fri_layer& layer : fri_layers(params, heights_log2)) {
    const unsigned folded = layer.height_log2 - layer.fold_log2;
    l.take(ledger::digests(folded + params.blowup_log2 + 1));
    l.take(l.codeword(folded));
  }
}

}  // namespace

segment_memory memory_of_segment(const proof_params& params,
                                 std::span<const air_shape* const> shapes,
                                 std::span<const u8> heights_log2) {
  ledger l(params, shapes, heights_log2);
  const std::size_t tables = shapes.size();
  segment_memory out{};
  for (std::size_t i = 0; i < tables; ++i) l.take(l.uploaded(i, shapes[i]->fixed_width));
  l.commit(tree_id::fixed);
  out.key_bytes = l.now;

  for (std::size_t i = 0; i < tables; ++i) l.take(l.uploaded(i, shapes[i]->main_width));
  l.commit(tree_id::global_main);
  out.held_bytes = l.now;
  l.commit(tree_id::main);

  for (std::size_t i = 0; i < tables; ++i) {
    const std::size_t width = columns_in(*shapes[i], tree_id::aux);
    if (width != 0) l.take(l.made(i, width));
    l.now -= l.uploaded(i, shapes[i]->main_width);
  }
  const auto made = [&](std::size_t i, std::size_t width) { return l.made(i, width); };
  l.commit(tree_id::aux, made);
  for (std::size_t i = 0; i < tables; ++i) l.take(l.made(i, quotient_columns));
  l.commit(tree_id::quotient, made);
  count_fri(l, params, heights_log2);
  out.peak_bytes = l.peak;
  return out;
}

}  // namespace ashlar::stark
