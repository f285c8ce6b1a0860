#include "net/http/rate_limiter.hpp"

#include <catch2/catch.hpp>

#include "net/http/connection_ledger.hpp"

using namespace ashlar;
using namespace ashlar::http;
using namespace std::chrono_literals;

namespace {
address_key who(u8 n) {
  address_key k;
  k[15] = n;
  return k;
}
}  // namespace

TEST_CASE("a bucket starts full, empties, and refills with time") {
  rate_limiter limiter(10, 20, 100);
  CHECK(limiter.take(who(1), 20, 0s));
  CHECK_FALSE(limiter.take(who(1), 1, 0s));
  CHECK(limiter.take(who(1), 1, 100ms));
  CHECK_FALSE(limiter.take(who(1), 1, 100ms));
  CHECK(limiter.take(who(1), 20, 10s));
  CHECK_FALSE(limiter.take(who(1), 1, 10s));
}

TEST_CASE("what was used already is owed, and paid before more is given") {
  rate_limiter limiter(10, 20, 100);
  limiter.owe(who(1), 50, 0s);
  CHECK_FALSE(limiter.take(who(1), 1, 3s));
  CHECK(limiter.take(who(1), 1, 3100ms));
  CHECK(limiter.take(who(2), 20, 0s));
}

TEST_CASE("addresses do not share") {
  rate_limiter limiter(1, 5, 100);
  CHECK(limiter.take(who(1), 5, 0s));
  CHECK(limiter.take(who(2), 5, 0s));
  CHECK_FALSE(limiter.take(who(1), 1, 0s));
}

TEST_CASE("a cost over the burst needs a full bucket and is paid off") {
  rate_limiter limiter(10, 20, 100);
  CHECK(limiter.take(who(1), 50, 0s));
  CHECK_FALSE(limiter.take(who(1), 1, 2s));
  CHECK(limiter.take(who(1), 1, 3100ms));
  CHECK_FALSE(limiter.take(who(1), 50, 3200ms));
}

TEST_CASE("a clock that steps back gives nothing") {
  rate_limiter limiter(10, 20, 100);
  CHECK(limiter.take(who(1), 20, 10s));
  CHECK_FALSE(limiter.take(who(1), 1, 5s));
  CHECK_FALSE(limiter.take(who(1), 1, 10s));
}

TEST_CASE("the table stays within its limit, and who owes most stays in it") {
  rate_limiter limiter(1, 10, 4);
  for (u8 n = 1; n <= 4; ++n) CHECK(limiter.take(who(n), n, 0s));
  CHECK(limiter.take(who(5), 1, 0s));
  CHECK(limiter.addresses() == 4);
  CHECK_FALSE(limiter.take(who(4), 7, 0s));
}

TEST_CASE("a ledger gives places in all and per address, and takes them back") {
  connection_ledger ledger(3, 2);
  auto a = ledger.admit(who(1));
  auto b = ledger.admit(who(1));
  CHECK(a);
  CHECK(b);
  CHECK_FALSE(ledger.admit(who(1)));
  auto c = ledger.admit(who(2));
  CHECK(c);
  CHECK_FALSE(ledger.admit(who(3)));
  auto moved = std::move(a);
  CHECK(ledger.open() == 3);
  moved = {};
  CHECK(ledger.open() == 2);
  CHECK(ledger.admit(who(3)));
  CHECK(ledger.open() == 2);
}
