#include <catch2/catch.hpp>

#include "test/unit/l1_listener/follower_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;
using namespace std::chrono_literals;
using l1::l1_error;
using l1::l1_error_code;

TEST_CASE("stages of batches are told as L1 shows them and written to the store") {
  follower_fixture f;
  f.seal(3);
  f.step();
  CHECK(f.follower->take_events().empty());
  f.commit(1);
  f.commit(2);
  f.l1.mine();
  f.step();
  CHECK(text_of(f.follower->take_events()) == "1 committed, 2 committed");
  CHECK(f.settlement(1).stage == batch_stage::committed);
  CHECK(f.settlement(1).commit_block == f.l1.head());
  CHECK(f.settlement(1).commit_at == f.l1.now());
  CHECK(f.settlement(1).commit_gas == simulated_l1::commit_gas);
  CHECK_FALSE(f.settlement(1).commit_txn.is_zero());
  CHECK(f.follower->heads().safe == block_number{6});
  CHECK(f.view->committed() == block_number{6});
  f.l1.prove_to(batch_number{2});
  f.l1.execute_to(batch_number{1});
  f.l1.mine();
  f.step();
  CHECK(text_of(f.follower->take_events()) == "1 proved, 2 proved, 1 executed");
  CHECK(f.settlement(1).stage == batch_stage::executed);
  CHECK(f.settlement(1).prove_at == f.l1.now());
  CHECK(f.settlement(1).execute_at == f.l1.now());
  CHECK(f.settlement(1).commit_at < f.l1.now());
  CHECK(f.settlement(2).stage == batch_stage::proved);
  CHECK(f.follower->heads().finalized == block_number{0});
  CHECK(f.follower->status().healthy);
}

TEST_CASE("a batch is final when the block of its stage is") {
  follower_fixture f;
  f.seal(2);
  f.commit(1);
  f.commit(2);
  f.l1.mine();
  f.l1.prove_to(batch_number{1});
  f.l1.execute_to(batch_number{1});
  f.l1.mine();
  f.step();
  f.follower->take_events();
  f.l1.mine(31);
  f.step();
  CHECK(text_of(f.follower->take_events()) == "2 committed final");
  f.l1.mine();
  f.step();
  CHECK(text_of(f.follower->take_events()) == "1 executed final");
  CHECK(f.follower->heads().finalized == block_number{3});
  CHECK(f.follower->heads().safe == block_number{6});
  f.start();
  f.step();
  CHECK(f.follower->heads().finalized == block_number{3});
  CHECK(text_of(f.follower->snapshot()) == "2 committed final");
}

TEST_CASE("the endpoint's finalized tag is used where no depth is set") {
  follower_fixture f;
  f.config.finality_depth.reset();
  f.l1.set_finality_depth(5);
  f.start();
  f.seal(1);
  f.commit(1);
  f.l1.mine(6);
  f.step();
  CHECK(text_of(f.follower->take_events()) == "1 committed, 1 committed final");
}

TEST_CASE("it is known up to when L1's queue was seen, also after a restart") {
  follower_fixture f;
  CHECK(f.view->seen_until() == unix_seconds{});
  f.l1.mine(3);
  f.step();
  const unix_seconds seen = f.view->seen_until();
  REQUIRE(seen.value != 0);
  f.l1.mine();
  CHECK(f.view->seen_until() == seen);
  f.step();
  CHECK(f.view->seen_until() > seen);
  const unix_seconds last = f.view->seen_until();
  REQUIRE(f.view->reload().ok());
  CHECK(f.view->seen_until() == last);
}

TEST_CASE("blocks may be dated by L1's time and the steady time since, not by the wall") {
  using std::chrono::seconds;
  CHECK(l1_listener::l1_sight{}.date_max(seconds(5), 300).value == ~u64{0});
  const l1_listener::l1_sight seen{unix_seconds{1'000}, seconds(50)};
  CHECK(seen.date_max(seconds(50), 300) == unix_seconds{1'300});
  CHECK(seen.date_max(seconds(90), 300) == unix_seconds{1'340});
  CHECK(seen.date_max(seconds(40), 300) == unix_seconds{1'300});
  follower_fixture f;
  f.step();
  CHECK(f.view->seen().until == f.l1.now());
  const auto at = f.view->seen().at;
  CHECK(at.count() != 0);
  f.step();  // nothing new
  CHECK(f.view->seen().at == at);
  f.l1.mine();
  f.step();
  CHECK(f.view->seen().at > at);
}

TEST_CASE("deposits are given on in order, only when deep enough, with their hashes checked") {
  follower_fixture f;
  address to;
  to[19] = 5;
  f.step();
  for (int i = 0; i < 3; ++i) f.l1.deposit(to, u256{static_cast<u64>(i)});
  f.l1.mine();
  f.step();
  CHECK(f.view->operations_total() == 3);
  CHECK(f.operations(0).empty());
  f.l1.mine();
  f.step();
  CHECK(f.operations(0).empty());
  f.l1.mine();
  f.step();
  CHECK(f.operations(0) == f.l1.priority_ops());
  CHECK(f.operations(2).size() == 1);
  CHECK(f.operations(3).empty());
  const auto op = f.view->operation(priority_id{1});
  REQUIRE(op->has_value());
  CHECK((*op)->requested_at.value + simulated_l1::priority_deadline_s == (*op)->deadline.value);
  CHECK(*f.view->priority_deadline(priority_id{1}) == (*op)->deadline);
  CHECK_FALSE(f.view->priority_deadline(priority_id{3})->has_value());
}

TEST_CASE("one message holds at most the configured number of operations") {
  follower_fixture f;
  f.config.operations_per_message = 2;
  f.start();
  for (int i = 0; i < 5; ++i) f.l1.deposit({}, u256{1});
  f.l1.mine(4);
  f.step();
  CHECK(f.operations(0).size() == 2);
  CHECK(f.operations(4).size() == 1);
}

TEST_CASE("a sequencer that is ahead of L1's queue is named") {
  follower_fixture f;
  f.step();
  CHECK(f.operations(4).empty());
  CHECK_THAT(f.follower->status().waits_for,
             Catch::Contains("executed operations up to 3, L1 shows 0"));
}

TEST_CASE("a restart goes on at the cursor and forgets nothing") {
  follower_fixture f;
  f.seal(2);
  f.commit(1);
  f.l1.deposit({}, u256{1});
  f.l1.mine(4);
  f.step();
  f.follower->take_events();
  f.start();
  const u64 before = f.l1.requests();
  f.step();
  CHECK(f.l1.requests() - before < 20);
  CHECK(f.follower->take_events().empty());
  CHECK(text_of(f.follower->snapshot()) == "1 committed");
  CHECK(f.operations(0).size() == 1);
  f.commit(2);
  f.l1.mine();
  f.step();
  CHECK(text_of(f.follower->take_events()) == "2 committed");
}

TEST_CASE("a long chain is caught up with in bounded ranges") {
  follower_fixture f;
  f.config.log_range_max = 50;
  f.config.ranges_per_step = 3;
  f.config.hash_window = 32;
  f.start();
  f.seal(4);
  for (u64 n = 1; n <= 4; ++n) {
    f.commit(n);
    f.l1.deposit({}, u256{n});
    f.l1.mine(100);
  }
  f.step();
  CHECK(f.view->cursor()->number.value == 150);
  f.steps(3);
  CHECK(f.view->cursor()->number.value == f.l1.head());
  CHECK(f.view->window().size() == 32);
  CHECK(f.settlement(4).stage == batch_stage::committed);
  CHECK(f.operations(0) == f.l1.priority_ops());
  CHECK(f.follower->status().healthy);
}

TEST_CASE("an endpoint that gives logs of a few blocks alone is followed all the same") {
  follower_fixture f;
  f.seal(4);
  for (u64 n = 1; n <= 4; ++n) {
    f.commit(n);
    f.l1.deposit({}, u256{n});
    f.l1.mine(100);
  }
  f.l1.logs_blocks_max = 10;
  f.steps(20);
  CHECK(f.view->cursor()->number.value == f.l1.head());
  CHECK(f.settlement(4).stage == batch_stage::committed);
  CHECK(f.operations(0) == f.l1.priority_ops());
  CHECK(f.counter("endpoint_errors_total") == 0);
  // One that gives none at all is named.
  f.l1.logs_blocks_max = 0;
  f.l1.mine(5);
  f.step();
  CHECK_THAT(f.follower->status().waits_for, Catch::Contains("range"));
  f.l1.logs_blocks_max = 1'000;
  f.time.advance(60s);
  f.steps(3);
  CHECK(f.follower->status().healthy);
}

TEST_CASE("a batch on L1 that is not ours does not raise ours, and is named") {
  follower_fixture f;
  f.seal(1);
  const auto other = batch_of(1, 9);
  f.l1.commit_by_another(other.input, other.pubdata);
  f.l1.mine();
  f.step();
  CHECK(f.settlement(1).stage == batch_stage::sealed);
  CHECK(f.follower->heads().safe == block_number{0});
  CHECK_THAT(f.follower->status().waits_for, Catch::Contains("another batch 1"));
}

TEST_CASE("a batch that is not ours and came before ours does not raise ours, and is named") {
  follower_fixture f;
  const auto other = batch_of(1, 9);
  f.l1.commit_by_another(other.input, other.pubdata);
  f.l1.mine();
  f.step();
  CHECK(text_of(f.follower->take_events()) == "1 committed");
  for (const bool restarted : {false, true}) {
    INFO("restarted " << restarted);
    if (restarted) f.start();
    f.seal(1);
    f.step();
    CHECK(f.settlement(1).stage == batch_stage::sealed);
    CHECK(f.follower->heads().safe == block_number{0});
    CHECK_THAT(f.follower->status().waits_for, Catch::Contains("another batch 1"));
    if (!restarted) CHECK(text_of(f.follower->take_events()) == "1 sealed reorged");
  }
}

TEST_CASE("a batch that is not ours never makes ours final") {
  for (const bool seen_before_ours : {false, true}) {
    INFO("seen before ours " << seen_before_ours);
    follower_fixture f;
    if (!seen_before_ours) f.seal(1);
    const auto other = batch_of(1, 9);
    f.l1.commit_by_another(other.input, other.pubdata);
    f.l1.mine();
    f.l1.prove_to(batch_number{1});
    f.l1.mine();
    f.l1.execute_to(batch_number{1});
    f.l1.mine(40);
    f.step();
    f.seal(1);
    f.step();
    f.l1.mine();
    f.step();
    CHECK(f.settlement(1).stage == batch_stage::sealed);
    CHECK(f.follower->heads().safe == block_number{0});
    CHECK(f.follower->heads().finalized == block_number{0});
    CHECK_THAT(f.follower->status().waits_for, Catch::Contains("another batch 1"));
  }
}

TEST_CASE("a batch that was on L1 before this node had it is settled when it comes") {
  follower_fixture f;
  f.commit(1);
  f.l1.mine();
  f.step();
  CHECK(f.follower->heads().safe == block_number{0});
  f.seal(1);
  f.step();
  CHECK(f.settlement(1).stage == batch_stage::committed);
  CHECK(f.follower->heads().safe == block_number{3});
}

TEST_CASE("batches that the contract took back are sealed again") {
  follower_fixture f;
  f.seal(3);
  for (u64 n = 1; n <= 3; ++n) f.commit(n);
  f.l1.mine();
  f.step();
  f.follower->take_events();
  f.l1.revert_to(batch_number{1});
  f.l1.mine();
  f.step();
  CHECK(text_of(f.follower->take_events()) == "3 sealed reorged, 2 sealed reorged");
  CHECK(f.view->committed() == block_number{3});
  CHECK(f.settlement(3) == store::batch_settlement{});
  f.commit(2);
  f.l1.mine();
  f.step();
  CHECK(text_of(f.follower->take_events()) == "2 committed");
}

TEST_CASE("errors of the endpoint are waited out with back-off and named") {
  follower_fixture f;
  f.seal(2);
  f.commit(1);
  f.l1.deposit({}, u256{1});
  f.l1.mine(3);
  u64 count = 0;
  f.l1.faults = [&](std::string_view) -> std::optional<simulated_l1::fault> {
    switch (++count % 9) {
      case 3:
        return simulated_l1::fault{fail(l1_error{l1_error_code::timed_out, "planted", 0, {}}),
                                   true};
      case 6:
        return simulated_l1::fault{std::string("<html>"), false};
      default:
        return std::nullopt;
    }
  };
  f.steps(40);
  CHECK(f.counter("endpoint_errors_total") > 0);
  f.l1.faults = [](std::string_view) -> std::optional<simulated_l1::fault> {
    return simulated_l1::fault{fail(l1_error{l1_error_code::rate_limited, "planted", 0, {}}),
                               false};
  };
  CHECK(*f.follower->step() >= 500ms);
  CHECK_THAT(f.follower->status().waits_for, Catch::Contains("rate limited"));
  f.time.advance(60s);
  f.l1.faults = nullptr;
  f.steps(3);
  CHECK(f.follower->status().waits_for == "");
  CHECK(f.settlement(1).stage == batch_stage::committed);
  CHECK(f.operations(0).size() == 1);
  CHECK(f.view->totals().committed == 1);
}

TEST_CASE("an endpoint of another chain is refused by name") {
  follower_fixture f;
  f.config.l1_chain_id = 1;
  f.start();
  f.step();
  CHECK_THAT(f.follower->status().waits_for, Catch::Contains("wrong chain"));
  CHECK_FALSE(f.view->cursor().has_value());
}

TEST_CASE("a configuration out of range is named") {
  l1_listener::listener_config c;
  CHECK(c.validate() == "l1_listener: contract is not set");
  c.contract = contract_address();
  CHECK(c.validate() == "l1_listener: l1_chain_id is not set");
  c.l1_chain_id = 1;
  CHECK(c.validate() == "l1_listener: start_block must be 1 or more");
  c.start_block = l1::l1_block_number{1};
  CHECK(c.validate().empty());
  const auto broken = [&](auto change) {
    l1_listener::listener_config b = c;
    change(b);
    return b.validate();
  };
  CHECK_FALSE(broken([](auto& b) { b.poll_ms = 1; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.hash_window = 1; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.confirmations = 500; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.log_range_max = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.ranges_per_step = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.agreeing_polls = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.finality_depth = 1'000'000; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.operations_per_message = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.follower_queue_max = 0; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.answer_timeout_ms = 1; }).empty());
  CHECK_FALSE(broken([](auto& b) { b.backoff.initial = 0s; }).empty());
}
