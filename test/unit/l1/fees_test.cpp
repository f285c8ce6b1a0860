#include "net/l1/fees.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::l1;

namespace {
const u256 gwei{1'000'000'000};

fee_policy_config policy() {
  fee_policy_config c;
  c.tip = gwei;
  c.fee_per_gas_max = gwei * u256{100};
  return c;
}
}  // namespace

TEST_CASE("the first offer leaves room for the base fee to double", "[fees]") {
  const auto offer = first_offer(policy(), gwei * u256{10});
  REQUIRE(offer.has_value());
  REQUIRE(offer->max_fee_per_gas == gwei * u256{21});
  REQUIRE(offer->max_priority_fee_per_gas == gwei);
}

TEST_CASE("the room shrinks to the cap, and above the cap nothing is offered", "[fees]") {
  REQUIRE(first_offer(policy(), gwei * u256{80})->max_fee_per_gas == gwei * u256{100});
  REQUIRE(first_offer(policy(), gwei * u256{99}).has_value());
  REQUIRE_FALSE(first_offer(policy(), gwei * u256{100}).has_value());
}

TEST_CASE("a replacement raises both fees by more than an eighth", "[fees]") {
  const fee_offer before{gwei * u256{21}, gwei};
  const auto bumped = bumped_offer(policy(), before, gwei * u256{10});
  REQUIRE(bumped.has_value());
  REQUIRE(bumped->max_fee_per_gas * u256{1000} > before.max_fee_per_gas * u256{1125});
  REQUIRE(bumped->max_priority_fee_per_gas * u256{1000} >
          before.max_priority_fee_per_gas * u256{1125});
}

TEST_CASE("replacements end at the cap", "[fees]") {
  fee_offer offer{gwei * u256{21}, gwei};
  int rounds = 0;
  while (const auto next = bumped_offer(policy(), offer, gwei * u256{10})) {
    REQUIRE(next->max_fee_per_gas <= policy().fee_per_gas_max);
    offer = *next;
    REQUIRE(++rounds < 100);
  }
  REQUIRE(rounds > 5);
}
