#include <iostream>

#include "test/unit/recursion/recursion_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

proved_claim whole_run(const recursion_fixture& f, const base_run& r) {
  proved_claim out = f.joined(f.leaf_proof(r, 0), f.leaf_proof(r, 1));
  for (u32 i = 2; i <= r.run.segments; ++i) out = f.joined(out, f.wrapped(r, i));
  return out;
}

}  // namespace

TEST_CASE("recursion: from two batches' runs to one proof", "[recursion]") {
  const recursion_fixture& f = recursion_fixture::shared();
  // when
  std::vector<proved_claim> batches;
  hash256 list{};
  for (unsigned i = 0; i < 2; ++i) {
    const proved_claim whole = whole_run(f, f.run(i));
    batches.push_back(f.completed(whole, f.run(i), list));
    list = list_with(list, f.run(i).run.output);
  }
  const proved_claim both = f.joined(batches[0], batches[1]);
  // then
  CHECK(both.claim.kind == claim_kind::list);
  CHECK(both.claim.to.state == list);
  const auto outer = record_outer(f.params());
  REQUIRE(outer.ok());
  const auto input = input_of_outer(f.params(), f.set(), both);
  REQUIRE(input.ok());
  CHECK(input->publics == publics_of(list, f.root()));
  CHECK(f.outer_proof_holds(*outer, *input));
}

TEST_CASE("recursion: an outline is the run's challenge", "[recursion]") {
  const recursion_fixture& f = recursion_fixture::shared();
  const base_run& r = f.run(0);
  std::vector<segment_commitment> commitments;
  for (const bytes_view segment : r.parts.segments)
    commitments.push_back(*read_commitment(f.key().execution, segment));
  const bus_challenge global =
      run_challenge(insecure_paths, f.key(), r.run.output,
                    *read_commitment(f.key().memory, r.parts.memory), r.parts.claims, commitments);
  CHECK(global.alpha == r.outline.facts.global.alpha);
  CHECK(global.beta == r.outline.facts.global.beta);
  CHECK(r.outline.cuts.size() == r.run.segments + 2);
  CHECK(r.outline.cuts.back() == run_end(r.outline.cuts.back().state, r.run.segments));
}
