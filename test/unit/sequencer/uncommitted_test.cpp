#include <catch2/catch.hpp>

#include "test/unit/sequencer/engine_fixture.hpp"

using namespace ashlar;
using test::engine_fixture;

namespace {

/// A node whose publisher commits nothing but what the test says, beside an L1 that it reads.
struct unsettled_fixture : engine_fixture {
  block_number committed;
  std::map<u64, u64> deadlines;  ///< of L1's operations

  unsettled_fixture() {
    config.uncommitted_s_max = 100;
    l1 = [this] { return sequencer::l1_standing{committed, time.wall()}; };
    horizon = [this](priority_id next) {
      const auto due = deadlines.find(next.value);
      return unix_seconds{due != deadlines.end() ? due->second : time.wall().value + 100};
    };
  }
  void pass(u64 seconds) {
    time.advance(std::chrono::seconds(seconds));
    step_all();
  }
  u64 head() const { return store->head().number.value; }
};

}  // namespace

TEST_CASE("nothing is confirmed behind a block that L1 lacks for long, until L1 has it") {
  // given: two blocks, 60 s apart
  unsettled_fixture f;
  REQUIRE(f.open().empty());
  f.confirm({f.transfer(1, 0)});
  f.step_all();
  f.pass(60);
  f.confirm({f.transfer(1, 1)});
  f.step_all();
  REQUIRE(f.head() == 2);
  // when: the first is as old as it may be
  f.pass(40);
  const auto in_time = f.confirm({f.transfer(1, 2)});
  f.step_all();
  // then
  REQUIRE(in_time->came);
  CHECK(in_time->confirmed(0));
  CHECK(f.engine->why_unconfirmed() == "");
  // when: it is older
  f.pass(1);
  const auto late = f.confirm({f.transfer(1, 3)});
  f.step_all();
  // then: what comes waits in the pool, and it is said why
  CHECK_FALSE(late->came);
  CHECK(f.engine->pool().totals().pending_txns == 1);
  CHECK(f.head() == 3);
  CHECK_THAT(f.engine->why_unconfirmed(), Catch::Contains("L1: it lacks batches"));
  // but: operations of L1's queue have their block
  REQUIRE(f.engine->add_priority({{f.forced(0, 20)}}).ok());
  f.step_all();
  CHECK(f.head() == 4);
  CHECK(f.store->block_at(block_number{4})->block.txns.size() == 1);
  CHECK_FALSE(late->came);
  // when: L1 has the first, and the second is young enough
  f.committed = block_number{1};
  f.step_all();
  // then
  REQUIRE(late->came);
  CHECK(late->confirmed(0));
  CHECK(f.engine->why_unconfirmed() == "");
  // when: that is too old as well, and a reorg takes the first back
  f.committed = block_number{0};
  const auto behind = f.confirm({f.transfer(1, 4)});
  f.step_all();
  CHECK_FALSE(behind->came);
  // when: L1 has all
  f.committed = block_number{5};
  f.step_all();
  // then
  REQUIRE(behind->came);
  CHECK(behind->confirmed(0));
}

TEST_CASE("nothing is confirmed while an operation of an uncommitted block is overdue on L1") {
  // given: an operation in a block, which L1 wants by some time
  unsettled_fixture f;
  f.config.uncommitted_s_max = 10'000;
  REQUIRE(f.open().empty());
  REQUIRE(f.engine->add_priority({{f.forced(0, 20), f.forced(1, 21)}}).ok());
  f.deadlines[0] = f.deadlines[1] = f.time.wall().value + 50;
  f.step_all();
  REQUIRE(f.head() == 1);
  f.pass(50);
  const auto in_time = f.confirm({f.transfer(1, 0)});
  f.step_all();
  REQUIRE(in_time->came);
  // when
  f.pass(1);
  const auto late = f.confirm({f.transfer(1, 1)});
  f.step_all();
  // then
  CHECK_FALSE(late->came);
  CHECK_THAT(f.engine->why_unconfirmed(), Catch::Contains("L1: it lacks batches"));
  // when: L1 has it
  f.committed = block_number{1};
  f.step_all();
  // then
  CHECK(late->came);
}

TEST_CASE("an idle chain is not late, however old its last block is") {
  unsettled_fixture f;
  REQUIRE(f.open().empty());
  f.confirm({f.transfer(1, 0)});
  f.step_all();
  f.committed = block_number{1};
  f.pass(1'000);
  const auto next = f.confirm({f.transfer(1, 1)});
  f.step_all();
  CHECK(next->came);
}
