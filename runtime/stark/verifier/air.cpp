#include "runtime/stark/verifier/air.hpp"

namespace ashlar::stark {

namespace {

// Degree of the constraint that a group's column obeys, for the interactions of [first, first + n).
u32 group_degree(std::span<const interaction_shape> members) {
  u32 denominators = 0;
  for (const auto& m : members) denominators += m.tuple_degree;
  u32 most = 1 + denominators;
  for (const auto& m : members)
    most = std::max(most, m.multiplicity_degree + denominators - m.tuple_degree);
  return most;
}

}  // namespace

void group_interactions(air_shape& shape) {
  std::vector<interaction_shape> sorted;
  shape.call_order.assign(shape.interactions.size(), 0);
  for (bool global : {false, true})
    for (std::size_t i = 0; i < shape.interactions.size(); ++i)
      if (shape.interactions[i].bus.global == global) {
        shape.call_order[i] = static_cast<u32>(sorted.size());
        sorted.push_back(shape.interactions[i]);
      }
  shape.interactions = std::move(sorted);
  const std::span<const interaction_shape> all(shape.interactions);
  for (u32 at = 0; at < all.size();) {
    const bool global = all[at].bus.global;
    const bool pair = at + 1 < all.size() && all[at + 1].bus.global == global &&
                      group_degree(all.subspan(at, 2)) <= degree_max;
    const u32 count = pair ? 2 : 1;
    ensure(group_degree(all.subspan(at, count)) <= degree_max);
    shape.groups.push_back({at, count});
    ++(global ? shape.global_groups : shape.local_groups);
    at += count;
  }
}

}  // namespace ashlar::stark
