#include "runtime/stark/verifier/counts.hpp"

namespace ashlar::stark {

machine_counts count_machine(std::string name, std::span<const air_shape* const> shapes,
                             unsigned height_log2, u32 segments) {
  machine_counts out;
  out.name = std::move(name);
  out.height_log2_max = height_log2;
  out.segments = segments;
  out.batch = batch_size(shapes);
  std::vector<bus_properties> buses;
  for (const air_shape* s : shapes) {
    out.columns += opened_columns(*s) + quotient_columns;
    out.constraints = std::max(out.constraints, s->total_constraints());
    for (const interaction_shape& x : s->interactions) {
      std::size_t b = 0;
      while (b < buses.size() && buses[b].id != x.bus.id) ++b;
      if (b == buses.size()) {
        buses.push_back(x.bus);
        const u64 rows = (u64{1} << height_log2) * (x.bus.global ? segments : 1);
        out.lookups.push_back({(x.bus.global ? "global bus " : "bus ") + std::to_string(x.bus.id),
                               rows, x.bus.length, 0});
      }
      ++out.lookups[b].interactions;
    }
  }
  return out;
}

}  // namespace ashlar::stark
