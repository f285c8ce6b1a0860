#include <catch2/catch.hpp>

#include "test/unit/sequencer/engine_fixture.hpp"

using namespace ashlar;
using test::engine_fixture;

TEST_CASE("a clock that jumps ahead and back leaves the chain as usable as before") {
  // given: L1 read up to now, an operation and a transaction that wait
  engine_fixture f;
  const u64 seen = f.time.wall().value;
  f.date_max = [&] { return unix_seconds{seen + 300}; };
  f.horizon = [&](priority_id) { return unix_seconds{seen + 3'600}; };
  REQUIRE(f.open().empty());
  CHECK(f.engine->clock_alarm() == "");
  const auto first = f.confirm({f.transfer(1, 0)});
  REQUIRE(f.engine->add_priority({{f.forced(0, 20)}}).ok());
  // when: the clock is a month ahead
  f.time.set_wall(seen + 30 * 86'400);
  f.step_all();
  // then: the block is not, nothing was dropped, and the status says so
  REQUIRE(f.store->head().number == block_number{1});
  CHECK(f.store->head().timestamp == unix_seconds{seen + 300});
  CHECK(first->confirmed(0));
  CHECK_THAT(f.engine->clock_alarm(), Catch::Contains("2591700 s ahead"));
  // when: it is right again
  f.time.set_wall(seen + 10);
  const auto second = f.confirm({f.transfer(1, 1)});
  f.step_all();
  // then
  CHECK(second->confirmed(0));
  CHECK_FALSE(f.engine->waits_for_l1());
  CHECK(f.store->head().timestamp == unix_seconds{seen + 300});
  CHECK(f.engine->clock_alarm() == "");
  // when: it is set far back
  f.time.set_wall(seen - 1'000);
  CHECK_THAT(f.engine->clock_alarm(), Catch::Contains("1300 s behind the last block"));
}

TEST_CASE("what waits is as old as it has waited, whatever time blocks are dated by") {
  // given: a transaction that came while L1 was read no further than hours ago
  engine_fixture f;
  const u64 wall = f.time.wall().value;
  u64 most = wall - 4 * 3'600;
  f.date_max = [&] { return unix_seconds{most}; };
  std::string held = "L1 is away";
  f.held_by = [&] { return held; };
  REQUIRE(f.open().empty());
  const auto first = f.confirm({f.transfer(1, 0)});
  f.step_all();
  // when: L1 is there again
  most = wall;
  held.clear();
  f.step_all();
  // then
  REQUIRE(first->came);
  CHECK(first->confirmed(0));
  // when: one waits for as long as the pool allows, and the wall was set back
  const auto gap = f.submit({f.transfer(1, 2)}, api::submit_wait::accepted);
  f.time.advance(std::chrono::seconds(f.config.pool.expiry_seconds + 1));
  f.time.set_wall(wall);
  f.step_all();
  // then
  CHECK(f.engine->pool().lookup(f.transfer(1, 2).hash).where == api::pool_lookup::place::dropped);
}
