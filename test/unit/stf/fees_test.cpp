#include "runtime/stf/fees.hpp"

#include <catch2/catch.hpp>

#include "runtime/stf/hashes.hpp"

using namespace ashlar;

namespace {

chain_config sample_config() {
  chain_config c;
  c.block_gas_limit = 20'000'000;
  c.base_fee_min = 1'000;
  return c;
}

block_header parent_with(u64 fee, u64 window_gas, u64 timestamp) {
  block_header h;
  h.base_fee_per_gas = u256{fee};
  h.timestamp = unix_seconds{timestamp};
  h.extra_data = stf::header_extra(window_gas, 0, {});
  return h;
}

}  // namespace

TEST_CASE("blocks of one second share its base fee", "[fees]") {
  const auto parent = parent_with(800'000, 20'000'000, 50);
  REQUIRE(stf::next_base_fee(sample_config(), parent, unix_seconds{50}) == u256{800'000});
}

TEST_CASE("a full second raises the fee by an eighth and never by more", "[fees]") {
  const auto full = parent_with(800'000, 20'000'000, 50);
  REQUIRE(stf::next_base_fee(sample_config(), full, unix_seconds{51}) == u256{900'000});
  const auto beyond = parent_with(800'000, 2'000'000'000, 50);
  REQUIRE(stf::next_base_fee(sample_config(), beyond, unix_seconds{51}) == u256{900'000});
}

TEST_CASE("a second at target keeps the fee, an empty one takes an eighth", "[fees]") {
  REQUIRE(stf::next_base_fee(sample_config(), parent_with(800'000, 10'000'000, 50),
                             unix_seconds{51}) == u256{800'000});
  REQUIRE(stf::next_base_fee(sample_config(), parent_with(800'000, 0, 50), unix_seconds{51}) ==
          u256{700'000});
}

TEST_CASE("seconds without blocks count as empty", "[fees]") {
  const auto parent = parent_with(800'000, 20'000'000, 50);
  // 900,000 after the full second, then one eighth less.
  REQUIRE(stf::next_base_fee(sample_config(), parent, unix_seconds{52}) == u256{787'500});
}

TEST_CASE("the fee never falls under the minimum, however long the pause", "[fees]") {
  const auto parent = parent_with(~0ull, 0, 0);
  REQUIRE(stf::next_base_fee(sample_config(), parent, unix_seconds{~0ull >> 2}) == u256{1'000});
}

TEST_CASE("the smallest rise is one wei", "[fees]") {
  auto config = sample_config();
  config.base_fee_min = 1;
  REQUIRE(stf::next_base_fee(config, parent_with(1, 20'000'000, 0), unix_seconds{1}) == u256{2});
}

TEST_CASE("recent hashes answer for 256 blocks and no more", "[hashes]") {
  const auto hash_for = [](u64 n) {
    hash256 h;
    store_be64(h.data(), n + 1);
    return h;
  };
  stf::recent_hashes hashes({hash_for(0)}, block_number{0});
  for (u64 n = 1; n <= 300; ++n) hashes.push(hash_for(n));
  REQUIRE(hashes.newest() == block_number{300});
  REQUIRE(hashes.hash_of(300) == hash_for(300));
  REQUIRE(hashes.hash_of(45) == hash_for(45));
  REQUIRE(hashes.hash_of(44).is_zero());
  REQUIRE(hashes.hash_of(301).is_zero());
  REQUIRE(hashes.oldest_first().size() == 256);
}
