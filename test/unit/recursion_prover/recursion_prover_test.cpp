#include <catch2/catch.hpp>

#include "test/support/recursion_runs.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

/// Counts the proofs that are made, and calls off when so many are.
struct counted {
  u32 made = 0, most = ~u32{0};
  std::vector<recursion_progress> told;
  recursion_calls calls() {
    return {[this](const recursion_progress& p) {
              ++made;
              told.push_back(p);
            },
            [this] { return made < most; }};
  }
};

u32 steps_of_run(const proved_run& r) {
  return static_cast<u32>(schedule_of_run(r.segments).size());
}

std::unique_ptr<recursion_prover> open(proof_shelf& shelf, const recursion_options& options = {}) {
  auto& f = recursion_runs::shared();
  auto made = recursion_prover::open(f.plan(), f.backend(), shelf, options);
  if (!made) FAIL(made.error());
  return std::move(*made);
}

void prove_runs(recursion_prover& prover) {
  const auto& f = recursion_runs::shared();
  for (unsigned i = 0; i < 2; ++i) {
    const auto done = prover.prove_run_claim(f.run(i).output, f.run(i).proof);
    if (!done) FAIL(done.error().text);
  }
}

}  // namespace

TEST_CASE("recursion prover: from runs of two batches to one proof for L1", "[recursion_prover]") {
  // given
  auto& f = recursion_runs::shared();
  shelf_in_memory shelf;
  const auto prover = open(shelf);
  const auto outputs = f.outputs();
  // when
  counted first, last;
  const auto claimed = prover->prove_run_claim(outputs[0], f.run(0).proof, first.calls());
  if (!claimed) FAIL(claimed.error().text);
  CHECK(first.made == steps_of_run(f.run(0)));
  CHECK(prover->has_run(outputs[0]));
  CHECK_FALSE(prover->has_run(outputs[1]));
  CHECK(prover->prove_outer(outputs).error().what == recursion_error::not_at_hand);
  prove_runs(*prover);
  const auto outer = prover->prove_outer(outputs, last.calls());
  if (!outer) FAIL(outer.error().text);
  // then: two completed, joined, and the outer one
  CHECK(last.made == 4);
  CHECK(outer->list == list_with(list_with(hash256{}, outputs[0]), outputs[1]));
  CHECK(outer->set_root == prover->set_root());
  const circuit_key key = prover->keys().outer;
  CHECK(verify_outer(f.plan().outer, key, *outer).ok());
  // Each layer is told of from its first proof to its last.
  for (const auto& told : {first.told, last.told}) {
    CHECK(told.back().layer + 1 == told.back().layers);
    for (const auto& p : told) CHECK((p.done >= 1 && p.done <= p.steps && p.layer < p.layers));
    CHECK(told.back().done == told.back().steps);
  }
  // Of what was on the way nothing is left: the keys, two runs, the proof for L1.
  CHECK(shelf.values.size() == 4);
  CHECK(prover->find_outer(outputs).has_value());

  // As a file it is the same.
  const bytes file = encode_outer(*outer);
  const auto read = decode_outer(file);
  REQUIRE(read.has_value());
  CHECK(verify_outer(f.plan().outer, key, *read).ok());
  CHECK(encode_outer(*read) == file);
  for (const std::size_t size : {0u, 8u, 75u})
    CHECK_FALSE(decode_outer(bytes_view(file).first(size)).has_value());
  CHECK_FALSE(decode_outer(f.run(0).proof).has_value());

  // It says nothing else.
  outer_proof other = *outer;
  other.list = list_of(std::vector{outputs[1], outputs[0]});
  CHECK_FALSE(verify_outer(f.plan().outer, key, other).ok());
  other = *outer;
  other.set_root[3] ^= 1;
  CHECK_FALSE(verify_outer(f.plan().outer, key, other).ok());
  other = *outer;
  std::fill(other.list.begin(), other.list.end(), u8{0xff});
  CHECK(verify_outer(f.plan().outer, key, other).error().what == verify_error::not_canonical);
}

TEST_CASE("recursion prover: with witnesses made ahead proofs are the same", "[recursion_prover]") {
  auto& f = recursion_runs::shared();
  std::vector<bytes> outer;
  for (const bool ahead : {false, true}) {
    shelf_in_memory shelf;
    recursion_options options;
    options.workers = 2;
    options.witness_ahead = ahead;
    const auto prover = open(shelf, options);
    // Called off while a witness is made, it goes on from where it was.
    counted some, rest;
    some.most = 1;
    CHECK(prover->prove_run_claim(f.run(0).output, f.run(0).proof, some.calls()).error().what ==
          recursion_error::called_off);
    CHECK(prover->prove_run_claim(f.run(0).output, f.run(0).proof, rest.calls()).ok());
    CHECK(some.made + rest.made == steps_of_run(f.run(0)));
    prove_runs(*prover);
    const auto made = prover->prove_outer(f.outputs());
    REQUIRE(made.ok());
    outer.push_back(made->proof);
  }
  CHECK(outer[0] == outer[1]);
}

TEST_CASE("recursion prover: one batch alone goes to L1 too", "[recursion_prover]") {
  auto& f = recursion_runs::shared();
  shelf_in_memory shelf;
  const auto prover = open(shelf);
  const std::vector<hash256> outputs{f.run(1).output};
  REQUIRE(prover->prove_run_claim(outputs[0], f.run(1).proof).ok());
  counted made;
  const auto outer = prover->prove_outer(outputs, made.calls());
  REQUIRE(outer.ok());
  CHECK(made.made == 2);
  CHECK(outer->list == list_of(outputs));
}

TEST_CASE("recursion prover: called off anywhere, it goes on where it was", "[recursion_prover]") {
  // given: a shelf that outlives the provers, each of which ends after a few proofs
  auto& f = recursion_runs::shared();
  shelf_in_memory shelf;
  const recursion_keys keys = open(shelf)->keys();
  const auto outputs = f.outputs();
  u32 made = 0, starts = 0;
  std::optional<outer_proof> outer;
  // when
  for (u32 most = 1; !outer; most = most % 3 + 1) {
    REQUIRE(++starts < 40);
    const auto prover = open(shelf, {~std::size_t{0}, keys});
    counted c;
    c.most = most;
    for (unsigned i = 0; i < 2 && c.made < most; ++i) {
      const auto done = prover->prove_run_claim(outputs[i], f.run(i).proof, c.calls());
      if (!done) CHECK(done.error().what == recursion_error::called_off);
    }
    if (prover->has_run(outputs[0]) && prover->has_run(outputs[1])) {
      auto done = prover->prove_outer(outputs, c.calls());
      if (done) outer = *done;
    }
    made += c.made;
  }
  // then: nothing was proved twice
  CHECK(starts > 3);
  CHECK(made == steps_of_run(f.run(0)) + steps_of_run(f.run(1)) + 4);
  CHECK(verify_outer(f.plan().outer, open(shelf)->keys().outer, *outer).ok());
}

TEST_CASE("recursion prover: what was changed on the shelf is found and made again",
          "[recursion_prover]") {
  auto& f = recursion_runs::shared();
  const auto outputs = f.outputs();
  shelf_in_memory shelf;
  {
    const auto prover = open(shelf);
    prove_runs(*prover);
    // Some steps of the list, and not the last.
    counted some;
    some.most = 3;
    CHECK(prover->prove_outer(outputs, some.calls()).error().what == recursion_error::called_off);
  }
  const auto whole = shelf.values;
  REQUIRE(whole.size() == 6);
  u32 seed = 1;
  for (const auto& [name, value] : whole) {
    shelf.values = whole;
    bytes& changed = shelf.values.at(name);
    seed = seed * 1664525 + 1013904223;
    if (seed >> 31 != 0)
      changed.resize(seed % changed.size());
    else
      changed[seed % changed.size()] ^= 1;
    const auto prover = open(shelf);
    prove_runs(*prover);
    const auto outer = prover->prove_outer(outputs);
    if (!outer) FAIL(outer.error().text);
    CHECK(verify_outer(f.plan().outer, prover->keys().outer, *outer).ok());
  }
}

TEST_CASE("recursion prover: kept keys of other circuits do not pass", "[recursion_prover]") {
  auto& f = recursion_runs::shared();
  shelf_in_memory shelf;
  const auto prover = open(shelf);
  const hash256 root = prover->set_root();
  REQUIRE(shelf.values.size() == 1);
  bytes& kept = shelf.values.begin()->second;
  // Well-formed, and two keys in each other's places.
  std::vector<circuit_key> members;
  for (std::size_t i = 0; i < prover->keys().set.size(); ++i)
    members.push_back(prover->keys().set.member(i));
  std::swap(members[circuit_catalog::wrap], members[circuit_catalog::join]);
  const recursion_keys wrong{circuit_set(members), prover->keys().outer};

  kept = encode_keys(wrong);
  const auto misled = open(shelf);
  CHECK(misled->set_root() == wrong.set.root());
  const auto none = misled->prove_run_claim(f.run(0).output, f.run(0).proof);
  REQUIRE_FALSE(none.ok());
  // They are made again at the next start.
  CHECK(open(shelf)->set_root() == root);
}

TEST_CASE("recursion prover: with pinned keys none is made but of circuits that are used",
          "[recursion_prover]") {
  auto& f = recursion_runs::shared();
  shelf_in_memory first, shelf;
  const recursion_keys right = open(first)->keys();
  const auto with = [&](std::vector<circuit_key> members, const circuit_key& outer) {
    return open(shelf, {~std::size_t{0}, recursion_keys{circuit_set(std::move(members)), outer}});
  };
  std::vector<circuit_key> members;
  for (std::size_t i = 0; i < right.set.size(); ++i) members.push_back(right.set.member(i));
  circuit_key other = members[circuit_catalog::wrap];
  other.digest[5] ^= 1;

  SECTION("the right ones give the same proof as those that are made") {
    const auto prover = with(members, right.outer);
    CHECK(shelf.values.empty());
    CHECK(prover->set_root() == right.set.root());
    prove_runs(*prover);
    const auto outer = prover->prove_outer(f.outputs());
    REQUIRE(outer.ok());
    CHECK(verify_outer(f.plan().outer, right.outer, *outer).ok());
  }
  SECTION("one that its circuit does not have is an error when it is used") {
    const auto prover = with(members, other);
    prove_runs(*prover);
    const auto none = prover->prove_outer(f.outputs());
    REQUIRE_FALSE(none.ok());
    CHECK(none.error().what == recursion_error::not_pinned);
    CHECK(none.error().text.starts_with("circuit outer: its key is another"));
    // It stays so: nothing is made in its place.
    CHECK(prover->prove_outer(f.outputs()).error().what == recursion_error::not_pinned);
  }
  SECTION("of a member likewise, before anything is proved by it") {
    members[circuit_catalog::leaf_join] = other;
    const auto prover = with(members, right.outer);
    CHECK(prover->prove_run_claim(f.run(0).output, f.run(0).proof).error().what ==
          recursion_error::not_pinned);
  }
  SECTION("of another number of circuits they are refused at once") {
    members.pop_back();
    const auto none = recursion_prover::open(
        f.plan(), f.backend(), shelf,
        {~std::size_t{0}, recursion_keys{circuit_set(std::move(members)), right.outer}});
    REQUIRE_FALSE(none.ok());
    CHECK(none.error().find("are pinned") != std::string::npos);
  }
}

TEST_CASE("recursion prover: a proof that is not of the run is refused before work begins",
          "[recursion_prover]") {
  auto& f = recursion_runs::shared();
  shelf_in_memory shelf;
  const auto prover = open(shelf);
  const proved_run& run = f.run(0);
  const auto refusal = [&](const hash256& output, const bytes& proof) {
    counted c;
    const auto done = prover->prove_run_claim(output, proof, c.calls());
    REQUIRE_FALSE(done.ok());
    CHECK(c.made == 0);
    INFO(done.error().text);
    return done.error().what;
  };
  CHECK(refusal(f.run(1).output, run.proof) == recursion_error::refused);
  CHECK(refusal(run.output, {}) == recursion_error::refused);
  bytes changed = run.proof;
  changed.pop_back();
  CHECK(refusal(run.output, changed) == recursion_error::refused);
  for (std::size_t at = 24; at < run.proof.size(); at += run.proof.size() / 7) {
    changed = run.proof;
    changed[at] ^= 1;
    CHECK(refusal(run.output, changed) == recursion_error::refused);
  }
}

TEST_CASE("recursion prover: a part of a shape without a circuit is named", "[recursion_prover]") {
  auto& f = recursion_runs::shared();
  recursion_plan plan = f.plan();
  REQUIRE(plan.segment_shapes.size() >= 1);
  for (auto& shape : plan.segment_shapes) shape[5] = 9;  // add's
  shelf_in_memory shelf;
  auto prover = recursion_prover::open(plan, f.backend(), shelf);
  if (!prover) FAIL(prover.error());
  const auto none = (*prover)->prove_run_claim(f.run(0).output, f.run(0).proof);
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().what == recursion_error::shape);
  CHECK(none.error().text.starts_with("segment 1 has tables"));
}

TEST_CASE("recursion prover: it keeps within its memory, and says where that is too little",
          "[recursion_prover]") {
  auto& f = recursion_runs::shared();
  circuit_catalog catalog(f.plan());
  std::size_t most = 0, keys = 0;
  {
    prover_pool pool(catalog, f.backend());
    for (std::size_t i = 0; i <= catalog.outer(); ++i) {
      const auto prover = pool.prover(i);
      REQUIRE(prover.ok());
      keys += (*prover)->memory().key_bytes;
    }
    most = pool.peak_bytes();
  }
  // All at once would not go.
  REQUIRE(keys > most / 4);
  const auto tight = make_cpu_backend(2, most);
  shelf_in_memory shelf;
  const auto prover = recursion_prover::open(f.plan(), *tight, shelf, {most, {}});
  if (!prover) FAIL(prover.error());
  prove_runs(**prover);
  CHECK((*prover)->prove_outer(f.outputs()).ok());
  CHECK(tight->memory_bytes_peak() <= most);

  shelf_in_memory other;
  const auto none = recursion_prover::open(f.plan(), *tight, other, {most - 1, {}});
  REQUIRE_FALSE(none.ok());
  CHECK(none.error().find("MiB") != std::string::npos);
}

TEST_CASE("recursion prover: with a full shelf a run's claim is not lost silently",
          "[recursion_prover]") {
  auto& f = recursion_runs::shared();
  shelf_in_memory shelf;
  const auto prover = open(shelf);
  prove_runs(*prover);
  prover->forget_run(f.run(0).output);
  shelf.is_full = true;
  CHECK(prover->prove_run_claim(f.run(0).output, f.run(0).proof).error().what ==
        recursion_error::not_kept);
  shelf.is_full = false;
  prove_runs(*prover);
  shelf.is_full = true;
  // The proof for L1 is the caller's all the same.
  const auto outer = prover->prove_outer(f.outputs());
  REQUIRE(outer.ok());
  CHECK(verify_outer(f.plan().outer, prover->keys().outer, *outer).ok());
}
