#include "actors/node/commands/patient_l1.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::node;
using namespace std::chrono_literals;

TEST_CASE("a command waits for L1 longer each time, a bounded time, and says why", "[node]") {
  l1_patience limits;
  limits.backoff.jitter_percent = 0;
  std::vector<std::string> said;
  std::vector<supervision::duration> waits;
  const auto wait = make_patience(
      limits, [&](const std::string& line) { said.push_back(line); },
      [&](supervision::duration delay) { waits.push_back(delay); });
  const l1::l1_error why{l1::l1_error_code::rate_limited, "HTTP 429", 429, {}};
  u32 failures = 1;
  while (wait(why, failures)) ++failures;
  CHECK(failures == limits.tries_max);
  CHECK(waits == std::vector<supervision::duration>{500ms, 1s, 2s, 4s, 8s});
  REQUIRE(said.size() == waits.size());
  CHECK(said[1] == "L1: rate limited: HTTP 429; asked again in 1.0 s");
  // The next question has all of it again.
  CHECK(wait(why, 1));
  CHECK(waits.back() == 500ms);
}
