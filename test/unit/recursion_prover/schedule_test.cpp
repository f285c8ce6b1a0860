#include "runtime/stark/recursion_prover/schedule.hpp"

#include <bit>

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::stark;

namespace {

/// What the leaves (or given lists) below a step are, from left to right.
std::vector<u32> leaves_below(const std::vector<proof_step>& steps, u32 at) {
  const proof_step& s = steps[at];
  if (verified_by(s.kind) == 0) return {s.number};
  std::vector<u32> out;
  for (u32 i = 0; i < verified_by(s.kind); ++i) {
    const auto below = leaves_below(steps, s.of[i]);
    out.insert(out.end(), below.begin(), below.end());
  }
  return out;
}

void check_schedule(const std::vector<proof_step>& steps, u32 leaves, step_kind crown) {
  std::vector<u32> used(steps.size());
  u32 layer = 0;
  step_kind before = steps.front().kind;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const proof_step& s = steps[i];
    CHECK(s.layer >= layer);
    CHECK((s.kind == before || s.kind > before));
    layer = s.layer;
    before = s.kind;
    for (u32 k = 0; k < verified_by(s.kind); ++k) {
      REQUIRE(s.of[k] < i);
      ++used[s.of[k]];
      const proof_step& below = steps[s.of[k]];
      CHECK((below.kind == step_kind::given || below.layer < s.layer));
    }
  }
  CHECK(steps.back().kind == crown);
  CHECK(used.back() == 0);
  // Every proof is verified by one other.
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) CHECK(used[i] == 1);
  std::vector<u32> all(leaves);
  for (u32 i = 0; i < leaves; ++i) all[i] = i;
  CHECK(leaves_below(steps, static_cast<u32>(steps.size() - 1)) == all);
}

}  // namespace

TEST_CASE("schedule: a run's parts are joined in order, each once", "[schedule]") {
  for (u32 segments = 1; segments <= 40; ++segments) {
    const auto steps = schedule_of_run(segments);
    INFO(segments << " segments");
    check_schedule(steps, segments + 1, segments == 1 ? step_kind::leaf_join : step_kind::join);
    // A leaf for each part, one join less, and a wrap where they are odd; as low as pairs can be.
    const u32 parts = segments + 1;
    CHECK(steps.size() == parts + (parts - 1) + parts % 2);
    CHECK(layers_in(steps) == 1 + std::bit_width(segments));
  }
}

TEST_CASE("schedule: batches are joined in order, and one alone goes out as it is", "[schedule]") {
  for (u32 batches = 1; batches <= 40; ++batches) {
    const auto steps = schedule_of_list(batches);
    INFO(batches << " batches");
    check_schedule(steps, batches, step_kind::outer);
    CHECK(steps.size() == 3 * batches);
    CHECK(layers_in(steps) == static_cast<u32>(std::bit_width(batches - 1)) + 2);
  }
}
