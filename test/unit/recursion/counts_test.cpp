#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/stark/recursion/circuit_set.hpp"
#include "runtime/stark/recursion/leaf.hpp"
#include "runtime/stark/recursion/node.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

// Keys with the chips of the machines, but of no program: rows do not depend on it.
run_key key_of_shape(const std::vector<u8>& segment, const std::vector<u8>& memory) {
  const auto of = [](const std::vector<verifier_air>& airs, const std::vector<u8>& heights) {
    verifying_key key;
    for (const verifier_air& air : airs) key.airs.push_back(&air);
    key.fixed_height_log2 = heights;
    return key;
  };
  return {of(execution_airs(), segment), of(memory_airs(), memory), 0, 1u << 24};
}

void print(const std::string& name, const result<circuit, record_failure>& made) {
  if (!made) FAIL(name << ": " << describe(made.error()));
  std::cout << name << ": " << made->alu.size() << " rows of alu, " << made->sponge.size()
            << " of sponge, input of " << made->input_elements << " elements\n";
}

void print_all(recursion_params params, const std::vector<u8>& segment,
               const std::vector<u8>& memory) {
  const run_key key = key_of_shape(segment, memory);
  const circuit_heights big = params.big.heights, small = params.small.heights, any{22, 22};
  params.big.heights = any;
  print("segment", record_segment_leaf(params, key, segment));
  print("memory", record_memory_leaf(params, key, memory));
  params.big.heights = big;
  params.small.heights = any;
  print("wrap", record_wrap(params));
  print("join of leaves", record_leaf_join(params));
  params.small.heights = small;
  print("join", record_join(params));
  print("complete", record_complete(params));
  print("outer", record_outer(params));
}

}  // namespace

TEST_CASE("recursion: counts at the tests' parameters", "[.counts]") {
  proof_params p = insecure_poseidon2;
  p.cap_log2 = 0;
  p.queries = 3;
  p.fold_log2 = 3;
  p.height_log2_max = p.narrow_log2_max = 20;
  print_all({p, {p, {16, 14}}, {p, {16, 14}}, 3},
            {6, 16, 5, 5, 5, 7, 7, 7, 7, 7, 7, 7, 16, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5},
            {16, 14, 16, 5});
}

// Not run by default: it prints what the README of runtime/stark/recursion says. Segments as tall
// as a shape for all instructions and calls has them.
TEST_CASE("recursion: counts at secure parameters", "[.counts]") {
  const std::vector<u8> segment = {18, 16, 5,  18, 5,  19, 18, 17, 18, 16, 19, 17,
                                   17, 17, 18, 16, 15, 19, 12, 16, 15, 16, 17};
  const std::vector<u8> memory = {16, 18, 21, 5};
  proof_params inner = segment128, circuit = segment128;
  inner.cap_log2 = circuit.cap_log2 = 0;
  circuit.height_log2_max = 20;
  for (const auto& [blowup, queries] : {std::pair{1u, 261u}, {2u, 160u}})
    for (const auto& [circuit_blowup, circuit_queries] : {std::pair{3u, 74u}, {4u, 55u}}) {
      inner.blowup_log2 = blowup;
      inner.queries = queries;
      circuit.blowup_log2 = circuit_blowup;
      circuit.queries = circuit_queries;
      std::cout << "parts at 1/" << (1u << blowup) << ", " << queries << " queries; circuits at 1/"
                << (1u << circuit_blowup) << ", " << circuit_queries << ":\n";
      print_all({inner, {circuit, {18, 17}}, {circuit, {16, 15}}, 4}, segment, memory);
    }
}
