#include "net/http/byte_ledger.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::http;

TEST_CASE("a ledger of bytes is limited in all and per address, and gives back") {
  const auto ledger = std::make_shared<byte_ledger>(100, 60);
  address_key a, b;
  a[15] = 1;
  b[15] = 2;
  byte_hold first(ledger, a), second(ledger, a), third(ledger, b);
  CHECK(first.set(40));
  CHECK_FALSE(second.set(21));
  CHECK(second.set(20));
  CHECK_FALSE(third.set(41));
  CHECK(third.set(40));
  CHECK(ledger->held() == 100);
  CHECK_FALSE(first.set(41));
  CHECK(ledger->held() == 100);
  first.shrink_to(10);
  CHECK(second.set(50));
  {
    const byte_hold moved = std::move(second);
    CHECK(second.set(1'000'000));  // holds nothing and weighs nothing
    CHECK(ledger->held() == 100);
  }
  CHECK(ledger->held() == 50);
  third = byte_hold(ledger, b);
  CHECK(ledger->held() == 10);
}
