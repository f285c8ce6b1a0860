#include <catch2/catch.hpp>

#include "test/unit/publisher/engine_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

// Settling without the operator, whose account is that of anyone.

namespace {

/// The operator has settled two batches; the third is an escape's.
void until_two_are_executed(engine_fixture& f) {
  f.with_proofs();
  f.seal(2);
  f.steps(60);
  REQUIRE(f.l1.executions() == f.expected(2));
}

void begin_escape(engine_fixture& f) {
  f.l1.open_escape(true);
  f.config.way = publisher::settlement_way::escapes;
  f.seal(3);
  f.start();
}

void check_settled_once(engine_fixture& f) {
  CHECK(f.l1.executions() == f.expected(3));
  CHECK(f.l1.commits().back() == 3);
  CHECK(f.l1.failures() == 0);
  CHECK(f.journal->open_intents()->empty());
  CHECK(f.stage(3) == batch_stage::executed);
}

public_input junk_header() {
  public_input header = batch_of(3, 9).input;
  header.state_after = filled(0xee);
  return header;
}

}  // namespace

TEST_CASE("an escape is verified in stages and settled in one transaction") {
  engine_fixture f;
  until_two_are_executed(f);
  const u64 stages = f.l1.stages();
  begin_escape(f);
  f.steps(40);
  check_settled_once(f);
  CHECK(f.l1.stages() == stages + 3);
  CHECK(f.engine->status().waits_for.empty());
}

TEST_CASE("what others committed is replaced by an escape") {
  engine_fixture f;
  until_two_are_executed(f);
  f.l1.commit_by_another(junk_header(), batch_of(3, 9).pubdata);
  f.l1.mine();
  REQUIRE(f.l1.commits() == f.expected(3));
  begin_escape(f);
  f.steps(40);
  CHECK(f.l1.executions() == f.expected(3));
  CHECK(f.l1.commits() == std::vector<u64>{1, 2, 3, 3});
  CHECK(f.l1.failures() == 0);
}

TEST_CASE("an escape that L1 does not allow is verified, and waits") {
  engine_fixture f;
  until_two_are_executed(f);
  begin_escape(f);
  f.l1.open_escape(false);
  f.steps(40);
  CHECK(f.l1.executions() == f.expected(2));
  CHECK(f.l1.failures() == 0);
  CHECK_THAT(f.engine->status().waits_for, Catch::Contains("EscapeNotOpen"));
  f.l1.open_escape(true);
  f.time.advance(std::chrono::minutes(2));
  f.steps(40);
  check_settled_once(f);
}

TEST_CASE("an escape sends nothing more where another one was settled") {
  engine_fixture f;
  until_two_are_executed(f);
  begin_escape(f);
  f.steps(1);
  // given: another person's batch of the same number, verified and settled
  store::sealed_batch other = batch_of(3, 9);
  const hash256 output = chain_public_input(simulated_l1::program_set_root(),
                                            chain_public_input({}, public_input_hash(other.input)));
  f.l1.call_by_another(simulated_l1::verifier_address(),
                       simulated_l1::stage_calldata(output, 0, 1, bytes(3, 1)));
  f.l1.call_by_another(
      contract_address(),
      l1::encode_escape_settle(std::vector<l1::commit_call>{{other.input, other.pubdata}}));
  f.l1.mine();
  REQUIRE(f.l1.executions() == f.expected(3));
  f.steps(20);
  CHECK(f.l1.executions() == f.expected(3));
  CHECK_THAT(f.waits_for(3), Catch::Contains("L1 executed another batch 3"));
  const u64 nonce = f.l1.nonce_of(f.account->account());
  f.steps(20);
  CHECK(f.l1.nonce_of(f.account->account()) == nonce);
}

TEST_CASE("an escape that is killed before or after any request to L1 settles once") {
  u64 requests = 0;
  {
    engine_fixture f;
    until_two_are_executed(f);
    begin_escape(f);
    const u64 before = f.l1.requests();
    run_through_kills(f, 40);
    requests = std::min<u64>(f.l1.requests() - before, 150);
    check_settled_once(f);
  }
  REQUIRE(requests > 50);
  for (const bool after : {false, true})
    for (u64 kill_at = 0; kill_at < requests; kill_at += 2) {
      INFO("request " << kill_at << " after " << after);
      engine_fixture f;
      until_two_are_executed(f);
      begin_escape(f);
      u64 count = 0;
      kill_at_request(f, after, kill_at, count);
      run_through_kills(f, 40);
      check_settled_once(f);
    }
}

TEST_CASE("a reorg across any step of an escape takes nothing and doubles nothing") {
  for (const auto how : {simulated_l1::fork::keeps, simulated_l1::fork::drops})
    for (unsigned at = 1; at <= 12; ++at) {
      INFO("after " << at << " steps");
      engine_fixture f;
      until_two_are_executed(f);
      begin_escape(f);
      f.steps(at);
      f.l1.reorg(1 + at % 4, how);
      f.steps(60);
      CHECK(f.l1.executions() == f.expected(3));
      CHECK(f.journal->open_intents()->empty());
    }
}
