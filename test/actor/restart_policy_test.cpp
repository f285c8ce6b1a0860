#include "actors/supervision/restart_policy.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::supervision;
using namespace std::chrono_literals;

TEST_CASE("a restart within the limit is allowed, one more is not") {
  restart_history history{{.restarts_max = 2, .period = 5s}};
  CHECK(history.note(1s));
  CHECK(history.note(2s));
  CHECK_FALSE(history.note(3s));
}

TEST_CASE("a restart that is a period old counts no more") {
  restart_history history{{.restarts_max = 1, .period = 5s}};
  CHECK(history.note(1s));
  CHECK(history.note(6s));
  CHECK_FALSE(history.note(10s + 999ms));
}

TEST_CASE("a limit of zero allows no restart") {
  restart_history history{{.restarts_max = 0, .period = 5s}};
  CHECK_FALSE(history.note(1s));
}

TEST_CASE("back-off doubles up to its longest") {
  jitter_source jitter{7};
  const backoff_limits limits{.initial = 100ms, .longest = 1s, .jitter_percent = 0};
  CHECK(backoff_delay(limits, 0, jitter) == 100ms);
  CHECK(backoff_delay(limits, 1, jitter) == 200ms);
  CHECK(backoff_delay(limits, 3, jitter) == 800ms);
  CHECK(backoff_delay(limits, 4, jitter) == 1s);
  CHECK(backoff_delay(limits, 4'000'000, jitter) == 1s);
}

TEST_CASE("jitter stays within its percentage and differs") {
  jitter_source jitter{7};
  const backoff_limits limits{.initial = 100ms, .longest = 1s, .jitter_percent = 20};
  duration least = 1h, most = 0s;
  for (int i = 0; i < 1000; ++i) {
    const duration wait = backoff_delay(limits, 0, jitter);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  CHECK(least >= 80ms);
  CHECK(most <= 120ms);
  CHECK(most - least > 30ms);
}

TEST_CASE("the same seed gives the same jitter") {
  jitter_source a{3}, b{3};
  const backoff_limits limits;
  for (u32 i = 0; i < 10; ++i) CHECK(backoff_delay(limits, i, a) == backoff_delay(limits, i, b));
}
