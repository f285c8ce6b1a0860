#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/stark/circuit/recorded_values.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

struct counts {
  std::size_t alu, sponge;
};

// The circuit of one proof's verification, made and not run: of any key with these chips.
template <class Chips>
counts count(const proof_params& params, const std::vector<u8>& heights) {
  std::vector<verifier_air> airs;
  Chips::each([&]<class Chip>() { airs.push_back(verifier_air_of<Chip>()); });
  verifying_key key;
  for (const verifier_air& air : airs) key.airs.push_back(&air);
  key.fixed_height_log2 = heights;
  circuit_builder b;
  recorded_values values(b, key, wire_evaluators<Chips>());
  std::vector<std::vector<wire>> publics;
  for (const verifier_air& air : airs) publics.emplace_back(air.shape.public_count, wire(gl(5u)));
  const quad global_root = values.read_digest();
  recorded_transcript t(b, transcript_of_key(params, key));
  absorb_statement(t, b, heights, global_root, publics);
  const wire alpha = t.challenge(), beta = t.challenge();
  segment_check<recorded_values> check(
      params, key, {publics, {alpha, beta}, heights, b.constant_quad({}), global_root}, t, values);
  REQUIRE(check.run().ok());
  b.assert_zero(check.global_sum());
  const circuit made = b.finish(circuit_builder::output::none);
  return {made.alu.size(), made.sponge.size()};
}

// What a verifier's run uses of the machine of executions, but for the chips of Poseidon2.
using verifier_chips =
    chip_list<program_chip, range_chip, ends_chip, boundary_chip, commit_chip, add_chip,
              bitwise_chip, shift_chip, compare_chip, mul_div_chip, word_chip, sub_word_chip,
              system_chip, read_chip, copy_chip, ext3_chip>;

}  // namespace

// Not run by default: it prints what the README of runtime/stark/circuit says.
TEST_CASE("circuit: counts of real verifications", "[.counts]") {
  for (const auto& [blowup, queries] : {std::pair{2u, 110u}, {4u, 55u}, {5u, 44u}}) {
    proof_params p = join128;
    p.cap_log2 = 0;
    p.blowup_log2 = blowup;
    p.queries = queries;
    const counts run =
        count<verifier_chips>(p, {14, 16, 5, 16, 5, 18, 13, 13, 16, 13, 18, 13, 16, 13, 13, 16});
    const counts memory = count<memory_chips>(p, {16, 14, 16, 5});
    std::cout << "rate 1/" << (1u << blowup) << ", " << queries << " queries: run " << run.alu
              << " alu, " << run.sponge << " sponge; memory " << memory.alu << ", " << memory.sponge
              << "; together " << run.alu + memory.alu << ", " << run.sponge + memory.sponge
              << "\n";
  }
}
