#include <random>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "test/unit/l1_listener/follower_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

TEST_CASE("a reorg of depth 1 to 5 takes stages back and reads them again") {
  for (u64 depth = 1; depth <= 5; ++depth)
    for (const auto how : {simulated_l1::fork::keeps, simulated_l1::fork::drops}) {
      INFO("depth " << depth << " drops " << (how == simulated_l1::fork::drops));
      follower_fixture f;
      f.seal(2);
      f.l1.mine(6);
      f.commit(1);
      f.l1.mine();  // this block is lost by every reorg of the loop
      f.l1.mine(depth - 1);
      f.step();
      CHECK(text_of(f.follower->take_events()) == "1 committed");
      const u64 head = f.view->cursor()->number.value;
      f.l1.reorg(depth, how);
      f.steps(3);
      if (how == simulated_l1::fork::keeps) {
        CHECK(text_of(f.follower->take_events()) == "1 sealed reorged, 1 committed");
        CHECK(f.settlement(1).stage == batch_stage::committed);
        CHECK(f.follower->heads().safe == block_number{3});
      } else {
        CHECK(text_of(f.follower->take_events()) == "1 sealed reorged");
        CHECK(f.settlement(1) == store::batch_settlement{});
        CHECK(f.follower->heads().safe == block_number{0});
      }
      CHECK(f.counter("reorgs_total") == 1);
      CHECK(f.counter("reorg_deepest") == depth);
      CHECK_THAT(f.follower->status().doing,
                 Catch::Contains("the last reorg of L1 took back its blocks " +
                                 std::to_string(head - depth + 1) + " to " + std::to_string(head)));
      CHECK(f.view->cursor()->hash == f.l1.head_hash());
    }
}

TEST_CASE("a reorg without our transactions changes nothing but the cursor") {
  follower_fixture f;
  f.seal(1);
  f.commit(1);
  f.l1.mine(6);
  f.step();
  f.follower->take_events();
  f.l1.reorg(3, simulated_l1::fork::drops);
  f.steps(3);
  CHECK(f.follower->take_events().empty());
  CHECK(f.settlement(1).stage == batch_stage::committed);
  CHECK(f.view->cursor()->hash == f.l1.head_hash());
}

TEST_CASE("a reorg takes back proof and execution to the stage before") {
  follower_fixture f;
  f.seal(1);
  f.commit(1);
  f.l1.mine(2);
  f.l1.prove_to(batch_number{1});
  f.l1.mine();
  f.l1.execute_to(batch_number{1});
  f.l1.mine();
  f.step();
  f.follower->take_events();
  f.l1.reorg(2, simulated_l1::fork::drops);
  f.steps(3);
  CHECK(text_of(f.follower->take_events()) == "1 committed reorged");
  const auto s = f.settlement(1);
  CHECK(s.stage == batch_stage::committed);
  CHECK(s.prove_txn.is_zero());
  CHECK(s.execute_block == 0);
}

TEST_CASE("a reorg that takes a revert back restores what was reverted") {
  follower_fixture f;
  f.seal(2);
  f.commit(1);
  f.commit(2);
  f.l1.mine();
  f.step();
  const auto before = f.settlement(2);
  f.l1.revert_to(batch_number{0});
  f.l1.mine();
  f.step();
  CHECK(f.view->totals().committed == 0);
  f.follower->take_events();
  f.l1.reorg(1, simulated_l1::fork::drops);
  f.steps(3);
  CHECK(text_of(f.follower->take_events()) == "1 committed reorged, 2 committed reorged");
  CHECK(f.settlement(2) == before);
  CHECK(f.view->totals().committed == 2);
}

TEST_CASE("a deposit that a reorg takes away before it is deep is never credited") {
  follower_fixture f;
  f.step();
  f.l1.deposit({}, u256{1});
  f.l1.mine(2);
  f.step();
  CHECK(f.operations(0).empty());
  f.l1.reorg(2, simulated_l1::fork::drops);
  f.l1.mine(5);
  f.steps(3);
  CHECK(f.operations(0).empty());
  CHECK(f.view->operations_total() == 0);
  f.l1.deposit({}, u256{2});
  f.l1.mine(3);
  f.step();
  CHECK(f.operations(0) == f.l1.priority_ops());
}

TEST_CASE("between a reorg and its reading no deposit of the lost blocks is credited") {
  follower_fixture f;
  f.config.confirmations = 1;
  f.start();
  f.step();
  f.l1.deposit({}, u256{1});
  f.l1.mine(2);
  f.step();
  f.l1.reorg(2, simulated_l1::fork::drops);
  // The follower has not looked again; the contract's own hash says no.
  CHECK(f.operations(0).empty());
  CHECK_THAT(f.follower->status().waits_for, Catch::Contains("another hash"));
}

TEST_CASE("a credited deposit that a deep reorg replaces stops crediting and is named") {
  follower_fixture f;
  f.step();
  f.l1.deposit({}, u256{1});
  f.l1.mine(4);
  f.step();
  CHECK(f.operations(0).size() == 1);
  CHECK(f.operations(1).empty());  // the sequencer has taken it
  f.l1.reorg(4, simulated_l1::fork::drops);
  f.steps(3);
  CHECK(f.operations(1).empty());
  CHECK_THAT(f.follower->status().waits_for, Catch::Contains("L1 shows 0"));
  CHECK_THAT(f.view->gate().why_closed(), Catch::Contains("L1 shows 0"));
  f.l1.deposit({}, u256{99});
  f.l1.mine(4);
  f.steps(2);
  CHECK(f.operations(1).empty());
  CHECK_THAT(f.follower->status().waits_for, Catch::Contains("L1 replaced operation 0"));
  CHECK_THAT(f.view->gate().why_closed(), Catch::Contains("L1 replaced operation 0"));
  f.start();
  f.step();
  CHECK(f.operations(1).empty());
  CHECK_THAT(f.follower->status().waits_for, Catch::Contains("L1 replaced operation 0"));
}

TEST_CASE("a credited deposit that comes back after another stood in its place heals") {
  for (const u64 others : {1, 3})
    for (const bool restarted : {false, true}) {
      INFO("others " << others << " restarted " << restarted);
      follower_fixture f;
      f.step();
      f.l1.deposit({}, u256{1});
      f.l1.deposit({}, u256{2});
      f.l1.mine(4);
      f.step();
      REQUIRE(f.operations(0).size() == 2);
      const std::vector<hash256> executed = f.l1.priority_ops();
      CHECK(f.operations(2).empty());  // the sequencer has taken them
      // when: L1 shows others in their place, once or several times
      f.l1.reorg(4, simulated_l1::fork::drops);
      for (u64 i = 0; i < others; ++i) {
        f.l1.deposit({}, u256{90 + i});
        f.l1.deposit({}, u256{80 + i});
        f.l1.mine(4);
        f.steps(3);
        CHECK(f.operations(2).empty());
        CHECK_THAT(f.view->gate().why_closed(), Catch::Contains("L1 replaced operation 0"));
        if (restarted) f.start();
        f.l1.reorg(6, simulated_l1::fork::drops);
      }
      // when: the first is back, and behind it another
      f.l1.deposit({}, u256{1});
      f.l1.deposit({}, u256{70});
      f.l1.mine(4);
      f.steps(3);
      CHECK_THAT(f.view->gate().why_closed(), Catch::Contains("L1 replaced operation 1"));
      // when: both are
      f.l1.reorg(6, simulated_l1::fork::drops);
      f.l1.deposit({}, u256{1});
      f.l1.deposit({}, u256{2});
      f.l1.mine(4);
      if (restarted) f.start();
      f.steps(3);
      // then
      REQUIRE(f.l1.priority_ops() == executed);
      CHECK(f.view->gate().why_closed() == "");
      f.l1.deposit({}, u256{3});
      f.l1.mine(4);
      f.step();
      CHECK(f.operations(2).size() == 1);
      CHECK(f.follower->status().healthy);
    }
}

TEST_CASE("as shipped no reorg of 1 to 64 blocks takes a credited deposit back") {
  for (const u64 depth : {1, 2, 3, 4, 8, 32, 63, 64}) {
    INFO("depth " << depth);
    follower_fixture f;
    f.config.confirmations = l1_listener::listener_config{}.confirmations;
    f.config.hash_window = l1_listener::listener_config{}.hash_window;
    f.config.finality_depth = 100;
    f.start();
    f.l1.mine(10);
    f.step();
    f.l1.deposit({}, u256{1});
    f.l1.mine(depth);
    f.steps(2);
    CHECK(f.operations(0).empty());
    f.l1.reorg(depth, simulated_l1::fork::drops);
    f.steps(3);
    CHECK(f.view->operations_total() == 0);
    CHECK(f.operations(0).empty());
    f.l1.deposit({}, u256{2});
    f.l1.mine(65);
    f.steps(3);
    CHECK(f.operations(0) == f.l1.priority_ops());
    CHECK(f.follower->status().healthy);
  }
}

TEST_CASE("a credited deposit that comes again as it was is no harm") {
  follower_fixture f;
  f.step();
  f.l1.deposit({}, u256{1});
  f.l1.mine(4);
  f.step();
  CHECK(f.operations(0).size() == 1);
  CHECK(f.operations(1).empty());
  f.l1.reorg(4, simulated_l1::fork::keeps);
  f.l1.deposit({}, u256{2});
  f.l1.mine(3);
  f.steps(3);
  CHECK(f.operations(1).size() == 1);
  CHECK(f.follower->status().healthy);
}

TEST_CASE("an endpoint that lags takes nothing back and is named") {
  follower_fixture f;
  f.seal(1);
  f.commit(1);
  f.l1.mine(3);
  f.step();
  f.follower->take_events();
  const u64 head = f.l1.head();
  f.l1.rollback(2);
  f.steps(3);
  CHECK(f.follower->take_events().empty());
  CHECK_THAT(f.follower->status().waits_for,
             Catch::Contains("block " + std::to_string(head) + " was read already"));
  f.l1.mine(4);  // other blocks than those it had read: now it is known to be a reorg
  f.steps(3);
  CHECK(f.view->cursor()->hash == f.l1.head_hash());
  CHECK(f.follower->status().healthy);
}

TEST_CASE("a rollback that removes a commit is taken back when other blocks come") {
  follower_fixture f;
  f.seal(1);
  f.l1.mine(3);
  f.commit(1);
  f.l1.mine();
  f.step();
  f.follower->take_events();
  f.l1.rollback(2);
  f.l1.mine(1);
  f.steps(3);
  CHECK(text_of(f.follower->take_events()) == "1 sealed reorged");
}

TEST_CASE("one answer from another fork is not enough to take anything back") {
  follower_fixture f;
  f.seal(1);
  f.commit(1);
  f.l1.mine(2);
  f.step();
  f.follower->take_events();
  // Another node behind the same endpoint answers once, with a head of its own.
  simulated_l1 other{contract_address()};
  other.mine(f.l1.head() + 1);
  other.reorg(f.l1.head(), simulated_l1::fork::drops);
  l1::client elsewhere(other.connect());
  const auto foreign = *elsewhere.latest();
  const std::string h = to_hex(foreign.hash), p = to_hex(foreign.parent_hash);
  bool once = true;
  f.l1.faults = [&](std::string_view method) -> std::optional<simulated_l1::fault> {
    if (!once || method != "eth_getBlockByNumber") return std::nullopt;
    once = false;
    return simulated_l1::fault{R"({"id":)" + std::to_string(f.l1.requests()) +
                                   R"(,"result":{"number":"0x)" + "5" + R"(","hash":")" + h +
                                   R"(","parentHash":")" + p +
                                   R"(","timestamp":"0x1","baseFeePerGas":"0x1"}})",
                               false};
  };
  f.step();
  CHECK(f.counter("reorgs_total") == 0);
  f.steps(2);
  CHECK(f.counter("reorgs_total") == 0);
  CHECK(f.follower->take_events().empty());
}

TEST_CASE("a reorg deeper than the window is named and nothing is guessed") {
  follower_fixture f;
  f.config.hash_window = 8;
  f.start();
  f.l1.mine(20);
  f.step();
  const auto cursor = *f.view->cursor();
  f.l1.reorg(12, simulated_l1::fork::drops);
  f.steps(4);
  CHECK_THAT(f.follower->status().waits_for, Catch::Contains("reorg deeper than the 8 blocks"));
  CHECK(*f.view->cursor() == cursor);
}

TEST_CASE("logs that the endpoint left out are found by the contract's counters") {
  follower_fixture f;
  f.seal(2);
  f.step();
  f.commit(1);
  f.l1.deposit({}, u256{1});
  f.l1.mine();
  bool hide = true;
  f.l1.faults = [&](std::string_view method) -> std::optional<simulated_l1::fault> {
    if (!hide || method != "eth_getLogs") return std::nullopt;
    hide = false;
    return simulated_l1::fault{R"({"id":)" + std::to_string(f.l1.requests()) + R"(,"result":[]})",
                               false};
  };
  f.step();
  CHECK(f.view->totals().committed == 0);
  f.steps(4);
  CHECK(f.view->totals().committed == 1);
  CHECK(f.view->operations_total() == 1);
  CHECK(f.counter("rescans_total") == 1);
  CHECK(f.counter("reorgs_total") == 0);
  CHECK(f.settlement(1).stage == batch_stage::committed);
  CHECK(f.follower->status().healthy);
}

TEST_CASE("a range without its logs, the first after a start, is read again") {
  // given: batches over more blocks than can be taken back, all read
  follower_fixture f;
  f.config.finality_depth = 64;
  f.config.log_range_max = 5;
  f.start();
  f.seal(24);
  for (u64 n = 1; n <= 20; ++n) {
    f.commit(n);
    f.l1.mine(10);
    f.step();
  }
  f.steps(2);
  REQUIRE(f.view->totals().committed == 20);
  REQUIRE(f.view->window().size() > 64);
  // when: it starts anew, and the first range comes without its events
  f.commit(21);
  f.l1.mine(5);
  f.commit(22);
  f.l1.mine(5);
  const u64 asked_before = f.l1.requests();
  f.start();
  bool hide = true;
  f.l1.faults = [&](std::string_view method) -> std::optional<simulated_l1::fault> {
    if (!hide || method != "eth_getLogs") return std::nullopt;
    hide = false;
    return simulated_l1::fault{
        R"({"id":)" + std::to_string(f.l1.requests() - asked_before) + R"(,"result":[]})", false};
  };
  f.step();
  REQUIRE(f.counter("rescans_total") == 1);
  f.steps(8);
  // then
  CHECK(f.view->totals().committed == 22);
  CHECK(f.counter("rescans_total") == 1);
  CHECK(f.settlement(22).stage == batch_stage::committed);
  CHECK(f.view->gate().why_closed() == "");
  CHECK(f.follower->status().healthy);
}

TEST_CASE("a range without its logs that is longer than the window is read again") {
  // given: a view that is new, or knows L1 up to some block and was away since
  const bool is_new = GENERATE(true, false);
  const std::string found_by = GENERATE("a later event", "the counters at the head");
  INFO((is_new ? "new" : "known") << ", found by " << found_by);
  follower_fixture f;
  f.config.hash_window = 8;
  f.config.confirmations = 2;
  f.config.finality_depth = 10;
  f.config.log_range_max = 50;
  f.start();
  f.seal(3);
  f.commit(1);
  f.l1.mine(30);
  if (!is_new) {
    f.steps(2);
    REQUIRE(f.view->totals().committed == 1);
    REQUIRE(f.view->final_block() != 0);
  }
  f.commit(2);
  f.l1.deposit({}, u256{1});
  f.l1.mine(100);
  if (found_by == "a later event") f.commit(3);
  f.l1.mine(100);
  // when: the first range comes without its events
  bool hide = true;
  f.l1.faults = [&](std::string_view method) -> std::optional<simulated_l1::fault> {
    if (!hide || method != "eth_getLogs") return std::nullopt;
    hide = false;
    return simulated_l1::fault{R"({"id":)" + std::to_string(f.l1.requests()) + R"(,"result":[]})",
                               false};
  };
  f.steps(3);
  CHECK(f.counter("rescans_total") == 1);
  f.steps(6);
  // then: it is read again, once, and what was known stays known
  CHECK(f.counter("rescans_total") == 1);
  CHECK(f.view->totals().committed == f.l1.commits().size());
  CHECK(f.operations(0) == f.l1.priority_ops());
  CHECK(f.settlement(2).stage == batch_stage::committed);
  CHECK(f.view->gate().why_closed() == "");
  CHECK(f.follower->status().healthy);
  // and: it goes on from the folder
  f.start();
  f.l1.mine();
  f.step();
  CHECK(f.follower->status().healthy);
  CHECK(f.view->final_block() + 10 == f.l1.head());
}

TEST_CASE("events that were missing where the counters agreed are read again all the same") {
  // given: two answers of an endpoint that was behind, its logs and its counters, so that a block
  // counts as read whose commit is missing; then L1 is away for more than the window
  follower_fixture f;
  f.config.hash_window = 8;
  f.config.finality_depth = 20;
  f.config.log_range_max = 50;
  f.start();
  f.seal(2);
  f.l1.mine(30);
  f.steps(2);
  f.commit(1);
  f.l1.mine();
  f.l1.faults = [&](std::string_view method) -> std::optional<simulated_l1::fault> {
    if (method != "eth_getLogs") return std::nullopt;
    return simulated_l1::fault{R"({"id":)" + std::to_string(f.l1.requests()) + R"(,"result":[]})",
                               false};
  };
  f.step();
  REQUIRE(f.view->totals().committed == 0);
  f.view->set_complete();
  f.l1.mine(60);
  f.commit(2);
  f.l1.mine(40);
  // when
  f.l1.faults = nullptr;
  f.time.advance(std::chrono::minutes(2));
  f.steps(12);
  // then
  CHECK(f.view->totals().committed == 2);
  CHECK(f.counter("rescans_total") == 2);
  CHECK(f.follower->status().healthy);
}

TEST_CASE("any history by seed ends with the view that L1 shows") {
  for (u64 seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    follower_fixture f;
    f.config.confirmations = 5;
    f.config.finality_depth = 12;
    f.start();
    f.seal(30);
    f.l1.mine(20);
    std::vector<hash256> credited;
    bool faulty = true;
    f.l1.faults = [&](std::string_view) -> std::optional<simulated_l1::fault> {
      if (!faulty || random() % 30 != 0) return std::nullopt;
      return simulated_l1::fault{fail(l1::l1_error{l1::l1_error_code::timed_out, "planted", 0, {}}),
                                 true};
    };
    const auto credit = [&] {
      auto got = f.follower->operations(priority_id{credited.size()});
      REQUIRE(got.ok());
      if (!*got) return;
      for (const auto& op : (*got)->items) credited.push_back(op.canonical_hash);
    };
    for (int round = 0; round < 120; ++round) {
      switch (random() % 8) {
        case 0:
          f.l1.reorg(1 + random() % 5,
                     random() % 2 ? simulated_l1::fork::keeps : simulated_l1::fork::drops);
          break;
        case 1:
          f.l1.deposit({}, u256{random() % 1000});
          break;
        case 2: {
          const u64 last = f.l1.commits().empty() ? 0 : f.l1.commits().back();
          if (last < 30) f.commit(last + 1);
          f.l1.mine();
          break;
        }
        case 3:
          if (random() % 4 == 0) f.start();
          break;
        default:
          f.l1.mine();
      }
      f.step();
      credit();
    }
    faulty = false;
    f.l1.mine(6);
    f.time.advance(std::chrono::minutes(2));
    f.steps(6);
    credit();
    CHECK(f.follower->status().waits_for == "");
    CHECK(credited == f.l1.priority_ops());
    CHECK(f.view->totals().committed == f.l1.commits().size());
    for (u64 n = 1; n <= 30; ++n)
      CHECK(f.settlement(n).stage ==
            (n <= f.l1.commits().size() ? batch_stage::committed : batch_stage::sealed));
  }
}
