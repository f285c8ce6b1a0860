#include "runtime/stark/recursion_prover/secure_plan.hpp"

#include <algorithm>
#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/stark/recursion/node.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

/// A key of no program, with fixed tables as tall as the batch program has them: rows of circuits
/// do not depend on the rest.
run_key key_of_no_program() {
  const auto of = [](const std::vector<verifier_air>& airs) {
    verifying_key key;
    for (const verifier_air& air : airs) {
      key.airs.push_back(&air);
      const std::string_view name = air.shape.name;
      const u8 height = name == "program" ? 18 : name == "image" ? 18 : name == "range" ? 16 : 5;
      key.fixed_height_log2.push_back(air.shape.fixed_width == 0 ? 0 : height);
    }
    return key;
  };
  return {of(execution_airs()), of(memory_airs()), 0, 1u << 24};
}

circuit_heights most(circuit_heights a, const circuit_heights& b) {
  return {std::max(a.alu, b.alu), std::max(a.sponge, b.sponge)};
}

void print(const std::string& name, const circuit& made) {
  std::cout << name << ": " << made.alu.size() << " rows of alu, " << made.sponge.size()
            << " of sponge\n";
}

/// The least heights that hold every leaf.
circuit_heights heights_of_leaves(recursion_plan plan) {
  circuit_heights out{};
  plan.params.big.heights = {22, 22};
  const circuit_catalog catalog(std::move(plan));
  for (std::size_t i = circuit_catalog::first_leaf; i < catalog.size(); ++i) {
    const auto made = catalog.record(i);
    if (!made) FAIL(made.error());
    print(catalog.name(i), *made);
    out = most(out, heights_for(made->alu.size(), made->sponge.size()));
  }
  return out;
}

/// The least that hold the circuits that verify circuits, of such heights themselves.
circuit_heights heights_of_nodes(recursion_params params) {
  for (circuit_heights tried{table_height_log2_min, table_height_log2_min};;) {
    params.small.heights = tried;
    circuit_heights needed = tried;
    for (const auto& [name, record] :
         {std::pair{"wrap", &record_wrap}, std::pair{"join of leaves", &record_leaf_join},
          std::pair{"join", &record_join}, std::pair{"complete", &record_complete}}) {
      const auto made = record(params);
      if (made) print(name, *made);
      if (!made) REQUIRE(made.error().what == record_error::too_tall);
      needed = most(needed, made ? made->heights : made.error().needed);
    }
    if (needed == tried) return needed;
    tried = needed;
  }
}

}  // namespace

// Not run by default: it records every circuit, and says what a change of parameters comes to.
TEST_CASE("secure plan: its heights are the least that hold all circuits", "[.counts]") {
  recursion_plan plan = secure_plan(key_of_no_program());
  const circuit_heights big = heights_of_leaves(plan);
  plan.params.big.heights = big;
  const circuit_heights small = heights_of_nodes(plan.params);
  const recursion_params params = secure_plan(key_of_no_program()).params;
  std::cout << "big " << unsigned{big.alu} << ", " << unsigned{big.sponge} << "; small "
            << unsigned{small.alu} << ", " << unsigned{small.sponge} << "\n";
  CHECK(big == params.big.heights);
  CHECK(small == params.small.heights);
}
