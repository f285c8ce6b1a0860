#include "test/unit/recursion/proof_parts.hpp"

using namespace ashlar;
using namespace ashlar::test;
using Catch::Matchers::StartsWith;

namespace {

// What a join is run with, whether it fits together or not.
struct join_input {
  node_claim left, right;
  std::vector<gl> left_proof, right_proof;
  gl kind{};
  hash256 run = left.run;
  cut between = left.to;

  std::vector<gl> elements() const {
    return in_order(kind, run, left.from, between, right.to, left.sum, right.sum, left_proof,
                    right_proof);
  }
  node_claim claim() const {
    node_claim out{left.kind, run, left.from, right.to, left.sum + right.sum};
    out.kind = kind.is_zero() ? claim_kind::span : claim_kind::list;
    return out;
  }
};

// Proofs of all parts of both runs, wrapped.
struct wrapped_runs {
  const recursion_fixture& f = recursion_fixture::shared();
  std::vector<proved_claim> parts[2];
  std::vector<gl> proof(const proved_claim& of) const {
    return proof_part(f.params(), f.set(), of);
  }

  wrapped_runs() {
    for (unsigned i = 0; i < 2; ++i)
      for (u32 part = 0; part <= f.run(i).run.segments; ++part)
        parts[i].push_back(f.wrapped(f.run(i), part));
  }
  static const wrapped_runs& shared() {
    static const wrapped_runs made;
    return made;
  }
  // Whether any of the ways to put the two together is accepted.
  bool joins(const proved_claim& left, const proved_claim& right) const {
    const join_input as_left{left.claim, right.claim, proof(left), proof(right),
                             gl(u32{static_cast<u8>(left.claim.kind)})};
    bool accepted = false;
    for (const hash256& run : {left.claim.run, right.claim.run})
      for (const cut& between : {left.claim.to, right.claim.from}) {
        join_input tried = as_left;
        tried.run = run;
        tried.between = between;
        accepted |= f.refusal(f.made(f.join()), tried.elements(),
                              publics_of(tried.claim().digest(), f.root())) == "";
      }
    return accepted;
  }
};

// A claim of a whole run, which complete accepts when it is given with these facts.
struct whole_claim {
  const recursion_fixture& f = recursion_fixture::shared();
  run_facts facts = f.run(0).outline.facts;
  node_claim claim{claim_kind::span, facts.digest(), run_start, f.run(0).outline.cuts.back(), {}};
  hash256 list = list_with({}, f.run(1).run.output);

  void take_facts() {
    claim.run = facts.digest();
    claim.to.index = gl(facts.count) + gl::one();
  }
  // Whether complete accepts a forged proof of `of`.
  std::string completed(const node_claim& of) const {
    const auto proof = proof_part(f.params(), f.lying_set(), f.lie(of));
    return f.refusal(f.made(f.complete()), in_order(facts.elements(), claim.to.state, list, proof),
                     publics_of(claim_of_batch(list, facts.output).digest(), f.lying_set().root()));
  }
  std::string completed() const { return completed(claim); }
};

// Any span and what goes on from it, which a join accepts.
node_claim any_span(u32 salt) {
  const auto digest = [&](u32 n) {
    const gl of[2] = {gl(salt), gl(n)};
    return hash_elements(hash_kind::poseidon2, of);
  };
  return {claim_kind::span,
          digest(0),
          {digest(1), gl(2u), gl(3u)},
          {digest(4), gl(5u), gl(6u)},
          {gl(7u), gl(8u), gl(salt)}};
}

}  // namespace

TEST_CASE("recursion: parts join in their order and each once", "[recursion][tamper]") {
  const wrapped_runs& w = wrapped_runs::shared();
  const auto &a = w.parts[0], &b = w.parts[1];
  REQUIRE(a.size() >= 3);
  CHECK(w.joins(a[0], a[1]));
  CHECK(w.joins(a[1], a[2]));
  // Swapped, one left out, one twice.
  CHECK_FALSE(w.joins(a[1], a[0]));
  CHECK_FALSE(w.joins(a[2], a[1]));
  CHECK_FALSE(w.joins(a[0], a[2]));
  CHECK_FALSE(w.joins(a[0], a[0]));
  CHECK_FALSE(w.joins(a[1], a[1]));
  // Of two runs of one program.
  CHECK_FALSE(w.joins(a[0], b[1]));
  CHECK_FALSE(w.joins(a[1], b[2]));
  // Neither would an honest prover's input be made.
  CHECK(input_of_join(w.f.params(), w.f.set(), a[1], a[0]).error().what == node_error::apart);
}

TEST_CASE("recursion: a join states what its proofs state", "[recursion][tamper]") {
  // given: forged proofs of any two claims, so that nothing but the join says no
  const recursion_fixture& f = recursion_fixture::shared();
  const node_claim left = any_span(1);
  node_claim right = any_span(2);
  right.run = left.run;
  right.from = left.to;
  const auto part = [&](const node_claim& c) {
    return proof_part(f.params(), f.lying_set(), f.lie(c));
  };
  const join_input honest{left, right, part(left), part(right)};
  const auto refusal = [&](const join_input& in, const hash256& claim) {
    return f.refusal(f.made(f.join()), in.elements(), publics_of(claim, f.lying_set().root()));
  };
  REQUIRE(honest.claim() == *stark::joined(left, right));
  REQUIRE(refusal(honest, honest.claim().digest()) == "");
  // then: no other claim, nor from other proofs
  for (std::size_t i = 0; i < node_claim::size; ++i)
    CHECK(refusal(honest, digest_with_wrong(honest.claim(), i)) != "");
  join_input swapped = honest;
  std::swap(swapped.left_proof, swapped.right_proof);
  CHECK(refusal(swapped, honest.claim().digest()) != "");
  // A list is no span.
  join_input as_list = honest;
  as_list.kind = gl::one();
  CHECK(refusal(as_list, as_list.claim().digest()) != "");
  for (const bool change_left : {false, true}) {
    join_input mixed = honest;
    node_claim list = change_left ? left : right;
    list.kind = claim_kind::list;
    (change_left ? mixed.left_proof : mixed.right_proof) = part(list);
    for (const gl kind : {gl(), gl::one()}) {
      mixed.kind = kind;
      CHECK(refusal(mixed, mixed.claim().digest()) != "");
    }
  }
}

TEST_CASE("recursion: a run is complete with all its parts, or not at all", "[recursion][tamper]") {
  whole_claim honest;
  REQUIRE(honest.completed() == "");
  // Every element of the claim of the proof: of memory's start, the halt, the count, the sum.
  const auto elements = honest.claim.elements();
  for (unsigned i = 1; i < 11; ++i) {
    node_claim wrong = honest.claim;
    if (i == 1) wrong.kind = claim_kind::list;
    if (i == 2) wrong.run[0] ^= 1;
    if (i == 3) wrong.from.state[0] ^= 1;
    if (i == 4) wrong.from.pc = gl::one();
    if (i == 5) wrong.from.index = gl::one();
    if (i == 6) wrong.to.state[0] ^= 1;
    if (i == 7) wrong.to.pc = gl(4u);  // halted early
    if (i == 8) wrong.to.index += gl::one();
    if (i == 9) wrong.to.index -= gl::one();
    if (i == 10) wrong.sum.c[2] = gl::one();
    INFO(i);
    REQUIRE(wrong.elements() != elements);
    CHECK(honest.completed(wrong) != "");
  }
}

TEST_CASE("recursion: a run's challenge is the one that was drawn", "[recursion][tamper]") {
  for (const bool of_alpha : {true, false}) {
    whole_claim w;
    (of_alpha ? w.facts.global.alpha : w.facts.global.beta).c[1] += gl::one();
    w.take_facts();
    CHECK_THAT(w.completed(), StartsWith("a whole run"));
  }
  whole_claim w;
  std::swap(w.facts.global.alpha, w.facts.global.beta);
  w.take_facts();
  CHECK_THAT(w.completed(), StartsWith("a whole run"));
}

TEST_CASE("recursion: a run has a segment, and no more than the limit", "[recursion][tamper]") {
  for (const auto& [count, is_within] : {std::pair{0u, false},
                                         {1u, true},
                                         {static_cast<u32>(segments_max), true},
                                         {static_cast<u32>(segments_max) + 1, false}}) {
    whole_claim w;
    w.facts.count = count;
    w.take_facts();
    CHECK((w.completed() == "") == is_within);
  }
}

TEST_CASE("recursion: complete states its batch behind a list", "[recursion][tamper]") {
  const whole_claim w;
  const recursion_fixture& f = w.f;
  const auto input = in_order(w.facts.elements(), w.claim.to.state, w.list,
                              proof_part(f.params(), f.lying_set(), f.lie(w.claim)));
  const node_claim states = claim_of_batch(w.list, w.facts.output);
  const hash256& root = f.lying_set().root();
  REQUIRE(f.refusal(f.made(f.complete()), input, publics_of(states.digest(), root)) == "");
  for (std::size_t i = 0; i < node_claim::size; ++i)
    CHECK(f.refusal(f.made(f.complete()), input, publics_of(digest_with_wrong(states, i), root)) !=
          "");
}

TEST_CASE("recursion: the outer circuit takes a list from the empty one on",
          "[recursion][tamper]") {
  const recursion_fixture& f = recursion_fixture::shared();
  const auto outer = record_outer(f.params());
  REQUIRE(outer.ok());
  const auto refusal = [&](const node_claim& claim, const hash256& list) {
    const auto proof = proof_part(f.params(), f.lying_set(), f.lie(claim));
    return f.refusal(*outer, in_order(list, proof), publics_of(list, f.lying_set().root()));
  };
  const node_claim honest = claim_of_batch({}, f.run(0).run.output);
  CHECK(refusal(honest, honest.to.state) == "");
  CHECK(refusal(honest, list_with({}, f.run(1).run.output)) != "");
  // Going on from another list.
  const node_claim later = claim_of_batch(honest.to.state, f.run(1).run.output);
  CHECK(refusal(later, later.to.state) != "");
  CHECK(input_of_outer(f.params(), f.lying_set(), {0, later, {}}).error().what ==
        node_error::not_a_list);
  for (std::size_t i = 0; i < 8; ++i) {
    node_claim wrong = honest;
    if (i == 0) wrong.kind = claim_kind::span;
    if (i == 1) wrong.run[8] = 1;
    if (i == 2) wrong.from.pc = gl::one();
    if (i == 3) wrong.from.index = gl::one();
    if (i == 4) wrong.to.pc = gl::one();
    if (i == 5) wrong.to.index = gl::one();
    if (i == 6) wrong.sum.c[0] = gl::one();
    if (i == 7) wrong.from.state[0] = 1;
    INFO(i);
    CHECK(refusal(wrong, honest.to.state) != "");
  }
}

TEST_CASE("recursion: lists join in their order", "[recursion][tamper]") {
  const recursion_fixture& f = recursion_fixture::shared();
  const hash256 one = list_with({}, f.run(0).run.output);
  const node_claim first = claim_of_batch({}, f.run(0).run.output),
                   second = claim_of_batch(one, f.run(1).run.output);
  const auto part = [&](const node_claim& c) {
    return proof_part(f.params(), f.lying_set(), f.lie(c));
  };
  const auto refusal = [&](const node_claim& left, const node_claim& right, const cut& between) {
    join_input in{left, right, part(left), part(right), gl::one()};
    in.between = between;
    return f.refusal(f.made(f.join()), in.elements(),
                     publics_of(in.claim().digest(), f.lying_set().root()));
  };
  CHECK(refusal(first, second, first.to) == "");
  CHECK(refusal(second, first, second.to) != "");
  CHECK(refusal(second, first, first.from) != "");
  CHECK(refusal(first, first, first.to) != "");
}

TEST_CASE("recursion: a proof counts with its own key, and a key of the set",
          "[recursion][tamper]") {
  const wrapped_runs& w = wrapped_runs::shared();
  const recursion_fixture& f = w.f;
  const node_input honest = *input_of_join(f.params(), f.set(), w.parts[0][0], w.parts[0][1]);
  const auto refusal = [&](const std::vector<gl>& input, const hash256& root) {
    return f.refusal(f.made(f.join()), input, honest.publics(root));
  };
  const std::size_t at = 1 + 4 + 3 * 6 + 2 * 3, n = key_elements(f.params());
  REQUIRE(refusal(honest.elements, f.root()) == "");
  // Another set's root.
  CHECK_THAT(refusal(honest.elements, f.lying_set().root()), StartsWith("a key of the set"));
  // The key of another member: one as small, and one that is big.
  const auto with_key = [&](const proved_claim& of, const circuit_set& set) {
    const auto other = proof_part(f.params(), set, of);
    auto input = honest.elements;
    std::copy_n(other.begin(), n, input.begin() + at);
    return refusal(input, f.root());
  };
  const proved_claim leaf = f.leaf_proof(f.run(0), 0);
  CHECK_THAT(with_key(f.prove(f.join(), honest), f.set()), !StartsWith("a key of the set"));
  CHECK(with_key(f.prove(f.join(), honest), f.set()) != "");
  CHECK_THAT(with_key(leaf, f.set()), StartsWith("a key of the set"));
  // A key that is not in the set.
  CHECK_THAT(with_key(f.lie(w.parts[0][0].claim), f.lying_set()), StartsWith("a key of the set"));
  // A big circuit's proof, whole.
  auto input = honest.elements;
  const auto big = proof_part(f.params(), f.set(), leaf);
  input.erase(input.begin() + at, input.begin() + at + (input.size() - at) / 2);
  input.insert(input.begin() + at, big.begin(), big.end());
  CHECK_THAT(refusal(input, f.root()), StartsWith("a key of the set"));
}

TEST_CASE("recursion: no element of a node's input can be another", "[recursion][tamper]") {
  const wrapped_runs& w = wrapped_runs::shared();
  const recursion_fixture& f = w.f;
  const proved_claim leaf = f.leaf_proof(f.run(0), 1);
  const node_input wrapped = *input_of_wrap(f.params(), f.set(), leaf),
                   joined = *input_of_join(f.params(), f.set(), w.parts[0][0], w.parts[0][1]);
  for (const auto& [member, input] : {std::pair{f.wrap(), &wrapped}, {f.join(), &joined}}) {
    REQUIRE(input->elements.size() == f.made(member).input_elements);
    for (std::size_t i = 0; i < input->elements.size(); i += i < 80 ? 1 : 23) {
      auto wrong = input->elements;
      wrong[i] += gl::one();
      INFO("member " << member << ", element " << i);
      CHECK(f.refusal(f.made(member), wrong, input->publics(f.root())) != "");
    }
  }
  // A wrap says what the leaf says.
  for (std::size_t i = 0; i < node_claim::size; ++i) {
    const hash256 other = digest_with_wrong(leaf.claim, i);
    auto input = wrapped.elements;
    CHECK(f.refusal(f.made(f.wrap()), input, publics_of(other, f.root())) != "");
    const auto elements = elements_of(other);
    std::copy(elements.begin(), elements.end(), input.begin());
    CHECK(f.refusal(f.made(f.wrap()), input, publics_of(other, f.root())) != "");
  }
}
