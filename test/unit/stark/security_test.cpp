#include <catch2/catch.hpp>

#include "runtime/stark/verifier/counts.hpp"
#include "test/unit/stark/toy_machine.hpp"

using namespace ashlar;
using namespace ashlar::stark;

namespace {

double component(const std::vector<security_component>& list, std::string_view name) {
  for (const auto& c : list)
    if (c.name == name) return c.bits;
  FAIL("no component " << name);
  return 0;
}

// As tall as the parameters allow with so many pairs.
machine_counts largest(const proof_params& p, u32 batch) {
  const unsigned height = tallest_log2(p, batch);
  machine_counts c{"largest", height, batch / 2, batch, 4096, 1024, {}};
  c.lookups.push_back({"memory", (u64{1} << height) * 1024, 16, 256});
  return c;
}
machine_counts largest(const proof_params& p) {
  return largest(p, p.batch_max);
}

}  // namespace

TEST_CASE("each parameter set reaches the bits of its name with the largest machine it allows") {
  for (u32 halved = 0; halved < 12; ++halved) {
    CHECK(security_bits(proven128, largest(proven128, proven128.batch_max >> halved)) >= 128);
    CHECK(security_bits(proven100, largest(proven100, proven100.batch_max >> halved)) >= 100);
  }
  for (const proof_params& p : {segment128, join128})
    for (u32 halved = 0; halved < 12; ++halved)
      CHECK(security_bits(p, largest(p, p.batch_max >> halved)) >= 128);
  for (const proof_params& p : {leaf128, circuit128, outer128})
    for (u32 halved = 0; halved < 10; ++halved) {
      machine_counts c = largest(p, p.batch_max >> halved);
      CHECK(security_bits(p, c) < 128);  // their queries are for one part
      c.segments = 1;
      CHECK(security_bits(p, c) >= 128);
    }
  for (const proof_params& p : {insecure_test, insecure_poseidon2, insecure_keccak}) {
    CHECK(security_bits(p, largest(p)) < 20);
    CHECK_FALSE(p.secure);
  }
  for (const proof_params& p :
       {proven128, proven100, segment128, join128, leaf128, circuit128, outer128})
    CHECK(p.secure);
}

TEST_CASE("half the pairs allow twice the rows, up to the limit of all machines") {
  const proof_params& p = proven128;
  CHECK(tallest_log2(p, p.batch_max) == p.height_log2_max);
  CHECK(tallest_log2(p, p.batch_max / 2 + 1) == p.height_log2_max);
  CHECK(tallest_log2(p, p.batch_max / 2) == p.height_log2_max + 1);
  CHECK(tallest_log2(p, 1) == p.narrow_log2_max);
}

TEST_CASE("the components agree with soundcalc's figures") {
  // soundcalc at 809896f for the same TOML, Johnson-bound regime.
  machine_counts c{"segment", 20, 500, 1000, 1000, 1, {}};
  c.lookups.push_back({"memory", 1u << 20, 4, 30});
  const auto list = security_of(proven128, c);
  CHECK(std::floor(component(list, "query phase")) == 146);
  CHECK(std::floor(component(list, "batching")) == 131);
  CHECK(std::floor(component(list, "memory")) == 165);
}

TEST_CASE("counts come from the AIRs") {
  const toy::machine m;
  std::vector<const air_shape*> shapes;
  for (const auto& a : m.airs) shapes.push_back(&a.verifier.shape);
  const machine_counts c = count_machine("toy", shapes, 10, 8);
  // fixed 1, main 3 + 1 + 4 + 3 + 4; auxiliary columns: 1 range, 2 writer, 1 reader, 1 + 2 relay.
  CHECK(c.columns == 1 + 15 + 3 * 7 + 5 * quotient_columns);
  CHECK(c.batch == 2 * (1 + 15 + 3 * 7) + 5 * quotient_columns);
  REQUIRE(c.lookups.size() == 3);
  CHECK(c.lookups[0].interactions == 4);
  CHECK(c.lookups[2].interactions == 4);
  CHECK(c.lookups[2].rows == 8 * 1024);
}

TEST_CASE("soundcalc's file names every count") {
  machine_counts c{"segment", 20, 500, 1000, 700, 1, {}};
  c.lookups.push_back({"bus 1", 1u << 20, 4, 30});
  const machine_counts list[] = {c};
  const std::string toml = soundcalc_toml(proven128, list);
  for (const char* line : {"field = \"Goldilocks^3\"", "rho = 0.5\n", "trace_length = 1048576",
                           "batch_size = 1000", "num_constraints = 700", "num_queries = 261",
                           "grinding_query_phase = 20", "fri_folding_factors = [8, 8, 8, 8, 8]",
                           "fri_early_stop_degree = 64", "num_lookups_M = 30", "num_columns_S = 4"})
    CHECK_THAT(toml, Catch::Matchers::Contains(line));
}
