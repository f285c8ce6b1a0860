#include "actors/publisher/run_policy.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::publisher;

namespace {

run_policy policy() {
  run_policy p;
  p.batches_max = 4;
  p.age_max_s = 100;
  p.overdue_s = 500;
  p.base_fee_cheap = u256{10};
  p.base_fee_dear = u256{50};
  return p;
}

run_outlook outlook(u32 ready, u64 age_s, u64 base_fee) {
  return {ready, false, age_s, u256{base_fee}};
}

}  // namespace

TEST_CASE("a run begins when it is full, old, cheap or can grow no more") {
  const run_policy p = policy();
  CHECK_THAT(waits_to_begin(p, outlook(3, 40, 20)),
             Catch::Contains("3 of 4 ready") && Catch::Contains("in 60 s") &&
                 Catch::Contains("base fee of 10 wei a gas (20 now)"));
  CHECK(waits_to_begin(p, outlook(4, 0, 20)).empty());
  CHECK(waits_to_begin(p, outlook(1, 100, 20)).empty());
  CHECK(waits_to_begin(p, outlook(1, 0, 10)).empty());
  run_outlook ended = outlook(1, 0, 20);
  ended.ended = true;
  CHECK(waits_to_begin(p, ended).empty());
}

TEST_CASE("no run begins without a batch that is proved singly, however old or cheap") {
  CHECK(waits_to_begin(policy(), outlook(0, 1'000'000, 0)) == "its own proof");
}

TEST_CASE("a cheap base fee of zero means: never by price") {
  run_policy p = policy();
  p.base_fee_cheap = u256{};
  CHECK_FALSE(waits_to_begin(p, outlook(1, 0, 0)).empty());
}

TEST_CASE("a finished proof waits while gas is dear, and not for ever") {
  const run_policy p = policy();
  CHECK(waits_to_send(p, 0, u256{50}).empty());
  CHECK_THAT(waits_to_send(p, 100, u256{51}),
             Catch::Contains("base fee is 51") && Catch::Contains("in 400 s"));
  CHECK(waits_to_send(p, 500, u256{51}).empty());
}

TEST_CASE("a policy out of range is named") {
  const auto broken = [](auto change) {
    run_policy p = policy();
    change(p);
    return p.validate();
  };
  CHECK(policy().validate().empty());
  CHECK_FALSE(broken([](auto& p) { p.batches_max = 0; }).empty());
  CHECK_FALSE(broken([](auto& p) { p.batches_max = 257; }).empty());
  CHECK_FALSE(broken([](auto& p) { p.overdue_s = 99; }).empty());
  CHECK_FALSE(broken([](auto& p) { p.base_fee_dear = u256{9}; }).empty());
}
