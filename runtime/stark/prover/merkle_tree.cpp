#include "runtime/stark/prover/merkle_tree.hpp"

#include "runtime/base/ensure.hpp"
#include "runtime/crypto/blake3.hpp"
#include "runtime/stark/field/domain.hpp"
#include "runtime/stark/merkle/merkle_proof.hpp"

namespace ashlar::stark {

namespace {

constexpr std::size_t rows_at_once = 16;
constexpr std::size_t nodes_grain = 4096;

}  // namespace

std::vector<hash256> merkle_tree::row_digests(const column_group& group, crew& threads) const {
  const std::size_t rows = std::size_t{1} << group.height_log2;
  const std::size_t cosets = std::size_t{1} << blowup_log2_;
  const std::size_t row_bytes = group.columns.size() * gl::encoded_bytes;
  std::vector<hash256> out(rows * cosets);
  const std::size_t run = std::min(rows, rows_at_once);
  threads.split(rows * cosets / run, 64, [&](std::size_t first, std::size_t last) {
    std::vector<u8> buffer(run * row_bytes);
    hash256 digest[rows_at_once];
    for (std::size_t block = first; block < last; ++block) {
      const std::size_t coset = block * run >> group.height_log2;
      const std::size_t at = (block * run) & (rows - 1);
      for (std::size_t j = 0; j < group.columns.size(); ++j) {
        const gl* from = group.columns[j].data + coset * group.columns[j].coset_stride + at;
        u8* to = buffer.data() + j * gl::encoded_bytes;
        for (std::size_t i = 0; i < run; ++i, to += row_bytes) from[i].encode(to);
      }
      if (row_bytes <= crypto::blake3_chunk_bytes)
        crypto::blake3_many(buffer.data(), row_bytes, digest, run);
      else
        for (std::size_t i = 0; i < run; ++i)
          digest[i] = crypto::blake3({buffer.data() + i * row_bytes, row_bytes});
      for (std::size_t i = 0; i < run; ++i)
        out[coset * rows + reverse_bits(static_cast<u32>(at + i), group.height_log2)] = digest[i];
    }
  });
  return out;
}

void merkle_tree::build(std::vector<column_group> groups, unsigned blowup_log2, crew& threads) {
  ensure(!groups.empty());
  groups_ = std::move(groups);
  blowup_log2_ = blowup_log2;
  const unsigned depth = groups_[0].height_log2 + blowup_log2;
  levels_.assign(depth + 1, {});
  levels_[depth] = row_digests(groups_[0], threads);
  std::size_t joined = 1;
  for (unsigned d = depth; d-- > 0;) {
    const std::size_t n = std::size_t{1} << d;
    levels_[d].resize(n);
    threads.split(n, nodes_grain, [&](std::size_t first, std::size_t last) {
      crypto::blake3_nodes(levels_[d + 1].data() + 2 * first, levels_[d].data() + first,
                           last - first);
    });
    if (joined == groups_.size() || groups_[joined].height_log2 + blowup_log2 != d) continue;
    const std::vector<hash256> rows = row_digests(groups_[joined++], threads);
    threads.split(n, nodes_grain, [&](std::size_t first, std::size_t last) {
      std::vector<hash256> pairs(2 * (last - first));
      for (std::size_t i = first; i < last; ++i) {
        pairs[2 * (i - first)] = levels_[d][i];
        pairs[2 * (i - first) + 1] = rows[i];
      }
      crypto::blake3_nodes(pairs.data(), levels_[d].data() + first, last - first);
    });
  }
}

void merkle_tree::gather(const std::vector<u32>& positions, bytes& out) const {
  const unsigned top = groups_[0].height_log2;
  for (const column_group& g : groups_) {
    const std::size_t rows = std::size_t{1} << g.height_log2;
    for (u32 t : parents_of(positions, top - g.height_log2)) {
      const std::size_t i = storage_of(t, g.height_log2);
      const std::size_t at = out.size();
      out.resize(at + g.columns.size() * gl::encoded_bytes);
      for (std::size_t j = 0; j < g.columns.size(); ++j)
        g.columns[j].at(i >> g.height_log2, i & (rows - 1)).encode(out.data() + at + 8 * j);
    }
  }
  std::vector<u32> index = positions;
  for (unsigned d = top + blowup_log2_; d > 0; --d) {
    for (std::size_t i = 0; i < index.size(); ++i) {
      const u32 sibling = index[i] ^ 1;
      const bool left_is_open = i > 0 && index[i - 1] == sibling;
      const bool right_is_open = i + 1 < index.size() && index[i + 1] == sibling;
      if (!left_is_open && !right_is_open)
        append(out, {levels_[d][sibling].data(), levels_[d][sibling].size()});
    }
    index = parents_of(index, 1);
  }
}

}  // namespace ashlar::stark
