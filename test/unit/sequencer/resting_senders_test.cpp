#include "actors/sequencer/resting_senders.hpp"

#include <algorithm>

#include <catch2/catch.hpp>

using namespace ashlar;
using sequencer::resting_senders;

namespace {

address who(u64 n) {
  address a;
  store_be64(a.data() + 12, n);
  return a;
}

/// Seconds that the sender rests from `now` on.
u64 rest(const resting_senders& all, u64 n, u64 now) {
  const auto until = all.rests_until(who(n), unix_seconds{now});
  return until ? until->value - now : 0;
}

}  // namespace

TEST_CASE("rests double up to an hour and are forgotten after a day") {
  resting_senders all(10);
  u64 now = 1'000;
  CHECK(rest(all, 1, now) == 0);
  for (u64 length = 1; length < 10'000; length *= 2) {
    all.note(who(1), unix_seconds{now});
    const u64 left = rest(all, 1, now);
    CHECK(left == std::min(length, resting_senders::seconds_max) + 1);
    CHECK(rest(all, 2, now) == 0);
    CHECK(rest(all, 1, now + left - 1) == 1);
    CHECK(rest(all, 1, now + left) == 0);
    now += left;
  }
  all.note(who(1), unix_seconds{now += 3'600});
  CHECK(rest(all, 1, now) == 3'601);
  all.note(who(1), unix_seconds{now += resting_senders::forgotten_seconds + 1});
  CHECK(rest(all, 1, now) == 2);
}

TEST_CASE("a clock that was set back ends a rest instead of making it longer") {
  resting_senders all(10);
  all.note(who(1), unix_seconds{1'000'000});
  CHECK(rest(all, 1, 10) == 0);
  CHECK(rest(all, 1, 1'000'001) == 1);
}

TEST_CASE("of resting senders the one with the oldest drop goes first") {
  resting_senders all(3);
  for (u64 n = 1; n <= 3; ++n) all.note(who(n), unix_seconds{100});
  all.note(who(1), unix_seconds{100});  // the latest now
  all.note(who(4), unix_seconds{100});
  CHECK(all.size() == 3);
  CHECK(rest(all, 2, 100) == 0);
  CHECK(rest(all, 1, 100) == 3);
  for (u64 n = 10; n < 1'000; ++n) all.note(who(n), unix_seconds{100});
  CHECK(all.size() == 3);
}
