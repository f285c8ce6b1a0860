#include "actors/l1_listener/block_gate.hpp"

#include "actors/l1_listener/l1_view.hpp"

namespace ashlar::l1_listener {

std::string older_than(batch_number there, batch_number here) {
  if (there <= here) return {};
  return "L1 has batch " + std::to_string(there.value) + ", this node's folder ends at batch " +
         std::to_string(here.value) +
         ": it is older than the chain. Stop the node and bring the newest folder back (is its "
         "disk mounted?); ashlar restore shows what L1 has";
}

std::string contradiction(const l1_view& view, const store::batch_store& batches) {
  if (auto why = older_than(batch_number{view.totals().committed}, batches.last()); !why.empty())
    return why;
  for (const auto& [n, row] : view.rows())
    if (row.foreign)
      return "L1 has another batch " + std::to_string(n) +
             " than this node: nothing behind it can settle";
  if (!view.divergence().empty()) return view.divergence() + ": nothing behind it can settle";
  if (view.taken().value > view.operations_total())
    return "operations up to " + std::to_string(view.taken().value - 1) +
           " of L1's queue are executed, L1 shows " + std::to_string(view.operations_total()) +
           ": nothing is confirmed until they are back";
  return {};
}

}  // namespace ashlar::l1_listener
