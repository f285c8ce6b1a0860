#include <catch2/catch.hpp>

#include "test/unit/publisher/engine_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

/// Long enough for L1 to have all batches.
void run_to_the_end(engine_fixture& f) {
  run_through_kills(f, 40);
}

void check_end(engine_fixture& f) {
  CHECK(f.l1.commits() == f.expected(3));
  CHECK(f.l1.failures() == 0);
  CHECK(f.journal->open_intents()->empty());
  CHECK(f.engine->status().healthy);
}

}  // namespace

TEST_CASE("killed before or after any request to L1, each batch is committed once") {
  u64 requests = 0;
  {
    engine_fixture f;
    f.seal(3);
    run_to_the_end(f);
    requests = std::min<u64>(f.l1.requests(), 150);
    check_end(f);
  }
  REQUIRE(requests > 50);
  for (const bool after : {false, true})
    for (u64 kill_at = 0; kill_at < requests; ++kill_at) {
      INFO("request " << kill_at << " after " << after);
      engine_fixture f;
      f.seal(3);
      u64 count = 0;
      kill_at_request(f, after, kill_at, count);
      run_to_the_end(f);
      CHECK(count > kill_at);
      check_end(f);
    }
}

TEST_CASE("killed at any write to the journal, each batch is committed once") {
  u64 writes = 0;
  {
    engine_fixture f;
    f.journal_disk.refuse_write(std::nullopt);
    f.seal(3);
    run_to_the_end(f);
    writes = f.journal_disk.writes();
    check_end(f);
  }
  REQUIRE(writes >= 12);
  for (u64 kill_at = 0; kill_at < writes; ++kill_at) {
    INFO("write " << kill_at);
    engine_fixture f;
    f.seal(3);
    f.journal_disk.refuse_write(kill_at);
    run_to_the_end(f);
    check_end(f);
  }
}

TEST_CASE("killed again and again at the same request, it still ends") {
  for (u64 every = 7; every < 40; every += 3) {
    INFO("every " << every);
    engine_fixture f;
    f.seal(3);
    u64 count = 0;
    f.l1.before = [&](std::string_view) {
      if (++count % every == 0 && count < 300) throw killed{};
    };
    run_to_the_end(f);
    run_to_the_end(f);
    check_end(f);
  }
}

TEST_CASE("a store that refuses a write ends the engine with an error, not with a send") {
  engine_fixture f;
  f.seal(1);
  f.journal_disk.refuse_write(0);
  const auto end = f.engine->step();
  REQUIRE_FALSE(end.ok());
  CHECK(end.error().code == store::error_code::write_failed);
  CHECK(f.l1.pooled() == 0);
}

TEST_CASE("an intent for a batch that was laid again is given up, and the new one committed") {
  engine_fixture f;
  f.seal(2);
  f.step();
  f.l1.forget_pool();
  REQUIRE(f.batches->truncate(batch_number{0}).ok());
  REQUIRE(f.batches->append(batch_of(1)).ok());
  auto second = batch_of(2);
  second.pubdata.push_back(9);
  second.input.pubdata_commitment = pubdata_commitment(pubdata_mode::calldata, second.pubdata);
  REQUIRE(f.batches->append(second).ok());
  f.start();
  f.steps(20);
  CHECK(f.l1.commits() == f.expected(2));
  CHECK(f.counter("given_up_total") == 1);
}

TEST_CASE("what is in flight is still to be paid after a restart") {
  engine_fixture f;
  f.seal(1);
  f.step();
  const u256 one = f.journal->open_intents()->front().attempts.back().cost_max();
  REQUIRE(one > u256{});
  f.start();
  f.seal(2);
  f.l1.fund(f.account->account(), one + one / u256{2});
  f.step();
  CHECK_THAT(f.waits_for(2), Catch::Contains(": refill it with "));
}
