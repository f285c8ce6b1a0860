#include "runtime/stark/recursion_prover/circuit_catalog.hpp"

#include <algorithm>

#include "runtime/crypto/blake3.hpp"
#include "runtime/stark/recursion/circuit_set.hpp"
#include "runtime/stark/recursion/leaf.hpp"
#include "runtime/stark/recursion/node.hpp"

namespace ashlar::stark {
namespace {

std::optional<std::size_t> place_of(const std::vector<std::vector<u8>>& shapes,
                                    std::span<const u8> heights) {
  for (std::size_t i = 0; i < shapes.size(); ++i)
    if (std::equal(shapes[i].begin(), shapes[i].end(), heights.begin(), heights.end())) return i;
  return std::nullopt;
}

}  // namespace

circuit_catalog::circuit_catalog(recursion_plan plan) : plan_(std::move(plan)) {
  ensure(plan_.params.set_depth ==
         depth_for(plan_.memory_shapes.size(), plan_.segment_shapes.size()));
}

unsigned circuit_catalog::depth_for(std::size_t memory_shapes, std::size_t segment_shapes) {
  return set_depth(first_leaf + memory_shapes + segment_shapes);
}

std::optional<std::size_t> circuit_catalog::memory_leaf(std::span<const u8> heights_log2) const {
  const auto at = place_of(plan_.memory_shapes, heights_log2);
  return at ? std::optional(first_leaf + *at) : std::nullopt;
}

std::optional<std::size_t> circuit_catalog::segment_leaf(std::span<const u8> heights_log2) const {
  const auto at = place_of(plan_.segment_shapes, heights_log2);
  return at ? std::optional(first_leaf + plan_.memory_shapes.size() + *at) : std::nullopt;
}

std::string circuit_catalog::name(std::size_t circuit) const {
  if (circuit == wrap) return "wrap";
  if (circuit == leaf_join) return "join of leaves";
  if (circuit == join) return "join";
  if (circuit == complete) return "complete";
  if (circuit == outer()) return "outer";
  const std::size_t leaf = circuit - first_leaf, memories = plan_.memory_shapes.size();
  return leaf < memories ? "leaf of memory " + std::to_string(leaf + 1)
                         : "leaf of segment " + std::to_string(leaf - memories + 1);
}

result<circuit, std::string> circuit_catalog::record(std::size_t circuit) const {
  ensure(circuit <= outer());
  const recursion_params& params = plan_.params;
  const std::size_t memories = plan_.memory_shapes.size();
  auto made = [&] {
    if (circuit == wrap) return record_wrap(params);
    if (circuit == leaf_join) return record_leaf_join(params);
    if (circuit == join) return record_join(params);
    if (circuit == complete) return record_complete(params);
    if (circuit == outer()) return record_outer(params);
    const std::size_t leaf = circuit - first_leaf;
    if (leaf < memories) return record_memory_leaf(params, plan_.base, plan_.memory_shapes[leaf]);
    return record_segment_leaf(params, plan_.base, plan_.segment_shapes[leaf - memories]);
  }();
  if (!made) return fail("circuit " + name(circuit) + ": " + describe(made.error()));
  return std::move(*made);
}

hash256 digest_of(const circuit& c) {
  crypto::blake3_state state;
  const u8 heights[2] = {c.heights.alu, c.heights.sponge};
  state.update(heights);
  // Elements are canonical wherever they are seen, so their bytes are theirs alone.
  for (const matrix& table : c.fixed())
    for (const gl cell : table.cells()) {
      u8 number[8];
      store_le64(number, cell.value());
      state.update(number);
    }
  return state.final();
}

}  // namespace ashlar::stark
