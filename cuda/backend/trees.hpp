#pragma once

#include "cuda/backend/tables.hpp"

// Merkle trees on a device, numbered as merkle_tree.hpp of runtime/stark.
namespace ashlar::cuda {

/// What a tree is made over.
struct leaf_group {
  unsigned height_log2;
  std::vector<leaf_column> columns;
};

/// What its nodes and leaves are hashed with.
struct tree_hash {
  stark::hash_kind kind;
  unsigned each;        // as hash_elements
  const gl* constants;  // Poseidon2's, on the device
};

template <stark::hash_kind Kind, class Device>
void digest_rows(Device& device, const gpu_leaves& leaves, unsigned blowup_log2,
                 const tree_hash& hash, digest* out) {
  const u64 n = u64{1} << (leaves.height_log2 + blowup_log2);
  if constexpr (Kind == stark::hash_kind::poseidon2)
    device.each(n, sponge_rows{leaves.columns.data(), leaves.width, hash.each, leaves.height_log2,
                               hash.constants, out});
  else if constexpr (Kind == stark::hash_kind::keccak)
    device.each(n, keccak_rows{leaves.columns.data(), leaves.width, leaves.height_log2, out});
  else
    device.each(n, hash_rows{leaves.columns.data(), leaves.width, leaves.height_log2, out});
}

template <stark::hash_kind Kind, class Device>
stark::tree_handle tree_of(Device& device, std::vector<leaf_group> groups, unsigned blowup_log2,
                           const tree_hash& hash) {
  auto out = std::make_unique<gpu_tree>();
  out->hash = Kind;
  for (const leaf_group& g : groups)
    out->groups.push_back(
        {g.height_log2, static_cast<u32>(g.columns.size()), array_of(device, g.columns)});
  out->depth = groups[0].height_log2 + blowup_log2;
  out->nodes = device_array<digest>(device.memory(), std::size_t{2} << out->depth);
  digest* const nodes = out->nodes.data();
  std::vector<device_array<digest>> rows(out->depth + 1);  // by level
  for (std::size_t i = 1; i < out->groups.size(); ++i) {
    const unsigned level = out->groups[i].height_log2 + blowup_log2;
    rows[level] = device_array<digest>(device.memory(), std::size_t{1} << level);
    digest_rows<Kind>(device, out->groups[i], blowup_log2, hash, rows[level].data());
  }
  digest_rows<Kind>(device, out->groups[0], blowup_log2, hash,
                    nodes + (std::size_t{1} << out->depth));
  unsigned d = out->depth;
  for (; d > hash_top<Kind>::levels_max; --d)
    device.each(u64{1} << (d - 1), hash_level<Kind>{nodes + (u64{1} << d), rows[d - 1].data(),
                                                    nodes + (u64{1} << (d - 1)), hash.constants});
  hash_top<Kind> last{nodes, d, {}, hash.constants};
  for (unsigned k = 0; k < d; ++k) last.rows[k] = rows[k].data();
  device.blocks(1, last);
  device.download(out->root.data(), nodes + 1, sizeof(digest));
  return out;
}

/// `groups` by falling height, not empty. Waits for the root.
template <class Device>
stark::tree_handle tree_over(Device& device, std::vector<leaf_group> groups, unsigned blowup_log2,
                             const tree_hash& hash) {
  using enum stark::hash_kind;
  switch (hash.kind) {
    case poseidon2:
      return tree_of<poseidon2>(device, std::move(groups), blowup_log2, hash);
    case keccak:
      return tree_of<keccak>(device, std::move(groups), blowup_log2, hash);
    case blake3:
      break;
  }
  return tree_of<blake3>(device, std::move(groups), blowup_log2, hash);
}

/// prover_backend::gather. A position's path is made in one piece on the device: each kernel writes
/// its group's rows, or the siblings between two groups, at their offset within the pieces.
template <class Device>
stark::tree_openings open_tree(Device& device, const gpu_tree& tree, unsigned cap_log2,
                               std::span<const u32> positions) {
  const unsigned blowup_log2 = tree.depth - tree.groups[0].height_log2;
  u64 piece = u64{tree.depth - cap_log2} * sizeof(digest);
  for (const gpu_leaves& g : tree.groups) piece += u64{g.width} * sizeof(gl);
  device_array<u8> paths(device.memory(), positions.size() * piece);
  const auto at = array_of(device, positions);
  const bool big_endian = tree.hash == stark::hash_kind::keccak;
  u8* to = paths.data();
  for (std::size_t i = 0; i < tree.groups.size(); ++i) {
    const gpu_leaves& g = tree.groups[i];
    const unsigned level = g.height_log2 + blowup_log2;
    const unsigned above =
        i + 1 < tree.groups.size() ? tree.groups[i + 1].height_log2 + blowup_log2 : cap_log2;
    device.each(positions.size() * g.width,
                gather_cells{g.columns.data(), g.width, g.height_log2, at.data(),
                             tree.depth - level, to, piece, big_endian});
    to += g.width * sizeof(gl);
    device.each(
        positions.size() * (level - above),
        gather_siblings{tree.nodes.data(), at.data(), tree.depth, level, level - above, to, piece});
    to += (level - above) * sizeof(digest);
  }
  stark::tree_openings out;
  out.cap.resize(sizeof(digest) << cap_log2);
  device.download(out.cap.data(), tree.nodes.data() + (u64{1} << cap_log2), out.cap.size());
  out.paths.resize(paths.size());
  device.download(out.paths.data(), paths.data(), out.paths.size());
  return out;
}

}  // namespace ashlar::cuda
