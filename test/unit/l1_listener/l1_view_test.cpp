#include <catch2/catch.hpp>

#include "test/unit/l1_listener/follower_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

TEST_CASE("killed at any write of the view, a restart ends with the same view") {
  u64 writes = 0;
  const auto play = [](follower_fixture& f) {
    f.seal(3);
    for (int i = 0; i < 18; ++i) {
      if (i == 1) f.commit(1);
      if (i == 2) f.l1.deposit({}, u256{7});
      if (i == 4) f.commit(2);
      if (i == 6) f.l1.reorg(4, simulated_l1::fork::drops);
      if (i < 13) f.l1.mine();
      const auto wait = f.follower->step();
      if (wait.ok()) {
        f.time.advance(*wait);
      } else {
        CHECK(wait.error().is_fatal());
        f.view_disk.refuse_write(std::nullopt);
        f.start();
      }
    }
  };
  hash256 cursor;
  {
    follower_fixture f;
    f.view_disk.refuse_write(std::nullopt);
    play(f);
    writes = f.view_disk.writes();
    cursor = f.view->cursor()->hash;
  }
  REQUIRE(writes > 10);
  for (u64 kill_at = 0; kill_at < writes; ++kill_at) {
    INFO("write " << kill_at);
    follower_fixture f;
    f.view_disk.refuse_write(kill_at);
    play(f);
    CHECK(f.view->cursor()->hash == cursor);
    CHECK(f.view->totals().committed == f.l1.commits().size());
    CHECK(f.view->operations_total() == f.l1.priority_total());
    CHECK(f.settlement(1).stage ==
          (f.l1.commits().empty() ? batch_stage::sealed : batch_stage::committed));
  }
}

TEST_CASE("a follower that ended in the middle of a range leaves nothing to the next one") {
  // given: a role that had read, and died with half a range applied
  follower_fixture f;
  f.seal(2);
  f.commit(1);
  f.l1.deposit({}, u256{7});
  f.l1.mine();
  f.steps(3);
  REQUIRE(f.view->operations_total() == 1);
  f.view->begin(*f.view->cursor());
  l1_listener::queued_operation half;
  half.id = priority_id{1};
  REQUIRE(f.view->add_operation(half).ok());
  l1_listener::batch_row row;
  row.settlement.stage = batch_stage::executed;
  f.view->set_row(f.view->cursor()->number.next(), 2, row, {9, 9, 9});
  // when: the next one starts over the same view, and L1 goes on
  f.follower = std::make_unique<l1_listener::chain_follower>(f.config, *f.client, f.time, *f.view,
                                                             *f.batches);
  f.commit(2);
  f.l1.deposit({}, u256{8});
  f.l1.mine();
  f.steps(3);
  // then
  CHECK(f.view->operations_total() == 2);
  CHECK(f.view->totals() == l1_listener::batch_totals{2, 0, 0});
  CHECK(f.settlement(2).stage == batch_stage::committed);
  CHECK(f.counter("rescans_total") == 0);
}

TEST_CASE("a folder of another version is refused") {
  memory_disk disk;
  {
    auto db = std::move(store::database::open(disk.config())).value();
    const bytes key{'h'}, value{99};
    REQUIRE(db->put(key, value, true).ok());
  }
  const auto opened = l1_listener::l1_view::open(disk.config());
  REQUIRE_FALSE(opened.ok());
  CHECK(opened.error().code == store::error_code::wrong_schema);
}

TEST_CASE("a damaged row is refused, not guessed at") {
  for (const bool in_head : {true, false}) {
    INFO("in head " << in_head);
    memory_disk disk;
    {
      auto view = std::move(l1_listener::l1_view::open(disk.config())).value();
      view->begin({l1::l1_block_number{1}, filled(1)});
      REQUIRE(view->finish({{l1::l1_block_number{1}, filled(1)}}, 8).ok());
    }
    {
      auto db = std::move(store::database::open(disk.config())).value();
      bytes key{static_cast<u8>(in_head ? 'h' : 'b')};
      if (!in_head) key.resize(9);
      const bytes cut{1, 2};
      REQUIRE(db->put(key, cut, true).ok());
    }
    const auto opened = l1_listener::l1_view::open(disk.config());
    REQUIRE_FALSE(opened.ok());
    CHECK(opened.error().code == store::error_code::damaged);
  }
}

TEST_CASE("an operation that cannot be read is not one that is not there") {
  memory_disk disk;
  l1_listener::queued_operation op;
  op.deadline = unix_seconds{77};
  {
    auto view = std::move(l1_listener::l1_view::open(disk.config())).value();
    view->begin({l1::l1_block_number{1}, filled(1)});
    REQUIRE(view->add_operation(op).ok());
    REQUIRE(view->finish({{l1::l1_block_number{1}, filled(1)}}, 8).ok());
    CHECK(*view->priority_deadline(priority_id{0}) == op.deadline);
    CHECK_FALSE(view->priority_deadline(priority_id{1})->has_value());
  }
  {
    auto db = std::move(store::database::open(disk.config())).value();
    bytes key(9);
    key[0] = 'o';
    const bytes cut{1, 2};
    REQUIRE(db->put(key, cut, true).ok());
  }
  const auto view = std::move(l1_listener::l1_view::open(disk.config())).value();
  CHECK(view->operation(priority_id{0}).error().code == store::error_code::damaged);
  const auto due = view->priority_deadline(priority_id{0});
  REQUIRE_FALSE(due.ok());
  CHECK(due.error().code == store::error_code::damaged);
}
