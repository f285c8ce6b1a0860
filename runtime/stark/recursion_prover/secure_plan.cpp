#include "runtime/stark/recursion_prover/secure_plan.hpp"

#include "runtime/stark/run/shapes.hpp"

namespace ashlar::stark {

recursion_plan secure_plan(run_key base) {
  ensure(base.machine == machine_kind::execution);
  recursion_plan plan;
  for (const u8 ram_log2 : memory_shapes)
    plan.memory_shapes.push_back(memory_heights_of(ram_log2, base.memory));
  for (const segment_shape& shape : segment_shapes)
    plan.segment_shapes.push_back(heights_of(shape, base.execution));
  plan.params = {recursion_base_params,
                 {leaf128, {19, 18}},
                 {circuit128, {17, 16}},
                 circuit_catalog::depth_for(plan.memory_shapes.size(), plan.segment_shapes.size())};
  plan.outer = recursion_outer_params;
  plan.base = std::move(base);
  return plan;
}

}  // namespace ashlar::stark
