#include "runtime/stark/recursion_prover/schedule.hpp"

#include "runtime/base/ensure.hpp"

namespace ashlar::stark {
namespace {

struct joined_steps {
  u32 top;    ///< the step that is left
  u32 layer;  ///< the one on top of it
};

/// Joins neighbours, layer by layer, until one is left; one without a neighbour goes up as it is.
joined_steps join_all(std::vector<proof_step>& steps, std::vector<u32> items, u32 layer) {
  for (; items.size() > 1; ++layer) {
    std::vector<u32> above;
    for (std::size_t at = 0; at + 1 < items.size(); at += 2) {
      above.push_back(static_cast<u32>(steps.size()));
      steps.push_back(
          {step_kind::join, layer, static_cast<u32>(at / 2), {items[at], items[at + 1]}});
    }
    if (items.size() % 2 != 0) above.push_back(items.back());
    items = std::move(above);
  }
  return {items.front(), layer};
}

}  // namespace

u32 verified_by(step_kind kind) noexcept {
  if (kind == step_kind::given || kind == step_kind::leaf) return 0;
  return kind == step_kind::join || kind == step_kind::leaf_join ? 2 : 1;
}

std::vector<proof_step> schedule_of_run(u32 segments) {
  ensure(segments >= 1);
  std::vector<proof_step> steps;
  const u32 parts = segments + 1;
  for (u32 part = 0; part < parts; ++part) steps.push_back({step_kind::leaf, 0, part});
  std::vector<u32> items;
  for (u32 part = 0; part < parts; part += 2) {
    items.push_back(static_cast<u32>(steps.size()));
    if (part + 1 < parts)
      steps.push_back({step_kind::leaf_join, 1, part / 2, {part, part + 1}});
    else
      steps.push_back({step_kind::wrap, 1, part / 2, {part}});
  }
  join_all(steps, std::move(items), 2);
  return steps;
}

std::vector<proof_step> schedule_of_list(u32 batches) {
  ensure(batches >= 1);
  std::vector<proof_step> steps;
  for (u32 i = 0; i < batches; ++i) steps.push_back({step_kind::given, 0, i});
  std::vector<u32> items;
  for (u32 i = 0; i < batches; ++i) {
    items.push_back(static_cast<u32>(steps.size()));
    steps.push_back({step_kind::complete, 0, i, {i}});
  }
  const auto [top, layer] = join_all(steps, std::move(items), 1);
  steps.push_back({step_kind::outer, layer, 0, {top}});
  return steps;
}

u32 layers_in(const std::vector<proof_step>& schedule) noexcept {
  return schedule.empty() ? 0 : schedule.back().layer + 1;
}

}  // namespace ashlar::stark
