#include <random>

#include <catch2/catch.hpp>

#include "test/unit/publisher/engine_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr u64 batches = 3;

/// Long enough for L1 to have executed all batches.
void run_to_the_end(engine_fixture& f) {
  run_through_kills(f, 70);
}

void check_end(engine_fixture& f) {
  CHECK(f.l1.commits() == f.expected(batches));
  CHECK(f.l1.executions() == f.expected(batches));
  CHECK(f.l1.stages() == 3 * f.l1.proofs().size());
  CHECK(f.l1.failures() == 0);
  CHECK(f.journal->open_intents()->empty());
  CHECK(f.engine->status().healthy);
}

}  // namespace

TEST_CASE("killed before or after any request to L1, each step is done once") {
  u64 requests = 0;
  {
    engine_fixture f;
    f.with_proofs();
    f.seal(batches);
    run_to_the_end(f);
    requests = std::min<u64>(f.l1.requests(), 400);
    check_end(f);
  }
  REQUIRE(requests > 200);
  for (const bool after : {false, true})
    for (u64 kill_at = 0; kill_at < requests; ++kill_at) {
      INFO("request " << kill_at << " after " << after);
      engine_fixture f;
      f.with_proofs();
      f.seal(batches);
      u64 count = 0;
      kill_at_request(f, after, kill_at, count);
      run_to_the_end(f);
      CHECK(count > kill_at);
      check_end(f);
    }
}

TEST_CASE("killed at any write to the journal, each step is done once") {
  u64 writes = 0;
  {
    engine_fixture f;
    f.journal_disk.refuse_write(std::nullopt);
    f.with_proofs();
    f.seal(batches);
    run_to_the_end(f);
    writes = f.journal_disk.writes();
    check_end(f);
  }
  REQUIRE(writes >= 28);
  for (u64 kill_at = 0; kill_at < writes; ++kill_at) {
    INFO("write " << kill_at);
    engine_fixture f;
    f.with_proofs();
    f.seal(batches);
    f.journal_disk.refuse_write(kill_at);
    run_to_the_end(f);
    check_end(f);
  }
}

TEST_CASE("a publisher that is started anew at every step still ends") {
  engine_fixture f;
  f.with_proofs();
  f.seal(batches);
  for (int i = 0; i < 60; ++i) {
    f.start();
    f.step();
    f.l1.mine();
  }
  check_end(f);
}

TEST_CASE("a proof that is gone after a restart is waited for again") {
  engine_fixture f;
  f.config.in_flight_max = 1;
  f.with_proofs();
  f.seal(1);
  for (int i = 0; i < 20 && f.l1.stages() == 0; ++i) f.steps(1);
  REQUIRE(f.l1.stages() == 1);
  f.step();  // the second stage is sent
  f.proofs.begun.clear();
  f.proofs.is_finished = false;
  f.start();
  f.steps(10);
  CHECK_THAT(f.waits_for(1), Catch::Contains("a proof of batches 1 to 1"));
  f.proofs.is_finished = true;
  f.steps(30);
  CHECK(f.l1.executions() == f.expected(1));
  CHECK(f.l1.stages() == 3);
}

TEST_CASE("reorgs at any depth across commit, verify, prove and execute are followed") {
  for (const auto how : {simulated_l1::fork::keeps, simulated_l1::fork::drops})
    for (u64 depth = 1; depth <= 9; ++depth)
      for (unsigned at = 1; at <= 14; ++at) {
        INFO("depth " << depth << " at " << at << " keeps " << (how == simulated_l1::fork::keeps));
        engine_fixture f;
        f.config.confirmations = 3;  // some of these reorgs go deeper
        f.with_proofs();
        f.l1.mine(10);
        f.seal(batches);
        f.steps(at);
        f.l1.reorg(depth, how);
        f.steps(70);
        CHECK(f.l1.commits() == f.expected(batches));
        CHECK(f.l1.executions() == f.expected(batches));
        CHECK(f.journal->open_intents()->empty());
        CHECK(f.engine->status().waits_for == "");
      }
}

TEST_CASE("any mixture of faults by seed ends with each batch executed once, in order") {
  for (u64 seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    engine_fixture f;
    f.config.confirmations = 3;
    f.config.bump_after_ms = 3'000;
    f.config.resend_after_ms = 2'000;
    f.config.jitter_seed = seed;
    f.config.run.batches_max = 3;
    f.proofs.stages = 1 + static_cast<u32>(seed % 5);
    f.with_proofs();
    f.l1.mine(8);
    bool faulty = true;
    f.l1.faults = [&](std::string_view) -> std::optional<simulated_l1::fault> {
      if (!faulty || random() % 25 != 0) return std::nullopt;
      return simulated_l1::fault{fail(l1::l1_error{l1::l1_error_code::timed_out, "planted", 0, {}}),
                                 random() % 2 == 0};
    };
    for (int round = 0; round < 90; ++round) {
      switch (random() % 13) {
        case 0:
          f.l1.reorg(1 + random() % 5,
                     random() % 2 ? simulated_l1::fork::keeps : simulated_l1::fork::drops);
          break;
        case 1:
          f.l1.take_nonce(f.account->account());
          break;
        case 2:
          f.l1.set_base_fee(u256{1'000'000'000} * u256{1 + random() % 600});
          break;
        case 3:
          f.l1.forget_pool();
          break;
        case 4:
          f.start();
          break;
        case 5:
        case 6:
          f.seal(std::min<u64>(f.batches->last().value + 1, 10));
          break;
        case 7:
          f.proofs.is_finished = random() % 4 != 0;
          break;
        default:
          if (random() % 2) f.l1.mine();
      }
      f.step();
    }
    faulty = false;
    f.proofs.is_finished = true;
    f.l1.set_base_fee(u256{1'000'000'000});
    f.seal(10);
    f.steps(150);
    CHECK(f.l1.commits() == f.expected(10));
    CHECK(f.l1.executions() == f.expected(10));
    CHECK(f.journal->open_intents()->empty());
    CHECK(f.engine->status().waits_for == "");
  }
}
