#include <catch2/catch.hpp>

#include "test/unit/publisher/engine_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;
using namespace std::chrono_literals;

TEST_CASE("batches are committed, verified in stages, proved and executed") {
  engine_fixture f;
  f.with_proofs();
  f.seal(5);
  f.steps(60);
  CHECK(f.engine->status().counters.back().first == "endpoint_errors_total");
  f.proofs.layers = {{"leaf", 7'000}, {"outer", 900}};
  CHECK(f.engine->status().counters.back() ==
        std::pair<std::string, u64>("proof_layer_outer_ms", 900));
  CHECK(f.l1.commits() == f.expected(5));
  CHECK(f.l1.executions() == f.expected(5));
  CHECK(f.l1.failures() == 0);
  CHECK(f.l1.stages() == f.proofs.begins * 3);
  CHECK(f.stage(5) == batch_stage::executed);
  CHECK(f.waits_for(5) == "");
  CHECK(f.journal->open_intents()->empty());
  CHECK(f.engine->status().healthy);
}

TEST_CASE("a run covers what is ready, up to its limit and one protocol version") {
  engine_fixture f;
  f.config.run.batches_max = 2;
  f.with_proofs();
  f.proofs.is_finished = false;
  f.proofs.ready = 0;
  f.seal(4);
  store::sealed_batch other = batch_of(5);
  other.input.protocol_version = 2;
  REQUIRE(f.batches->append(other).ok());
  f.steps(20);
  CHECK(f.proofs.begun.empty());
  CHECK(f.waits_for(1) == "its own proof");

  f.proofs.ready = 5;
  f.steps(2);
  REQUIRE(f.proofs.begun.size() == 1);
  CHECK(f.proofs.begun.at(batch_number{1}).last == batch_number{2});
  CHECK(f.waits_for(1) == "a proof of batches 1 to 2: joining segment 4 of 9");
  CHECK(f.waits_for(3) == "the run of batches 1 to 2, which is proved before");
  f.proofs.is_finished = true;
  f.config.run.batches_max = 32;
  f.start();
  f.steps(80);
  CHECK(f.proofs.begun.at(batch_number{3}).last == batch_number{4});
  CHECK(f.l1.proofs() == std::vector<u64>{1, 3, 5});
  CHECK(f.l1.executions() == f.expected(5));
}

TEST_CASE("a run waits for more batches until its oldest is old") {
  engine_fixture f;
  f.with_proofs();
  f.config.run.age_max_s = 7'200;  // the fixture's batches are an hour old when it begins
  f.start();
  f.seal(2);
  f.steps(10);
  CHECK(f.proofs.begun.empty());
  CHECK_THAT(f.waits_for(1), Catch::Contains("2 of 32 ready"));
  f.time.advance(1h);
  f.steps(40);
  CHECK(f.proofs.begins == 1);
  CHECK(f.l1.executions() == f.expected(2));
}

TEST_CASE("a run that was begun is stuck to after a restart, whatever else became ready") {
  engine_fixture f;
  f.with_proofs();
  f.proofs.is_finished = false;
  f.seal(1);
  f.steps(10);
  f.seal(6);
  f.steps(20);
  f.start();
  f.proofs.is_finished = true;
  f.steps(60);
  CHECK(f.l1.proofs() == std::vector<u64>{1, 2});
  CHECK(f.l1.executions() == f.expected(6));
}

TEST_CASE("a run of batches that were laid again since is begun anew") {
  engine_fixture f;
  f.with_proofs();
  f.seal(1);
  f.proofs.begun[batch_number{1}] = {batch_number{1}, batch_number{1}, filled(0x99)};
  f.steps(30);
  CHECK(f.proofs.begins == 1);
  CHECK(f.l1.executions() == f.expected(1));
}

TEST_CASE("stages are in flight together, never more than the limit") {
  engine_fixture f;
  f.config.in_flight_max = 3;
  f.proofs.stages = 7;
  f.with_proofs();
  f.seal(1);
  f.steps(2);
  REQUIRE(f.stage(1) >= batch_stage::committed);
  std::size_t most = 0;
  for (int i = 0; i < 30; ++i) {
    f.step();
    most = std::max<std::size_t>(most, f.l1.pooled());
    if (f.l1.pooled() > 1) CHECK(f.stage(1) == batch_stage::proving);
    f.l1.mine();
  }
  CHECK(most == 3);
  CHECK(f.l1.stages() == 7);
  CHECK(f.l1.executions() == f.expected(1));
  CHECK(f.l1.failures() == 0);
}

namespace {
address elsewhere() {
  address a;
  a.data_.fill(0x66);
  return a;
}
}  // namespace

TEST_CASE("a proof whose last stage goes to another contract than the verifier is not sent") {
  engine_fixture f;
  f.proofs.last_to = elsewhere();
  f.with_proofs();
  f.seal(1);
  f.steps(30);
  CHECK(f.l1.stages() == 0);
  CHECK_THAT(f.waits_for(1), Catch::Contains("its last stage goes to 0x66"));
  // when: the source comes to another
  f.proofs.last_to.reset();
  f.steps(40);
  CHECK(f.l1.executions() == f.expected(1));
}

TEST_CASE("stages that the verifier does not count are sent once, and the status says so") {
  engine_fixture f;
  f.proofs.first_to = elsewhere();
  f.l1.verifier_code.push_back(0x73);  // a verifier that asks it, and does not count
  append(f.l1.verifier_code, elsewhere());
  f.with_proofs();
  f.seal(1);
  const auto sent = [&](u32 stages) {
    u64 n = 0;
    const auto intents = f.journal->list(1, 100);
    for (const auto& i : *intents)
      n += i.kind == store::intent_kind::verify && i.stage < stages ? 1 : 0;
    return n;
  };
  f.steps(60);
  // then: only the last, which the verifier refuses, may have been tried again meanwhile
  CHECK(sent(2) == 2);
  const u64 all = sent(3);
  f.steps(60);
  CHECK(sent(3) == all);
  CHECK_THAT(f.waits_for(1), Catch::Contains("sent to 0x66"));
  CHECK_THAT(f.waits_for(1), Catch::Contains("does not count it"));
  // when: it begins again, then: it knows
  f.start();
  f.steps(60);
  CHECK(sent(3) == all);
  // when: the source comes to another proof
  f.proofs.first_to.reset();
  f.start();
  f.steps(60);
  CHECK(f.l1.executions() == f.expected(1));
}

TEST_CASE("stages that another sent are not sent again") {
  engine_fixture f;
  f.with_proofs();
  f.proofs.is_finished = false;
  f.seal(1);
  f.steps(10);
  f.proofs.is_finished = true;
  const auto proof = f.proofs.finished(f.proofs.begun.at(batch_number{1}));
  for (int i = 0; i < 2; ++i) f.l1.call_by_another(proof->stages[i].to, proof->stages[i].calldata);
  f.l1.mine();
  f.steps(30);
  CHECK(f.l1.failures() == 0);
  CHECK(f.l1.executions() == f.expected(1));
  u64 verifies = 0;
  const auto intents = f.journal->list(1, 100);
  for (const auto& i : *intents) verifies += i.kind == store::intent_kind::verify ? 1 : 0;
  CHECK(verifies == 1);
}

TEST_CASE("someone who sends the same stages first costs gas at worst") {
  engine_fixture f;
  f.proofs.stages = 4;
  f.with_proofs();
  f.seal(2);
  // given another who sees each stage in the pool and is mined before it
  u64 raced = 0;
  for (int i = 0; i < 60; ++i) {
    f.step();
    const auto run = f.proofs.begun.find(batch_number{1});
    if (run != f.proofs.begun.end() && f.l1.pooled() > 0 && raced < 4) {
      const auto proof = f.proofs.finished(run->second);
      f.l1.call_by_another(proof->stages[raced].to, proof->stages[raced].calldata);
      ++raced;
    }
    f.l1.mine();
  }
  CHECK(f.l1.executions() == f.expected(2));
  CHECK(f.journal->open_intents()->empty());
  CHECK(f.engine->status().healthy);
}

TEST_CASE("what others proved is executed without any proof source") {
  engine_fixture f;
  f.seal(3);
  f.steps(20);
  CHECK(f.l1.executions().empty());
  f.l1.prove_to(batch_number{2});
  f.steps(20);
  CHECK(f.l1.executions() == f.expected(2));
  CHECK(f.stage(3) == batch_stage::committed);
  CHECK(f.waits_for(3) == "a proof: no prover runs and the contract has no verifier");
}

TEST_CASE("an execution takes at most so many batches") {
  engine_fixture f;
  f.config.executions_max = 2;
  f.with_proofs();
  f.seal(5);
  f.steps(60);
  CHECK(f.l1.executions() == f.expected(5));
  const auto intents = f.journal->list(1, 100);
  for (const auto& i : *intents)
    if (i.kind == store::intent_kind::execute) CHECK(i.last.value - i.first.value < 2);
}

TEST_CASE("a proof that the contract would not take is not sent, and the status says why") {
  engine_fixture f;
  f.with_proofs();
  f.seal(1);
  const auto refused = [&](const char* why) {
    f.steps(10);
    CHECK_THAT(f.waits_for(1), Catch::Contains("cannot be sent: ") && Catch::Contains(why));
    CHECK(f.l1.stages() == 0);
  };
  f.proofs.root = filled(1);
  refused("the contract expects");
  f.proofs.root = simulated_l1::program_set_root();
  f.proofs.verifier = contract_address();
  refused("it is for verifier 0xc0c0");
  f.proofs.verifier = simulated_l1::verifier_address();
  f.proofs.stages = 0;
  refused("it takes 0 transactions");
  f.proofs.stages = 65;
  refused("it takes 65 transactions");
  f.proofs.stages = 2;
  f.proofs.blob_bytes = 131'000;
  refused("bytes, at most 130000");
  f.proofs.blob_bytes = 100;
  f.proofs.gas_limit = (1u << 24) + 1;
  refused("16777217 gas");
  f.proofs.gas_limit = 1u << 24;
  f.steps(30);
  CHECK(f.l1.executions() == f.expected(1));
}

TEST_CASE("without a verifier on L1 a proof waits, and goes when there is one") {
  engine_fixture f;
  f.with_proofs();
  f.l1.set_verifier(false);
  f.seal(2);
  f.steps(20);
  CHECK(f.waits_for(1) == "a verifier: the contract has none");
  CHECK(f.l1.stages() == 0);
  f.l1.set_verifier(true);
  f.steps(40);
  CHECK(f.l1.executions() == f.expected(2));
}

TEST_CASE("dear gas holds a finished proof back until it is overdue, and no commit") {
  engine_fixture f;
  f.with_proofs();
  f.config.run.base_fee_dear = u256{50'000'000'000};
  f.config.run.overdue_s = 7'200;
  f.start();
  f.seal(2);
  f.l1.set_base_fee(u256{60'000'000'000});
  f.l1.mine();
  f.steps(20);
  CHECK(f.l1.commits() == f.expected(2));
  CHECK(f.l1.stages() == 0);
  CHECK_THAT(f.waits_for(1), Catch::Contains("cheaper gas on L1"));
  SECTION("gas falls") {
    f.l1.set_base_fee(u256{40'000'000'000});
  }
  SECTION("time passes") {
    f.time.advance(2h);
  }
  f.l1.mine();
  f.steps(40);
  CHECK(f.l1.executions() == f.expected(2));
}

TEST_CASE("a verification that was begun goes on however dear gas becomes, up to the cap") {
  engine_fixture f;
  f.config.in_flight_max = 1;
  f.proofs.stages = 6;
  f.with_proofs();
  f.config.run.base_fee_dear = u256{50'000'000'000};
  f.start();
  f.seal(1);
  for (int i = 0; i < 20 && f.l1.stages() < 2; ++i) f.steps(1);
  REQUIRE(f.l1.stages() >= 2);
  f.l1.set_base_fee(u256{100'000'000'000});
  f.steps(60);
  CHECK(f.l1.executions() == f.expected(1));
}

TEST_CASE("a stage that reverts sets proving back, not commits nor executions") {
  engine_fixture f;
  f.with_proofs();
  f.l1.set_stage_revert(l1::abi_encoder().call("Frozen()"));
  f.seal(2);
  f.steps(15);
  CHECK_THAT(f.waits_for(1), Catch::Contains("verify would revert: Frozen()"));
  f.seal(4);
  f.l1.prove_to(batch_number{1});
  f.steps(10);
  CHECK(f.l1.commits() == f.expected(4));
  CHECK(f.l1.executions() == f.expected(1));
  f.l1.set_stage_revert(std::nullopt);
  f.time.advance(2min);
  f.steps(60);
  CHECK(f.l1.executions() == f.expected(4));
  CHECK(f.l1.failures() == 0);
  CHECK(f.engine->status().healthy);
}

TEST_CASE("a commit that cannot pass does not hold up what is proved") {
  engine_fixture f;
  f.with_proofs();
  f.seal(2);
  f.proofs.is_finished = false;
  f.steps(20);
  f.l1.set_commit_revert(
      l1::abi_encoder().number(1).number(2).call("TimestampTooOld(uint64,uint64)"));
  f.seal(3);
  f.steps(3);
  f.proofs.is_finished = true;
  f.steps(40);
  CHECK(f.l1.executions() == f.expected(2));
  CHECK_THAT(f.waits_for(3), Catch::Contains("TimestampTooOld(1, 2)"));
}

TEST_CASE("batches that the contract took back are committed, proved and executed again") {
  engine_fixture f;
  f.with_proofs();
  f.proofs.is_finished = false;
  f.seal(3);
  f.steps(20);
  f.l1.revert_to(batch_number{1});
  f.steps(20);
  f.proofs.is_finished = true;
  f.steps(40);
  CHECK(f.l1.commits() == std::vector<u64>{1, 2, 3, 2, 3});
  CHECK(f.l1.executions() == f.expected(3));
}
