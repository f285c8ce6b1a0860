#include "actors/batch/sealing.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::batch;

namespace {

constexpr unix_seconds now{1'000'000};

batch_totals small() {
  batch_totals t;
  t.blocks = t.txns = 1;
  t.l2_gas = 21'000;
  t.pubdata_bytes = 100;
  return t;
}

}  // namespace

TEST_CASE("an empty batch is never sealed", "[sealing]") {
  REQUIRE_FALSE(must_seal({}, {}, ~0ull, now).has_value());
}

TEST_CASE("a young and small batch stays open", "[sealing]") {
  REQUIRE_FALSE(must_seal({}, small(), 0, now).has_value());
}

TEST_CASE("each limit seals, under its own name", "[sealing]") {
  sealing_config c;
  const auto with = [&](auto change) {
    batch_totals t = small();
    change(t);
    return must_seal(c, t, 0, now);
  };
  REQUIRE(with([&](auto& t) { t.blocks = c.blocks_max; }) == seal_reason::blocks);
  REQUIRE(with([&](auto& t) { t.txns = c.txns_max; }) == seal_reason::txns);
  REQUIRE(with([&](auto& t) { t.l2_gas = c.l2_gas_max + 1; }) == seal_reason::l2_gas);
  REQUIRE(with([&](auto& t) { t.pubdata_bytes = c.pubdata_bytes_max + 1; }) ==
          seal_reason::pubdata);
  REQUIRE(with([&](auto& t) { t.messages = c.messages_max + 1; }) == seal_reason::messages);
  c.proving_cycles_max = 1'000'000;
  REQUIRE(with([&](auto& t) { t.metered_cycles = 1'000'000; }) == seal_reason::proving_cycles);
  REQUIRE(must_seal({}, small(), sealing_config{}.age_ms_max, now) == seal_reason::age);
}

TEST_CASE("a batch that holds a priority operation is sealed before its deadline", "[sealing]") {
  sealing_config c;
  batch_totals t = small();
  t.priority_deadline = unix_seconds{now.value + c.deadline_margin_s + 1};
  REQUIRE_FALSE(must_seal(c, t, 0, now).has_value());
  t.priority_deadline = unix_seconds{now.value + c.deadline_margin_s};
  REQUIRE(must_seal(c, t, 0, now) == seal_reason::priority_deadline);
}

TEST_CASE("a block that would overfill is left to the next batch, one alone never is",
          "[sealing]") {
  sealing_config c;
  batch_totals big = small();
  big.pubdata_bytes = c.pubdata_bytes_max;
  REQUIRE(must_seal_before(c, small(), big) == seal_reason::pubdata);
  REQUIRE_FALSE(must_seal_before(c, {}, big).has_value());
  batch_totals held = small(), next = small();
  held.leaf_count = u64{1} << 32;
  held.memory = {100, 200, 1'000};
  REQUIRE_FALSE(must_seal_before(c, held, next).has_value());
  next.memory = block_memory_max();
  REQUIRE(must_seal_before(c, held, next) == seal_reason::memory);
  REQUIRE_FALSE(must_seal_before(c, {}, next).has_value());
}

TEST_CASE("the earlier of two deadlines counts", "[sealing]") {
  batch_totals a = small(), b = small();
  a.priority_deadline = unix_seconds{50};
  b.priority_deadline = unix_seconds{40};
  REQUIRE((a + b).priority_deadline == unix_seconds{40});
  REQUIRE((small() + b).priority_deadline == unix_seconds{40});
  REQUIRE((b + small()).priority_deadline == unix_seconds{40});
}

TEST_CASE("limits out of range are refused by name", "[sealing]") {
  sealing_config c;
  REQUIRE(validate(c).ok());
  c.txns_max = 70'000;
  REQUIRE(std::string(validate(c).error().key) == "txns_max");
}
