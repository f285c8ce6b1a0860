#include <catch2/catch.hpp>

#include "test/unit/publisher/engine_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;
using namespace std::chrono_literals;

TEST_CASE("a chain that L1 is ahead of sends nothing and says so") {
  // given: L1 has two batches, and the folder of this node ends at the first
  engine_fixture f;
  for (u64 n = 1; n <= 2; ++n) {
    const auto b = batch_of(n);
    f.l1.commit_by_another(b.input, b.pubdata);
  }
  f.l1.mine();
  f.seal(1);
  f.steps(4);
  // then
  CHECK_THAT(f.engine->status().waits_for,
             Catch::Contains("L1 has batch 2, this node's folder ends at batch 1"));
  CHECK(f.counter("sent_total") == 0);
  CHECK_FALSE(f.engine->status().healthy);
  // when: its folder is whole again
  f.seal(3);
  f.steps(4);
  CHECK(f.counter("sent_total") == 1);
  CHECK(f.engine->status().healthy);
}

TEST_CASE("sealed batches are committed in order, once, and settle") {
  engine_fixture f;
  f.seal(5);
  f.steps(30);
  CHECK(f.l1.commits() == f.expected(5));
  CHECK(f.l1.failures() == 0);
  CHECK(f.journal->open_intents()->empty());
  CHECK(f.counter("settled_total") == 5);
  CHECK(f.engine->status().healthy);
}

TEST_CASE("several commits are in flight, never more than the limit") {
  engine_fixture f;
  f.config.in_flight_max = 3;
  f.start();
  f.seal(8);
  f.step();
  CHECK(f.l1.pooled() == 3);
  CHECK(f.stage(3) == batch_stage::committing);
  CHECK(f.stage(4) == batch_stage::sealed);
  CHECK_THAT(f.waits_for(1), Catch::Contains("to be mined (nonce 0, attempt 1)"));
  CHECK(f.waits_for(4) == "its turn to be committed");
  f.l1.mine();
  f.steps(20);
  CHECK(f.l1.commits() == f.expected(8));
  CHECK(f.l1.failures() == 0);
}

TEST_CASE("the journal knows of a commit before L1 does") {
  engine_fixture f;
  f.seal(1);
  bool sent = false;
  f.l1.before = [&](std::string_view method) {
    if (method != "eth_sendRawTransaction") return;
    sent = true;
    const auto open = f.journal->open_intents();
    REQUIRE(open->size() == 1);
    CHECK(open->front().state == store::intent_state::sent);
    CHECK(open->front().first == batch_number{1});
    CHECK(open->front().attempts.size() == 1);
  };
  f.step();
  CHECK(sent);
}

TEST_CASE("a committed batch waits for a proof and says that nothing makes one") {
  engine_fixture f;
  f.seal(1);
  f.steps(10);
  CHECK(f.stage(1) == batch_stage::committed);
  CHECK(f.waits_for(1) == "a proof: no prover runs and the contract has no verifier");
  const auto p = f.engine->progress_of(batch_number{1});
  CHECK_FALSE(f.engine->progress_of(batch_number{2}).has_value());
  CHECK_FALSE(f.engine->progress_of(batch_number{0}).has_value());
}

TEST_CASE("where a prover runs, a committed batch waits for L1's verifier") {
  engine_fixture f;
  f.config.prover_runs = true;
  f.start();
  f.seal(1);
  f.steps(10);
  CHECK(f.stage(1) == batch_stage::committed);
  CHECK(f.waits_for(1) == "a verifier: the contract has none");
}

TEST_CASE("an endpoint of another chain is refused by name") {
  engine_fixture f;
  f.config.l1_chain_id = 1;
  f.start();
  f.seal(1);
  f.steps(3);
  CHECK_THAT(f.engine->status().waits_for,
             Catch::Contains("wrong chain") && Catch::Contains("serves chain 31337"));
  CHECK(f.l1.commits().empty());
}

TEST_CASE("a batch that another committed with the same content is not committed again") {
  engine_fixture f;
  f.seal(2);
  const auto first = batch_of(1);
  f.l1.commit_by_another(first.input, first.pubdata);
  f.l1.mine();
  f.steps(10);
  CHECK(f.l1.commits() == f.expected(2));
  CHECK(f.l1.failures() == 0);
}

TEST_CASE("a foreign batch on L1 stops the publisher, which says so") {
  engine_fixture f;
  f.seal(2);
  const auto other = batch_of(1, 9);
  f.l1.commit_by_another(other.input, other.pubdata);
  f.l1.mine();
  f.steps(5);
  CHECK(f.l1.commits() == f.expected(1));
  CHECK_THAT(f.engine->status().waits_for, Catch::Contains("L1 committed another batch 1"));
  CHECK_FALSE(f.engine->status().healthy);
}

namespace {

/// Ours up to 3, another's fourth on top; two more of ours are sealed.
void with_junk_behind_three(engine_fixture& f) {
  f.with_proofs();
  f.proofs.is_finished = false;
  f.seal(3);
  f.steps(12);
  REQUIRE(f.l1.commits() == f.expected(3));
  const auto junk = batch_of(4, 9);
  f.l1.commit_by_another(junk.input, junk.pubdata);
  f.l1.mine();
  f.seal(5);
}

}  // namespace

TEST_CASE("what is ours below what others committed is proved and executed") {
  engine_fixture f;
  with_junk_behind_three(f);
  f.proofs.is_finished = true;
  f.steps(60);
  CHECK(f.l1.executions() == f.expected(3));
  CHECK(f.l1.commits() == f.expected(4));
  CHECK(f.stage(3) == batch_stage::executed);
  CHECK(f.stage(4) == batch_stage::sealed);
  CHECK(f.journal->open_intents()->empty());
  // A person is still told.
  CHECK_FALSE(f.engine->status().healthy);
  CHECK_THAT(f.engine->status().waits_for, Catch::Contains("L1 committed another batch 4"));
  CHECK_THAT(f.engine->status().waits_for, Catch::Contains("up to batch 3 is settled"));
  CHECK_THAT(f.waits_for(5), Catch::Contains("L1 committed another batch 4"));
  // Who takes the junk back has lost nothing by having waited.
  f.l1.revert_to(batch_number{3});
  f.l1.mine();
  f.steps(60);
  CHECK(f.l1.commits() == std::vector<u64>{1, 2, 3, 4, 4, 5});
  CHECK(f.l1.executions() == f.expected(5));
  CHECK(f.l1.failures() == 0);
  CHECK(f.engine->status().healthy);
}

TEST_CASE("others' batches further than ours are no reason to prove ours in their place") {
  engine_fixture f;
  with_junk_behind_three(f);
  public_input next = batch_of(5, 9).input;
  next.state_before = batch_of(4, 9).input.state_after;
  f.l1.commit_by_another(next, batch_of(5, 9).pubdata);
  next.number = batch_number{6};
  next.state_before = next.state_after;
  next.first_block = block_number{16};
  next.last_block = block_number{18};
  f.l1.commit_by_another(next, batch_of(5, 9).pubdata);
  f.l1.mine();
  REQUIRE(f.l1.commits() == f.expected(6));
  f.proofs.is_finished = true;
  f.steps(60);
  CHECK(f.l1.executions() == f.expected(3));
  CHECK(f.l1.proofs() == std::vector<u64>{1});
  CHECK(f.l1.failures() == 0);
  CHECK(f.stage(5) == batch_stage::sealed);
  CHECK_THAT(f.engine->status().waits_for,
             Catch::Contains("L1 has batch 6, this node's folder ends at batch 5"));
}

TEST_CASE("a run that reaches into what others committed is begun anew, shorter") {
  engine_fixture f;
  f.with_proofs();
  f.proofs.is_finished = false;
  f.seal(3);
  f.steps(20);
  REQUIRE(f.proofs.begun.at(batch_number{1}).last == batch_number{3});
  f.l1.revert_to(batch_number{1});
  const auto junk = batch_of(2, 9);
  f.l1.commit_by_another(junk.input, junk.pubdata);
  f.l1.mine();
  f.proofs.is_finished = true;
  f.steps(60);
  CHECK(f.proofs.begun.at(batch_number{1}).last == batch_number{1});
  CHECK(f.l1.executions() == f.expected(1));
  CHECK(f.l1.failures() == 0);
}

TEST_CASE("behind another's executed batch nothing of ours is settled") {
  engine_fixture f;
  f.with_proofs();
  f.seal(3);
  const auto junk = batch_of(1, 9);
  auto next = batch_of(2, 9).input;
  next.state_before = junk.input.state_after;
  f.l1.commit_by_another(junk.input, junk.pubdata);
  f.l1.prove_to(batch_number{1});
  f.l1.execute_to(batch_number{1});
  f.l1.commit_by_another(next, batch_of(2, 9).pubdata);
  f.l1.mine();
  f.steps(30);
  CHECK(f.proofs.begun.empty());
  CHECK(f.l1.executions() == f.expected(1));
  CHECK(f.l1.commits() == f.expected(2));
  CHECK_THAT(f.engine->status().waits_for, Catch::Contains("up to batch 0 is settled"));
}

TEST_CASE("whichever question fails once, it is asked again without a new block") {
  for (u64 failing = 0;; ++failing) {
    INFO("request " << failing);
    // given: ours is proved below another's batch, and an engine that knows nothing yet
    engine_fixture f;
    with_junk_behind_three(f);
    f.l1.prove_to(batch_number{3});
    f.l1.mine();
    f.start();
    // when
    u64 count = 0;
    bool failed = false;
    f.l1.faults = [&](std::string_view) -> std::optional<simulated_l1::fault> {
      if (count++ != failing) return std::nullopt;
      failed = true;
      return simulated_l1::fault{fail(l1::l1_error{l1::l1_error_code::timed_out, "", 0, {}}),
                                 false};
    };
    f.steps(40, false);
    // then: the execution of ours is on its way
    CHECK(f.l1.pooled() == 1);
    if (!failed) break;
    REQUIRE(failing < 1'000);
  }
}

TEST_CASE("a configuration out of range is named") {
  publisher::publisher_config c;
  CHECK(c.validate() == "publisher: contract is not set");
  c.contract = contract_address();
  CHECK(c.validate() == "publisher: l1_chain_id is not set");
  c.l1_chain_id = 1;
  CHECK(c.validate().empty());
  const auto broken = [&](auto change) {
    publisher::publisher_config b = c;
    change(b);
    return b.validate();
  };
  CHECK_FALSE(broken([](auto& b) { b.poll_ms = 1; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.resend_after_ms = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.bump_after_ms = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.attempts_max = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.in_flight_max = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.open_max = 1; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.missing_polls_max = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.commit_gas_execution = 1; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.raw_kept_intents = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.fees.bump_percent = 5; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.fees.fee_per_gas_max = u256{1}; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.spend_per_hour_max = u256{1}; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.signatures_per_hour_max = 1; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.backoff.initial = 0s; }).empty());
}
