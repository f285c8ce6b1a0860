#include "runtime/stark/prover/merkle_tree.hpp"

#include <bit>

#include "runtime/base/ensure.hpp"
#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/hash/many.hpp"

namespace ashlar::stark {

namespace {

// Rows that differ in the highest bits of their numbers alone are beside each other in the tree. So
// rows are hashed by so many runs at once, as many apart as can be, and two whole lines of digests
// are written wherever two lines are: one digest at a time, each line was fetched twice. Not where
// rows are long: while a run is hashed its next rows are fetched, and they must not leave the cache
// until the other runs are done.
constexpr unsigned runs_log2 = 2, run_log2 = 7;
constexpr std::size_t runs_max = std::size_t{1} << runs_log2, run_max = std::size_t{1} << run_log2;
constexpr std::size_t columns_in_runs_max = 64;
constexpr std::size_t nodes_grain = 4096;
static_assert(std::endian::native == std::endian::little && sizeof(gl) == gl::encoded_bytes,
              "elements are hashed as they lie in memory");

}  // namespace

void merkle_tree::hash_group(const column_group& group, hash256* out, crew& threads) const {
  const bool in_runs =
      group.height_log2 >= run_log2 + runs_log2 && group.columns.size() <= columns_in_runs_max;
  const unsigned split_log2 = in_runs ? runs_log2 : 0, part_log2 = group.height_log2 - split_log2;
  const std::size_t rows = std::size_t{1} << group.height_log2, part = rows >> split_log2;
  const std::size_t runs = std::size_t{1} << split_log2, run = std::min(part, run_max);
  threads.split((part << blowup_log2_) / run, 4, [&](std::size_t first, std::size_t last) {
    std::vector<const u64*> columns(group.columns.size());
    hash256 digest[runs_max * run_max];
    for (std::size_t block = first; block < last; ++block) {
      const std::size_t coset = block * run >> part_log2, at = (block * run) & (part - 1);
      for (std::size_t j = 0; j < columns.size(); ++j) {
        const column_view& view = group.columns[j];
        columns[j] = reinterpret_cast<const u64*>(view.data + coset * view.coset_stride);
      }
      for (std::size_t k = 0; k < runs; ++k) {
        const std::size_t from = reverse_bits(static_cast<u32>(k), split_log2) * part + at;
        hash_rows(hash_, {columns, from, run, each_, digest + k * run});
      }
      for (std::size_t i = 0; i < run; ++i) {
        const std::size_t place = reverse_bits(static_cast<u32>(at + i), part_log2);
        hash256* const to = out + coset * rows + (place << split_log2);
        for (std::size_t k = 0; k < runs; ++k) to[k] = digest[k * run + i];
      }
    }
  });
}

void merkle_tree::build(std::vector<column_group> groups, hash_kind hash, unsigned each,
                        unsigned blowup_log2, crew& threads, std::shared_ptr<cell_pool> pool) {
  ensure(!groups.empty() && each >= 1 && each <= hash_block_max);
  groups_ = std::move(groups);
  hash_ = hash;
  each_ = each;
  blowup_log2_ = blowup_log2;
  const unsigned depth = groups_[0].height_log2 + blowup_log2;
  constexpr std::size_t cells = sizeof(hash256) / sizeof(gl);
  nodes_ = cell_buffer(pool, cells << (depth + 1));
  hash_group(groups_[0], level(depth), threads);
  std::size_t joined = 1;
  for (unsigned d = depth; d-- > 0;) {
    const std::size_t n = std::size_t{1} << d;
    hash256* const here = level(d);
    const hash256* const below = level(d + 1);
    threads.split(n, nodes_grain, [&](std::size_t first, std::size_t last) {
      hash_nodes(hash, below + 2 * first, here + first, last - first);
    });
    if (joined == groups_.size() || groups_[joined].height_log2 + blowup_log2 != d) continue;
    cell_buffer row_cells(pool, cells * n);
    hash256* const rows = reinterpret_cast<hash256*>(row_cells.data());
    hash_group(groups_[joined++], rows, threads);
    threads.split(n, nodes_grain, [&](std::size_t first, std::size_t last) {
      std::vector<hash256> pairs(2 * (last - first));
      for (std::size_t i = first; i < last; ++i) {
        pairs[2 * (i - first)] = here[i];
        pairs[2 * (i - first) + 1] = rows[i];
      }
      hash_nodes(hash, pairs.data(), here + first, last - first);
    });
  }
}

bytes merkle_tree::cap(unsigned cap_log2) const {
  const u8* const first = level(cap_log2)->data();
  return bytes(first, first + (sizeof(hash256) << cap_log2));
}

void merkle_tree::append_row(const column_group& group, u32 place, bytes& out) const {
  const std::size_t i = storage_of(place, group.height_log2), coset = i >> group.height_log2;
  const std::size_t row = i & ((std::size_t{1} << group.height_log2) - 1);
  u8 encoded[gl::encoded_bytes];
  for (const column_view& column : group.columns) {
    store_element(hash_, encoded, column.at(coset, row));
    append(out, encoded);
  }
}

bytes merkle_tree::paths(unsigned cap_log2, std::span<const u32> positions) const {
  const unsigned depth = groups_[0].height_log2 + blowup_log2_;
  bytes out;
  for (const u32 position : positions) {
    std::size_t joined = 0;
    for (unsigned d = depth;; --d) {
      const u32 node = position >> (depth - d);
      if (joined < groups_.size() && groups_[joined].height_log2 + blowup_log2_ == d)
        append_row(groups_[joined++], node, out);
      if (d == cap_log2) break;
      append(out, {level(d)[node ^ 1].data(), sizeof(hash256)});
    }
  }
  return out;
}

}  // namespace ashlar::stark
