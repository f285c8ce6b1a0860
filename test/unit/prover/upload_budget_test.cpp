#include "actors/prover/upload_budget.hpp"

#include <thread>

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::prover;

TEST_CASE("shares of the memory for proofs never exceed it, and come back with their holder") {
  upload_budget budget(100);
  auto first = budget.take(60, 0);
  REQUIRE(first);
  CHECK_FALSE(budget.take(41, 1));
  const auto second = budget.take(40, 0);
  REQUIRE(second);
  const auto copy = first;
  first.reset();
  CHECK_FALSE(budget.take(1, 1));
  CHECK_FALSE(budget.take(101, 1));
}

TEST_CASE("who waits for memory has it as soon as another gives it back") {
  upload_budget budget(100);
  auto held = budget.take(100, 0);
  std::thread other([&] { CHECK(budget.take(50, 60'000)); });
  held.reset();
  other.join();
  CHECK(budget.take(100, 0));
}

TEST_CASE("a share may outlive the budget") {
  std::shared_ptr<const void> share;
  {
    upload_budget budget(10);
    share = budget.take(10, 0);
  }
  CHECK(share);
}
