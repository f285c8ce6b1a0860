#pragma once

#include "cuda/backend/tables.hpp"
#include "runtime/stark/merkle/merkle_proof.hpp"

// Merkle trees on a device, numbered as merkle_tree.hpp of runtime/stark.
namespace ashlar::cuda {

/// What a tree is made over.
struct leaf_group {
  unsigned height_log2;
  std::vector<leaf_column> columns;
};

template <class Device>
device_array<digest> row_digests(Device& device, const gpu_leaves& leaves, unsigned blowup_log2) {
  device_array<digest> out(device.memory(), std::size_t{1} << (leaves.height_log2 + blowup_log2));
  device.each(out.size(),
              hash_rows{leaves.columns.data(), leaves.width, leaves.height_log2, out.data()});
  return out;
}

/// `groups` by falling height, not empty. Waits for the root.
template <class Device>
stark::tree_handle tree_over(Device& device, std::vector<leaf_group> groups, unsigned blowup_log2) {
  auto out = std::make_unique<gpu_tree>();
  for (const leaf_group& g : groups)
    out->groups.push_back(
        {g.height_log2, static_cast<u32>(g.columns.size()), array_of(device, g.columns)});
  out->depth = groups[0].height_log2 + blowup_log2;
  out->nodes = device_array<digest>(device.memory(), std::size_t{2} << out->depth);
  digest* const nodes = out->nodes.data();
  std::vector<device_array<digest>> rows(out->depth + 1);  // by level
  for (std::size_t i = 1; i < out->groups.size(); ++i)
    rows[out->groups[i].height_log2 + blowup_log2] =
        row_digests(device, out->groups[i], blowup_log2);
  const gpu_leaves& top = out->groups[0];
  device.each(u64{1} << out->depth, hash_rows{top.columns.data(), top.width, top.height_log2,
                                              nodes + (std::size_t{1} << out->depth)});
  unsigned d = out->depth;
  for (; d > hash_top::levels_max; --d)
    device.each(u64{1} << (d - 1),
                hash_level{nodes + (u64{1} << d), rows[d - 1].data(), nodes + (u64{1} << (d - 1))});
  hash_top last{nodes, d, {}};
  for (unsigned k = 0; k < d; ++k) last.rows[k] = rows[k].data();
  device.blocks(1, last);
  device.download(out->root.data(), nodes + 1, sizeof(digest));
  return out;
}

/// prover_backend::gather.
template <class Device>
void gather_openings(Device& device, const gpu_tree& tree, const std::vector<u32>& positions,
                     bytes& out) {
  const unsigned top = tree.groups[0].height_log2;
  std::size_t cells = 0;
  std::vector<std::vector<u32>> places;
  for (const gpu_leaves& g : tree.groups) {
    std::vector<u32> p = stark::parents_of(positions, top - g.height_log2);
    for (u32& t : p) t = static_cast<u32>(stark::storage_of(t, g.height_log2));
    cells += p.size() * g.width;
    places.push_back(std::move(p));
  }
  std::vector<u32> siblings;
  std::vector<u32> index = positions;
  for (unsigned d = tree.depth; d > 0; --d) {
    for (std::size_t i = 0; i < index.size(); ++i) {
      const u32 sibling = index[i] ^ 1;
      const bool left_is_open = i > 0 && index[i - 1] == sibling;
      const bool right_is_open = i + 1 < index.size() && index[i + 1] == sibling;
      if (!left_is_open && !right_is_open) siblings.push_back((u32{1} << d) + sibling);
    }
    index = stark::parents_of(index, 1);
  }

  device_array<gl> values(device.memory(), cells);
  device_array<digest> digests(device.memory(), siblings.size());
  gl* at = values.data();
  for (std::size_t i = 0; i < places.size(); ++i) {
    const gpu_leaves& g = tree.groups[i];
    const auto p = array_of(device, places[i]);
    device.each(places[i].size() * g.width,
                gather_cells{g.columns.data(), g.width, g.height_log2, p.data(), at});
    at += places[i].size() * g.width;
  }
  const auto s = array_of(device, siblings);
  device.each(siblings.size(), gather_digests{tree.nodes.data(), s.data(), digests.data()});
  const std::size_t begin = out.size(), value_bytes = cells * sizeof(gl);
  out.resize(begin + value_bytes + siblings.size() * sizeof(digest));
  device.download(out.data() + begin, values.data(), value_bytes);
  device.download(out.data() + begin + value_bytes, digests.data(),
                  siblings.size() * sizeof(digest));
}

}  // namespace ashlar::cuda
