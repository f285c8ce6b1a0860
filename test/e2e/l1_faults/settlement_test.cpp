#include "test/e2e/l1_faults/settlement_rig.hpp"

using namespace ashlar;
using namespace ashlar::test;

TEST_CASE("on a real L1 a run of batches is verified, proved and executed") {
  settlement s;
  for (int i = 0; i < 3; ++i) s.seal();

  s.settle();

  CHECK(s.progress().proved.value == 3);
  CHECK(s.engine->status().waits_for == "");
  for (int i = 0; i < 8; ++i) s.step();
  CHECK(s.batches->settlement(batch_number{3})->stage == batch_stage::executed);
  // However the publisher cut them into runs, each run's output is on L1.
  u64 covered = 0;
  for (u64 first = 1; first <= 3; first = covered + 1) {
    covered = 0;
    for (u64 last = 3; last >= first && covered == 0; --last)
      if (s.is_verified(batch_number{first}, batch_number{last})) covered = last;
    REQUIRE(covered >= first);
  }
  CHECK_FALSE(s.is_verified(batch_number{2}, batch_number{3}));
}

TEST_CASE("a reorg across any step of a settlement takes no batch and doubles none") {
  settlement s;
  s.l1.mine(8);
  // The steps from sealed to executed are fewer than these.
  for (unsigned at = 1; at <= 16; ++at) {
    INFO("after " << at << " steps");
    s.seal();
    for (unsigned i = 0; i < at; ++i) s.step();
    s.l1.reorg(1 + at % 5);
    s.settle();
  }
  s.check_executed_once();
  CHECK(s.progress().executed.value == 16);
  CHECK(s.progress().committed.value == 16);
}

TEST_CASE("a step of a settlement that a reorg takes back is done again, once") {
  struct step_on_l1 {
    const char* name;
    batch_number l1::chain_progress::*done_to;
    batch_stage stage;
  };
  constexpr step_on_l1 steps[] = {
      {"commit", &l1::chain_progress::committed, batch_stage::committed},
      {"prove", &l1::chain_progress::proved, batch_stage::proved},
      {"execute", &l1::chain_progress::executed, batch_stage::executed}};
  settlement s;
  s.l1.mine(8);
  for (u64 depth = 1; depth <= 5; ++depth)
    for (const step_on_l1& step : steps) {
      INFO(step.name << " taken back by a reorg of " << depth);
      // given: the step is on L1, as deep as the reorg reaches, and the listener has read so
      s.seal();
      const batch_number n = s.batches->last(), before{n.value - 1};
      for (int i = 0; i < 60 && s.progress().*step.done_to < n; ++i) s.step();
      REQUIRE(s.progress().*step.done_to == n);
      if (depth > 1) s.l1.mine(depth - 1);
      REQUIRE(s.follower->step().ok());
      const bool was_told = s.batches->settlement(n)->stage >= step.stage;
      CHECK((depth < 3 || was_told));
      // when
      s.l1.reorg(depth);
      // then: neither it nor what follows it is on L1, and everything before it is
      const l1::chain_progress left = s.progress();
      bool taken = false;
      for (const step_on_l1& other : steps) {
        taken = taken || &other == &step;
        CHECK(left.*other.done_to == (taken ? before : n));
      }
      for (u32 polls = listening_on(s.l1).agreeing_polls; polls > 0; --polls)
        REQUIRE(s.follower->step().ok());
      CHECK(s.batches->settlement(n)->stage < step.stage);
      s.settle();
      s.check_executed_once();
    }
  CHECK(s.progress().committed == s.batches->last());
}

TEST_CASE("a publisher that is killed at any request settles each batch once") {
  const bool after = GENERATE(false, true);
  settlement s;
  s.seal();
  s.settle();
  const u64 requests = s.cut.count;
  REQUIRE(requests > 20);
  for (u64 kill_at = 0; kill_at < requests; kill_at += 3) {
    INFO("request " << kill_at << ", after it: " << after);
    s.seal();
    s.cut = {0, kill_at, after};
    s.settle();
    CHECK(s.progress().committed == s.batches->last());
  }
}

TEST_CASE("batches of two protocol versions are proved by a verifier each") {
  settlement s;
  // given: two batches committed under version 1, and the upgrade before they are proved
  for (int i = 0; i < 2; ++i) s.seal();
  s.start(nullptr);
  for (int i = 0; i < 8; ++i) s.step();
  REQUIRE(s.progress().committed.value == 2);
  s.verifiers.put_in_force(2);
  s.l1.govern(l1::abi_encoder().number(2).call("setProtocolVersion(uint32)"));
  s.version = 2;
  s.seal();
  s.start(&s.proofs);
  // when
  s.settle();
  // then
  CHECK(s.is_verified(batch_number{1}, batch_number{2}, 1));
  CHECK(s.is_verified(batch_number{3}, batch_number{3}, 2));
  CHECK_FALSE(s.is_verified(batch_number{1}, batch_number{2}, 2));
  CHECK_FALSE(s.is_verified(batch_number{3}, batch_number{3}, 1));
  CHECK_FALSE(s.is_verified(batch_number{1}, batch_number{3}, 1));
  CHECK_FALSE(s.is_verified(batch_number{1}, batch_number{3}, 2));
}

TEST_CASE("a verifier's contracts are refused for another circuit") {
  const auto compiled = verifiers_on_l1::load();
  const stark::stated_circuit circuit{"Test", stark::insecure_keccak, 50};
  stark::circuit_key other = circuit.key();
  other.fixed_root[5] ^= 1;
  const hash256 root = stark::list_with({}, filled(1));
  CHECK(node::outer_verifier::open(compiled, stark::insecure_keccak, circuit.key(), root).ok());
  const auto opened = node::outer_verifier::open(compiled, stark::insecure_keccak, other, root);
  REQUIRE_FALSE(opened.ok());
  CHECK_THAT(opened.error(), Catch::Contains("another outer circuit"));
}
