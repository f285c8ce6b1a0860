#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/stark/circuit/machine.hpp"
#include "runtime/stark/circuit/recorded_values.hpp"
#include "runtime/stark/run/shapes.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

struct counts {
  std::size_t alu, sponge;
};

// The circuit of one proof's verification, made and not run: of any key with these chips. `shape`
// gives the heights for the key, whose tables with fixed columns have those of `fixed`.
template <class Chips, class Shape>
counts count(const proof_params& params, std::vector<u8> fixed, Shape&& shape) {
  std::vector<verifier_air> airs;
  Chips::each([&]<class Chip>() { airs.push_back(verifier_air_of<Chip>()); });
  verifying_key key;
  for (const verifier_air& air : airs) key.airs.push_back(&air);
  key.fixed_height_log2 = std::move(fixed);
  const std::vector<u8> heights = shape(key);
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

struct rate {
  unsigned blowup_log2, queries;
};
proof_params params_of(rate c) {
  proof_params p = segment128;
  p.cap_log2 = 0;
  p.blowup_log2 = c.blowup_log2;
  p.queries = c.queries;
  return p;
}
void print(rate c, std::string_view name, const counts& made) {
  std::cout << "rate 1/" << (1u << c.blowup_log2) << ", " << c.queries << " queries, " << name
            << ": " << made.alu << " alu, " << made.sponge << " sponge\n";
}

// The heights of the base program's tables with fixed columns; zero for others.
std::vector<u8> fixed_heights() {
  std::vector<u8> out(execution_chips::size);
  out[execution_chips::place<program_chip>()] = 18;
  out[execution_chips::place<range_chip>()] = 16;
  out[execution_chips::place<ends_chip>()] = out[execution_chips::place<commit_chip>()] = 5;
  return out;
}

}  // namespace

// Not run by default: they print what the READMEs of runtime/stark and runtime/stark/circuit say.
TEST_CASE("circuit: counts of the verification of each shape", "[.counts]") {
  for (const rate c : {rate{1, 261}, {2, 160}}) {
    const proof_params p = params_of(c);
    for (const segment_shape& shape : segment_shapes)
      print(c, shape.name, count<execution_chips>(p, fixed_heights(), [&](const auto& key) {
              return heights_of(shape, key);
            }));
    for (const u8 ram : memory_shapes)
      print(c, "memory of 2^" + std::to_string(ram),
            count<memory_chips>(p, {16, 13, 0, 5},
                                [&](const auto& key) { return memory_heights_of(ram, key); }));
  }
}

TEST_CASE("circuit: counts of the verification of a circuit's proof", "[.counts]") {
  for (const rate c : {rate{1, 223}, {2, 112}, {3, 74}})
    for (const u8 alu : {15, 16, 17, 18, 19}) {
      const u8 sponge = static_cast<u8>(alu - 1);
      print(c, "alu 2^" + std::to_string(alu) + ", sponge half of it",
            count<circuit_chips>(params_of(c), {alu, sponge},
                                 [](const auto& key) { return key.fixed_height_log2; }));
    }
}
