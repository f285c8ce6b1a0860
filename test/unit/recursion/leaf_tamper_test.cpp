#include "test/unit/recursion/proof_parts.hpp"

using namespace ashlar;
using namespace ashlar::test;
using Catch::Matchers::StartsWith;

namespace {

// Where a leaf of a segment reads what.
constexpr std::size_t alpha_at = 0, count_at = 6, output_at = 7, state_at = 15, index_at = 19,
                      start_at = 20, end_at = 21, cycles_at = 22, segment_proof_at = 23;

struct leaf_case {
  const recursion_fixture& f = recursion_fixture::shared();
  u32 part;
  node_input input = f.leaf_input(f.run(0), part);
  const circuit& made = f.made(f.leaf(f.run(0), part));

  std::string with(std::size_t at, gl value) const {
    auto wrong = input.elements;
    wrong[at] = value;
    return f.refusal(made, wrong, input.publics(f.root()));
  }
};

}  // namespace

TEST_CASE("recursion: a leaf states its claim and no other", "[recursion][tamper]") {
  for (const u32 part : {0u, 1u}) {
    const leaf_case c{.part = part};
    CHECK(c.f.refusal(c.made, c.input.elements, c.input.publics(c.f.root())) == "");
    for (std::size_t i = 0; i < node_claim::size; ++i)
      CHECK_THAT(c.f.refusal(c.made, c.input.elements,
                             publics_of(digest_with_wrong(c.input.claim, i), c.f.root())),
                 StartsWith("what is claimed"));
    // It knows of no set: the statement holds in each.
    CHECK(c.f.refusal(c.made, c.input.elements, c.input.publics(c.f.lying_set().root())) == "");
  }
}

TEST_CASE("recursion: no element of a leaf's input can be another", "[recursion][tamper]") {
  for (const u32 part : {0u, 1u}) {
    const leaf_case c{.part = part};
    for (std::size_t i = 0; i < c.input.elements.size(); i += i < 60 ? 1 : 197) {
      INFO("part " << part << ", element " << i << " of " << c.input.elements.size());
      CHECK(c.with(i, c.input.elements[i] + gl::one()) != "");
    }
    auto longer = c.input.elements;
    longer.push_back(gl());
    CHECK(c.f.refusal(c.made, longer, c.input.publics(c.f.root())) != "");
  }
}

TEST_CASE("recursion: a segment's claim is held to its limits", "[recursion][tamper]") {
  // Each fails where limits are asked, before any of the proof is read.
  const leaf_case c{.part = 1};
  const std::string limits = "the segment's claim";
  CHECK_THAT(c.with(index_at, gl()), StartsWith(limits));
  CHECK_THAT(c.with(start_at, gl(halted_pc_value)), StartsWith(limits));
  CHECK_THAT(c.with(cycles_at, gl()), StartsWith(limits));
  CHECK_THAT(c.with(cycles_at, gl(segment_cycles_max + 1)), StartsWith(limits));
  CHECK_THAT(c.with(cycles_at, -gl::one()), StartsWith(limits));
  CHECK_THAT(c.with(end_at, gl(u64{1} << 32)), StartsWith(limits));
  CHECK_THAT(c.with(end_at, gl(halted_pc_value + 1)), StartsWith(limits));
  // Within them it is the proof that says no.
  for (const auto& [at, value] : {std::pair{cycles_at, gl(segment_cycles_max)},
                                  {cycles_at, gl(1u)},
                                  {end_at, gl(halted_pc_value)},
                                  {end_at, gl(0xffffffffu)},
                                  {index_at, gl(2u)}}) {
    CHECK(c.with(at, value) != "");
    CHECK_THAT(c.with(at, value), !StartsWith(limits));
  }
}

TEST_CASE("recursion: the output's words have four bytes", "[recursion][tamper]") {
  const leaf_case c{.part = 0};
  for (unsigned i = 0; i < 8; ++i)
    CHECK_THAT(c.with(output_at + i, c.input.elements[output_at + i] + gl(u64{1} << 32)),
               StartsWith("a run's memory"));
}

TEST_CASE("recursion: a part is verified with its own run's challenge", "[recursion][tamper]") {
  // Segment 1 of one run with the facts, or the state, of another.
  const leaf_case c{.part = 1};
  const node_input other = c.f.leaf_input(c.f.run(1), 1);
  auto mixed = c.input.elements;
  std::copy_n(other.elements.begin(), segment_proof_at, mixed.begin());
  CHECK(c.f.refusal(c.made, mixed, other.publics(c.f.root())) != "");
  mixed = c.input.elements;
  std::copy_n(other.elements.begin(), state_at, mixed.begin() + alpha_at);
  node_claim claim = c.input.claim;
  claim.run = other.claim.run;
  CHECK(c.f.refusal(c.made, mixed, publics_of(claim.digest(), c.f.root())) != "");
  // What a leaf does not know of is the state in front: it is the joins that hold it.
  mixed = c.input.elements;
  mixed[state_at] += gl::one();
  CHECK_THAT(c.f.refusal(c.made, mixed, c.input.publics(c.f.root())),
             StartsWith("what is claimed"));
  mixed = c.input.elements;
  mixed[count_at] += gl::one();
  CHECK_THAT(c.f.refusal(c.made, mixed, c.input.publics(c.f.root())),
             StartsWith("what is claimed"));
}
