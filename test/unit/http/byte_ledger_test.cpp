#include "net/http/byte_ledger.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::http;

TEST_CASE("a ledger of bytes is limited in all and per address, and gives back") {
  const auto ledger = std::make_shared<byte_ledger>(120, 60);
  address_key a, b;
  a[15] = 1;
  b[15] = 2;
  byte_hold first(ledger, a), second(ledger, a), third(ledger, b);
  CHECK(first.set(40));
  CHECK_FALSE(second.set(21));
  CHECK(second.set(20));
  // At most as much as is left to others then.
  CHECK_FALSE(third.set(31));
  CHECK(third.set(30));
  CHECK(ledger->held() == 90);
  CHECK_FALSE(first.set(41));
  CHECK(ledger->held() == 90);
  first.shrink_to(10);
  CHECK_FALSE(second.set(36));
  CHECK(second.set(35));
  {
    const byte_hold moved = std::move(second);
    CHECK(second.set(1'000'000));  // holds nothing and weighs nothing
    CHECK(ledger->held() == 75);
  }
  CHECK(ledger->held() == 40);
  third = byte_hold(ledger, b);
  CHECK(ledger->held() == 10);
}
