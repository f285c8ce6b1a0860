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
  if (!made) {
    std::cout << name << ": " << describe(made.error()) << "\n";
    return;
  }
  std::cout << name << ": " << made->alu.size() << " rows of alu, " << made->sponge.size()
            << " of sponge, input of " << made->input_elements << " elements\n";
}

void print_all(recursion_params params, const std::vector<u8>& segment,
               const std::vector<u8>& memory) {
  const run_key key = key_of_shape(segment, memory);
  const circuit_heights big = params.big, small = params.small, any{22, 22};
  params.big = any;
  print("segment", record_segment_leaf(params, key, segment));
  print("memory", record_memory_leaf(params, key, memory));
  params.big = big;
  params.small = any;
  print("wrap", record_wrap(params));
  params.small = small;
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
  print_all({p, p, {16, 14}, {16, 14}, 3},
            {6, 16, 5, 5, 5, 7, 7, 7, 7, 7, 7, 7, 16, 5, 5, 5, 5, 5, 5, 5, 5, 5}, {16, 14, 16, 5});
}
