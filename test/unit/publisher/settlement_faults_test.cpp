#include <random>

#include <catch2/catch.hpp>

#include "net/l1/abi.hpp"
#include "test/unit/publisher/engine_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;
using namespace std::chrono_literals;
using l1::l1_error;
using l1::l1_error_code;

namespace {

using answer = l1::l1_result<std::string>;

answer failure_of(l1_error_code code) {
  return fail(l1_error{code, "planted", 0, {}});
}

}  // namespace

TEST_CASE("a reorg of depth 1 to 5 ends with each batch committed once") {
  for (u64 depth = 1; depth <= 5; ++depth)
    for (const auto how : {simulated_l1::fork::keeps, simulated_l1::fork::drops})
      for (unsigned when = 1; when <= 8; ++when) {
        INFO("depth " << depth << " drops " << (how == simulated_l1::fork::drops) << " after "
                      << when);
        engine_fixture f;
        f.config.confirmations = 2;  // so that some reorgs reach behind what is settled
        f.start();
        f.seal(4);
        f.l1.mine(6);
        f.steps(when);
        f.l1.reorg(depth, how);
        f.seal(6);
        f.steps(20);
        CHECK(f.l1.commits() == f.expected(6));
        CHECK(f.journal->open_intents()->empty());
        CHECK(f.engine->status().healthy);
      }
}

TEST_CASE("a commit that a reorg took back is sent again with the same bytes") {
  engine_fixture f;
  f.seal(1);
  f.l1.mine(3);
  f.step();
  f.l1.mine();
  f.step();
  const auto before = f.journal->open_intents()->front();
  CHECK(before.state == store::intent_state::mined);
  f.l1.reorg(2, simulated_l1::fork::drops);
  f.step();
  const auto after = f.journal->open_intents()->front();
  CHECK(after.attempts == before.attempts);
  CHECK(f.l1.pooled() == 1);
  CHECK(f.counter("vanished_total") == 1);
  f.steps(10);
  CHECK(f.l1.commits() == f.expected(1));
}

TEST_CASE("time-outs, 429s, broken connections and garbage are waited out with back-off") {
  const std::vector<std::function<answer()>> kinds{
      [] { return failure_of(l1_error_code::timed_out); },
      [] { return failure_of(l1_error_code::rate_limited); },
      [] { return failure_of(l1_error_code::unreachable); },
      [] { return failure_of(l1_error_code::http_status); },
      [] { return answer("<html>502</html>"); },
      [] { return answer("{}"); },
      [] { return answer(R"({"jsonrpc":"2.0","id":0,"result":null})"); }};
  for (const bool reached : {false, true})
    for (std::size_t kind = 0; kind < kinds.size(); ++kind) {
      INFO("kind " << kind << " reached " << reached);
      engine_fixture f;
      f.seal(3);
      u64 count = 0;
      f.l1.faults = [&](std::string_view) -> std::optional<simulated_l1::fault> {
        if (++count % 11 != 0) return std::nullopt;
        return simulated_l1::fault{kinds[kind](), reached};
      };
      f.steps(60);
      CHECK(f.counter("endpoint_errors_total") > 0);
      f.l1.faults = nullptr;
      f.steps(20);
      CHECK(f.l1.commits() == f.expected(3));
      CHECK(f.l1.failures() == 0);
      CHECK(f.engine->status().healthy);
    }
}

TEST_CASE("while the endpoint is down the status names it and the back-off grows") {
  engine_fixture f;
  f.seal(1);
  f.l1.faults = [](std::string_view) {
    return simulated_l1::fault{failure_of(l1_error_code::timed_out), false};
  };
  CHECK(*f.engine->step() == 500ms);
  f.time.advance(500ms);
  CHECK(*f.engine->step() == 1s);
  CHECK_THAT(f.engine->status().waits_for, Catch::Contains("timed out"));
  CHECK_THAT(f.waits_for(1), Catch::Contains("timed out"));
  const u64 asked = f.l1.requests();
  CHECK(*f.engine->step() == 1s);
  CHECK(f.l1.requests() == asked);  // within the back-off nothing is asked
  for (int i = 0; i < 12; ++i) f.step();
  CHECK(*f.engine->step() <= 60s);
}

TEST_CASE("a nonce that another sender took is planned anew, without a gap") {
  for (unsigned when = 0; when < 4; ++when) {
    INFO("after " << when);
    engine_fixture f;
    f.config.in_flight_max = 3;
    f.start();
    f.seal(4);
    if (when > 0) f.steps(when);
    f.step();  // sent, not mined
    const bool had_one = f.l1.pooled() > 0;
    CHECK(had_one == (when < 2));
    f.l1.take_nonce(f.account->account());
    f.l1.mine();
    f.seal(6);
    f.steps(30);
    CHECK(f.l1.commits() == f.expected(6));
    CHECK(f.journal->open_intents()->empty());
    CHECK(f.engine->status().healthy);
    // and the status names the cause, where a commit had that nonce
    CHECK(f.counter("nonce_taken_total") == had_one);
    const auto named =
        Catch::Contains(" was used by another transaction of the operator's account");
    CHECK(named.match(f.engine->status().doing) == had_one);
  }
}

TEST_CASE("a fee spike over the cap is waited out and said") {
  engine_fixture f;
  f.seal(1);
  f.l1.set_base_fee(f.config.fees.fee_per_gas_max);
  f.l1.mine();
  f.steps(5);
  CHECK_THAT(f.waits_for(1), Catch::Contains("L1 fees are over the cap") &&
                                 Catch::Contains("the cap is 500000000000"));
  CHECK(f.l1.pooled() == 0);
  f.l1.set_base_fee(u256{1'000'000'000});
  f.steps(10);
  CHECK(f.l1.commits() == f.expected(1));
}

TEST_CASE("a fee spike after sending is bumped up to the cap, then waited out") {
  engine_fixture f;
  f.config.bump_after_ms = 2'000;
  f.config.resend_after_ms = 2'000;
  f.start();
  f.seal(2);
  f.step();
  f.l1.set_base_fee(u256{100'000'000'000});
  f.steps(6);
  CHECK(f.counter("bumped_total") > 0);
  CHECK(f.l1.commits() == f.expected(2));
  f.seal(3);
  f.step();
  f.l1.set_base_fee(f.config.fees.fee_per_gas_max * u256{2});
  f.steps(20);
  CHECK(f.l1.commits() == f.expected(2));
  CHECK_THAT(f.waits_for(3), Catch::Contains("over the cap"));
  const auto open = f.journal->open_intents();
  for (const auto& a : open->back().attempts)
    CHECK(a.max_fee_per_gas <= f.config.fees.fee_per_gas_max);
  f.l1.set_base_fee(u256{1'000'000'000});
  f.steps(10);
  CHECK(f.l1.commits() == f.expected(3));
}

TEST_CASE("attempts become rare, the same bytes are kept alive, and a rise of fees is followed") {
  engine_fixture f;
  f.config.bump_after_ms = 1'000;
  f.config.resend_after_ms = 1'000;
  f.config.attempts_max = 3;
  f.start();
  f.seal(1);
  const auto attempts = [&] { return f.journal->open_intents()->front().attempts; };
  f.steps(20, false);  // nothing is mined; twice as long from the third on: 1, 1, 2, 4, 8 seconds
  CHECK(attempts().size() == 6);
  CHECK_THAT(f.waits_for(1), Catch::Contains("6 attempts and not mined"));
  f.l1.forget_pool();
  SECTION("the pool that lost it has it again") {
    f.steps(5);
    CHECK(f.l1.commits() == f.expected(1));
  }
  SECTION("a base fee above the last offer is no reason to wait longer") {
    const u256 risen = attempts().back().max_fee_per_gas * u256{20};
    REQUIRE(risen < f.config.fees.fee_per_gas_max);
    f.l1.set_base_fee(risen);
    f.steps(5);
    CHECK(f.l1.commits() == f.expected(1));
  }
}

TEST_CASE("an empty account is named with what it needs, and a refill is enough") {
  engine_fixture f;
  f.seal(3);
  f.l1.fund(f.account->account(), u256{5});
  f.steps(3);
  CHECK_THAT(f.waits_for(1), Catch::Contains("the account 0x") &&
                                 Catch::Contains(" has 5 wei on L1") && Catch::Contains("refill"));
  CHECK_FALSE(f.engine->status().healthy);
  CHECK(f.l1.commits().empty());
  f.l1.fund(f.account->account(), u256{1'000'000'000'000'000'000});
  f.steps(20);
  CHECK(f.l1.commits() == f.expected(3));
  CHECK(f.engine->status().healthy);
}

TEST_CASE("an account that runs empty after planning is noticed by the node's refusal") {
  engine_fixture f;
  f.seal(1);
  f.l1.before = [&](std::string_view method) {
    if (method == "eth_sendRawTransaction") f.l1.fund(f.account->account(), u256{1});
  };
  f.step();
  CHECK_THAT(f.waits_for(1), Catch::Contains("has 1 wei on L1"));
  f.l1.before = nullptr;
  f.l1.fund(f.account->account(), u256{1'000'000'000'000'000'000});
  f.steps(10);
  CHECK(f.l1.commits() == f.expected(1));
}

TEST_CASE("a commit that would revert is not sent; the cause is decoded and waited for") {
  engine_fixture f;
  f.seal(2);
  f.l1.set_commit_revert(
      l1::abi_encoder().number(4).number(1'700'000'000).call("PriorityOverdue(uint64,uint64)"));
  f.steps(4);
  CHECK(f.l1.pooled() == 0);
  CHECK(f.l1.failures() == 0);
  CHECK_THAT(f.waits_for(1),
             Catch::Contains("commit would revert: PriorityOverdue(4, 1700000000)"));
  f.l1.set_commit_revert(std::nullopt);
  f.steps(20);
  CHECK(f.l1.commits() == f.expected(2));
}

TEST_CASE("a commit that reverted on L1 is explained and tried again with what was behind it") {
  engine_fixture f;
  f.seal(3);
  f.step();
  f.l1.set_commit_revert(l1::abi_encoder().call("Frozen()"));
  f.l1.mine();
  f.step();
  CHECK(f.counter("reverted_total") > 0);
  CHECK_THAT(f.waits_for(1), Catch::Contains("commit reverted: Frozen()"));
  f.l1.set_commit_revert(std::nullopt);
  f.steps(30);
  CHECK(f.l1.commits() == f.expected(3));
  CHECK(f.engine->status().healthy);
}

TEST_CASE("batches that the contract took back are committed again") {
  engine_fixture f;
  f.seal(3);
  f.steps(20);
  f.l1.revert_to(batch_number{1});
  f.steps(20);
  CHECK(f.l1.commits() == std::vector<u64>{1, 2, 3, 2, 3});
  CHECK(f.engine->status().counters[1].second == 3);
}

TEST_CASE("any mixture of faults by seed ends with each batch once, in order") {
  for (u64 seed = 1; seed <= 40; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    engine_fixture f;
    f.config.confirmations = 3;
    f.config.bump_after_ms = 3'000;
    f.config.resend_after_ms = 2'000;
    f.config.jitter_seed = seed;
    f.start();
    f.l1.mine(8);
    bool faulty = true;
    f.l1.faults = [&](std::string_view) -> std::optional<simulated_l1::fault> {
      if (!faulty || random() % 25 != 0) return std::nullopt;
      return simulated_l1::fault{failure_of(l1_error_code::timed_out), random() % 2 == 0};
    };
    for (int round = 0; round < 60; ++round) {
      switch (random() % 12) {
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
          f.seal(std::min<u64>(f.batches->last().value + 1, 12));
          break;
        default:
          if (random() % 2) f.l1.mine();
      }
      f.step();
    }
    faulty = false;
    f.l1.set_base_fee(u256{1'000'000'000});
    f.seal(12);
    f.steps(80);
    CHECK(f.l1.commits() == f.expected(12));
    CHECK(f.journal->open_intents()->empty());
    CHECK(f.engine->status().waits_for == "");
  }
}
