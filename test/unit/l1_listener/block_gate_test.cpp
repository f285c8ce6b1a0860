#include "actors/l1_listener/block_gate.hpp"

#include <catch2/catch.hpp>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "test/unit/l1_listener/follower_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;
using Catch::Contains;

namespace {

/// Outlives the view that stands on it.
struct new_disk {
  memory_disk disk;
  bool in_use = false;
};

/// Three batches of ours on L1, all read.
struct settled_fixture : new_disk, follower_fixture {
  settled_fixture() {
    seal(3);
    for (u64 n = 1; n <= 3; ++n) commit(n);
    l1.mine();
    step();
    REQUIRE(why() == "");
    l1.mine();
    step();
  }

  std::string why() const { return view->gate().why_closed(); }

  /// A start over what the folder holds.
  void begin() { start(in_use ? disk : view_disk); }
  /// L1 does not answer.
  void cut_off() {
    l1.faults = [](std::string_view) -> std::optional<simulated_l1::fault> {
      return simulated_l1::fault{fail(l1::l1_error{l1::l1_error_code::timed_out, "planted", 0, {}}),
                                 false};
    };
  }
  void lose_batches(u64 last) { REQUIRE(batches->truncate(batch_number{last}).ok()); }
  void lose_view() {
    in_use = true;
    start(disk);
  }
};

}  // namespace

TEST_CASE("nothing is made until L1 was read to its head, then everything may be") {
  follower_fixture f;
  f.config.log_range_max = 1;
  f.config.ranges_per_step = 2;
  f.start();
  f.l1.mine(6);
  CHECK_THAT(f.view->gate().why_closed(), Contains("not read to its head"));
  f.step();
  CHECK_THAT(f.view->gate().why_closed(), Contains("not read to its head"));
  f.steps(6);
  REQUIRE(f.view->cursor()->number.value == f.l1.head());
  CHECK(f.view->gate().why_closed() == "");
}

TEST_CASE("an empty folder of a chain that L1 has batches of makes no block") {
  // given: L1 has three batches, and a node that begins with nothing
  settled_fixture f;
  f.lose_batches(0);
  f.lose_view();
  f.l1.deposit({}, u256{1});
  f.l1.mine(8);
  // when: L1 does not answer, then does
  f.cut_off();
  f.steps(3);
  CHECK_THAT(f.why(), Contains("not read to its head"));
  f.l1.faults = nullptr;
  f.step();
  // then: it says so, and gives the sequencer no operations either
  CHECK_THAT(f.why(), Contains("L1 has batch 3, this node's folder ends at batch 0"));
  REQUIRE(f.view->operations_total() == 1);
  CHECK(f.operations(0).empty());
  // when: the batches come back
  f.seal(3);
  f.step();
  CHECK(f.why() == "");
  CHECK(f.operations(0).size() == 1);
}

TEST_CASE("a folder from before a batch makes no block, whether or not its view is as old") {
  for (const bool old_view : {false, true}) {
    INFO("old view " << old_view);
    settled_fixture f;
    f.lose_batches(1);
    if (old_view) f.lose_view();
    f.begin();
    CHECK_FALSE(f.why().empty());
    f.step();
    CHECK_THAT(f.why(), Contains("L1 has batch 3, this node's folder ends at batch 1"));
  }
}

TEST_CASE("a node that starts makes no block before L1 has answered, however well it knew L1") {
  const std::string how = GENERATE("no answer", "an endpoint that is behind");
  INFO(how);
  settled_fixture f;
  if (how == "no answer")
    f.cut_off();
  else
    f.l1.rollback(1);
  f.begin();
  CHECK_THAT(f.why(), Contains("not read to its head"));
  f.steps(6);
  CHECK_THAT(f.why(), Contains("not read to its head"));
  f.l1.faults = nullptr;
  f.l1.mine(2);
  f.time.advance(std::chrono::seconds(60));
  f.steps(4);
  CHECK(f.why() == "");
  // when: L1 is away later
  f.cut_off();
  f.steps(6);
  CHECK(f.why() == "");
}

namespace {

using fault_if_any = std::optional<simulated_l1::fault>;

fault_if_any failing(l1::l1_error_code code) {
  return simulated_l1::fault{fail(l1::l1_error{code, "planted", 0, {}}), false};
}

/// The whole folder is from before a fourth batch, which L1 has.
struct outdated_fixture : settled_fixture {
  outdated_fixture() {
    seal(4);
    commit(4);
    l1.mine(2);
    step();
    REQUIRE(view->totals().committed == 4);
    const auto before = view->window()[view->window().size() - 3];
    REQUIRE(view->roll_back(before).ok());
    REQUIRE(view->totals().committed == 3);
    lose_batches(3);
  }
  void begin() {
    asked_before = l1.requests();
    settled_fixture::begin();
  }
  u64 asked_before = 0;  ///< by other clients, each of which counts from 1
  fault_if_any no_logs(std::string_view method) const {
    if (method != "eth_getLogs") return std::nullopt;
    return simulated_l1::fault{
        R"({"id":)" + std::to_string(l1.requests() - asked_before) + R"(,"result":[]})", false};
  }
};

}  // namespace

TEST_CASE("an old folder makes no block where L1 answers with errors or without its events") {
  using l1::l1_error_code;
  outdated_fixture f;
  const std::string how =
      GENERATE("leaves out logs", "another chain", "429", "logs time out", "is away");
  INFO(how);
  if (how == "leaves out logs") {
    f.l1.faults = [&](std::string_view m) { return f.no_logs(m); };
  } else if (how == "another chain") {
    f.config.l1_chain_id = 1;
  } else if (how == "429") {
    f.l1.faults = [](std::string_view) { return failing(l1_error_code::rate_limited); };
  } else if (how == "logs time out") {
    f.l1.faults = [](std::string_view m) {
      return m == "eth_getLogs" ? failing(l1_error_code::timed_out) : std::nullopt;
    };
  } else {
    f.l1.faults = [](std::string_view) { return failing(l1_error_code::timed_out); };
  }
  f.begin();
  f.step();
  CHECK_FALSE(f.why().empty());
  if (how == "leaves out logs")
    CHECK_THAT(f.why(), Contains("L1 has batch 4, this node's folder ends at batch 3"));
  f.steps(6);
  CHECK_FALSE(f.why().empty());
}

TEST_CASE("a counter that is beyond the folder is named, whatever events tell") {
  outdated_fixture f;
  f.l1.faults = [&](std::string_view m) { return f.no_logs(m); };
  f.begin();
  f.step();
  CHECK_THAT(f.why(), Contains("L1 has batch 4, this node's folder ends at batch 3"));
  f.cut_off();
  f.steps(4);
  CHECK_THAT(f.why(), Contains("L1 has batch 4"));
  f.l1.faults = nullptr;
  f.seal(4);
  f.time.advance(std::chrono::seconds(60));
  f.steps(6);
  CHECK(f.why().empty());
}

TEST_CASE("another batch than ours on L1 closes it, and its revert opens it") {
  for (const bool ours_first : {true, false}) {
    INFO("ours first " << ours_first);
    follower_fixture f;
    if (ours_first) f.seal(1);
    const auto other = batch_of(1, 9);
    f.l1.commit_by_another(other.input, other.pubdata);
    f.l1.mine();
    f.step();
    f.seal(1);
    f.step();
    CHECK_THAT(f.view->gate().why_closed(), Contains("L1 has another batch 1"));
    f.l1.revert_to(batch_number{0});
    f.l1.mine();
    f.step();
    CHECK(f.view->gate().why_closed() == "");
  }
}

TEST_CASE("batches that were laid anew are compared by L1's state where their rows are forgotten") {
  settled_fixture f;
  f.l1.prove_to(batch_number{3});
  f.l1.mine();
  f.l1.execute_to(batch_number{3});
  f.l1.mine(40);
  f.step();
  REQUIRE(f.view->rows().empty());
  f.lose_batches(2);
  REQUIRE(f.batches->append(batch_of(3, 9)).ok());
  f.start();
  f.step();
  CHECK_FALSE(f.why().empty());
  f.step();
  CHECK_THAT(f.why(), Contains("another state behind batch 3"));
}

TEST_CASE("a tip that is not of the counters' block, or was told once, closes nothing") {
  // given: L1 has a fourth batch of ours, and answers once with another tip
  const u64 number = GENERATE(2, 4);
  const int lies = GENERATE(1, 2);
  INFO("tip " << number << ", told " << lies << " times");
  settled_fixture f;
  f.seal(4);
  f.commit(4);
  f.l1.mine();
  const auto tip = l1::abi_encoder()
                       .number(u256{number})
                       .word(batch_of(2).input.state_after)
                       .number(u256{0})
                       .number(u256{0})
                       .encode();
  constexpr int tip_call = 6;  // of a round's
  int calls = 0, told = 0;
  f.l1.faults = [&](std::string_view method) -> fault_if_any {
    if (method != "eth_call" || ++calls != tip_call || told == lies) return std::nullopt;
    ++told;
    return simulated_l1::fault{
        R"({"id":)" + std::to_string(f.l1.requests()) + R"(,"result":")" + to_hex(tip) + R"("})",
        false};
  };
  // when
  for (int i = 0; i < lies; ++i) {
    calls = 0;
    f.step();
  }
  REQUIRE(told == lies);
  // then
  if (number == 4 && lies == 2)
    CHECK_THAT(f.why(), Contains("another state behind batch 4"));
  else
    CHECK(f.why() == "");
  calls = 0;
  f.step();
  CHECK(f.why() == "");
  CHECK(f.follower->status().healthy);
}

TEST_CASE("counters that the events do not give open nothing") {
  follower_fixture f;
  f.seal(1);
  f.commit(1);
  f.l1.mine();
  f.l1.faults = [&](std::string_view method) -> std::optional<simulated_l1::fault> {
    if (method != "eth_getLogs") return std::nullopt;
    return simulated_l1::fault{R"({"id":)" + std::to_string(f.l1.requests()) + R"(,"result":[]})",
                               false};
  };
  f.steps(6);
  CHECK_THAT(f.view->gate().why_closed(), Contains("not read to its head"));
  f.l1.faults = nullptr;
  f.time.advance(std::chrono::seconds(60));
  f.steps(6);
  CHECK(f.view->gate().why_closed() == "");
}
