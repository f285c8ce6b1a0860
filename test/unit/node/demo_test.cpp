#include "actors/node/demo/demo.hpp"

#include <catch2/catch.hpp>

#include "actors/node/demo/run.hpp"
#include "actors/node/process/child_process.hpp"

namespace ashlar::node {
namespace {

struct empty_surroundings {
  l1::contract_artifacts artifacts;
  demo_surroundings around{
      "http://127.0.0.1:" + std::to_string(free_port()),
      "http://127.0.0.1:" + std::to_string(free_port()),
      {},
      artifacts,
      hash256{{1}},
      [](const std::vector<address>&) {},
      [] { return std::optional<std::string>("nothing to seal"); },
      [] { return result<state_from_l1, std::string>(fail(std::string("no L1"))); },
      [] { return std::vector<batch_row>{}; }};
};

TEST_CASE("a demo without an L1 ends with a report that says so") {
  empty_surroundings s;
  std::vector<std::string> lines;

  const auto report = run_demo(s.around, [&](const std::string& line) { lines.push_back(line); });

  REQUIRE(report.ok());
  CHECK_FALSE(report->ok);
  CHECK(report->reason.find("endpoints: L1: ") == 0);
  REQUIRE(report->checks.size() == 1);
  CHECK_FALSE(report->checks[0].ok);
  REQUIRE(lines.size() == 1);
  CHECK(lines[0].find("[ 1/13] endpoints: FAILED: L1: ") == 0);
}

TEST_CASE("a demo does not begin with a key, a URL or limits that are none") {
  empty_surroundings s;
  const auto quiet = [](const std::string&) {};
  demo_limits none;
  none.transfers = 0;
  CHECK(run_demo(s.around, quiet, none).error() == "demo: limits out of range");

  s.around.rich_l1_key = {};
  CHECK(run_demo(s.around, quiet).error() == "demo: the L1 key is not one");

  s.around.l2_endpoint = "no url";
  CHECK(run_demo(s.around, quiet).error().find("L2: ") == 0);
}

TEST_CASE("an authorisation is the authority's own") {
  const auto who = demo::make_wallet("somebody");
  const address code{{1, 2, 3}};

  authorization a = demo::authorize(who, 270, code, 7);

  CHECK(recover_authority(a) == who.account);
  a.nonce = 8;
  CHECK(recover_authority(a) != who.account);
}

TEST_CASE("the first check that failed is the demo's reason") {
  empty_surroundings s;
  const demo_limits limits;
  demo::demo_run run(s.around, limits);

  run.same("one", "it", u256{1}, u256{1});
  CHECK(run.report.reason.empty());
  run.same("two", "it", u256{1}, u256{2});
  run.check("three", false, "not it");

  CHECK(run.report.reason == "two: it: expected 1, got 2");
  REQUIRE(run.report.checks.size() == 3);
  CHECK(run.report.checks[0].ok);
  CHECK_FALSE(run.report.checks[1].ok);
}

TEST_CASE("a wait that is over says what it waited for") {
  const auto never = [] { return demo::outcome<std::optional<int>>(std::optional<int>{}); };
  CHECK(demo::wait_for("the moon", 0, never).error() == "waited 0 s for the moon");

  int asked = 0;
  const auto third = [&] {
    return demo::outcome<std::optional<int>>(++asked == 3 ? std::optional(asked) : std::nullopt);
  };
  CHECK(demo::wait_for("the third", 10, third, 0).value() == 3);

  const auto broken = [] {
    return demo::outcome<std::optional<int>>(fail(std::string("no answer")));
  };
  CHECK(demo::wait_for("anything", 10, broken).error() == "no answer");
}

TEST_CASE("a batch that does not seal stops the demo, one that sealed itself does not") {
  empty_surroundings s;
  const demo_limits limits;
  demo::demo_run run(s.around, limits);
  CHECK(run.seal_batch().error() == "the open batch was not sealed: nothing to seal");

  s.around.batches = [] {
    batch_row sealed, open;
    sealed.stage = "sealed";
    open.stage = "open";
    return std::vector<batch_row>{sealed, open};
  };
  CHECK(run.seal_batch().ok());
  CHECK(run.sealed == 1);
}

}  // namespace
}  // namespace ashlar::node
