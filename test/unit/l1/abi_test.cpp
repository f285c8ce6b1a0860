#include "net/l1/abi.hpp"

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"

using namespace ashlar;
using namespace ashlar::l1;

TEST_CASE("selectors and topics are those that everybody knows", "[abi]") {
  REQUIRE(to_hex(selector("transfer(address,uint256)")) == "0xa9059cbb");
  REQUIRE(to_hex(event_topic("Transfer(address,address,uint256)")) ==
          "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef");
}

// The examples of the Solidity ABI specification.
TEST_CASE("static arguments stand in order", "[abi]") {
  const bytes call = abi_encoder().number(u256{69}).boolean(true).call("baz(uint32,bool)");
  REQUIRE(to_hex(call) ==
          "0xcdcd77c0"
          "0000000000000000000000000000000000000000000000000000000000000045"
          "0000000000000000000000000000000000000000000000000000000000000001");
}

TEST_CASE("dynamic arguments go to the tail behind their offsets", "[abi]") {
  const bytes text{'d', 'a', 'v', 'e'};
  std::vector<abi_encoder> numbers(3);
  numbers[0].number(u256{1});
  numbers[1].number(u256{2});
  numbers[2].number(u256{3});
  const bytes call = abi_encoder()
                         .blob(text)
                         .boolean(true)
                         .array(numbers, false)
                         .call("sam(bytes,bool,uint256[])");
  REQUIRE(to_hex(call) ==
          "0xa5643bf2"
          "0000000000000000000000000000000000000000000000000000000000000060"
          "0000000000000000000000000000000000000000000000000000000000000001"
          "00000000000000000000000000000000000000000000000000000000000000a0"
          "0000000000000000000000000000000000000000000000000000000000000004"
          "6461766500000000000000000000000000000000000000000000000000000000"
          "0000000000000000000000000000000000000000000000000000000000000003"
          "0000000000000000000000000000000000000000000000000000000000000001"
          "0000000000000000000000000000000000000000000000000000000000000002"
          "0000000000000000000000000000000000000000000000000000000000000003");
}

TEST_CASE("what was encoded reads back", "[abi]") {
  const address who = *fixed_from_hex<20>("0x00000000000000000000000000000000deadbeef");
  const bytes blob(45, 0x5a);
  abi_encoder tuple;
  tuple.number(u256{7}).blob(blob);
  std::vector<abi_encoder> items(2);
  items[0].number(u256{8}).blob(blob);
  items[1].number(u256{9}).blob({});
  const bytes encoded = abi_encoder().account(who).dynamic_tuple(tuple).array(items, true).encode();

  abi_reader r(encoded);
  REQUIRE(r.account() == who);
  abi_reader t = r.nested();
  REQUIRE(t.number64() == 7);
  REQUIRE(t.blob() == blob);
  abi_reader list = r.nested();
  REQUIRE(list.array_length() == 2);
  abi_reader first = list.nested();
  REQUIRE(first.number64() == 8);
  REQUIRE(first.blob() == blob);
  abi_reader second = list.nested();
  REQUIRE(second.number64() == 9);
  REQUIRE(second.blob().empty());
  REQUIRE((r.ok() && t.ok() && list.ok() && first.ok() && second.ok()));
}

TEST_CASE("offsets, lengths and words outside the bytes are refused", "[abi]") {
  const bytes huge_offset = abi_encoder().number(u256::max()).encode();
  abi_reader a(huge_offset);
  REQUIRE(a.blob().empty());
  REQUIRE_FALSE(a.ok());

  const bytes huge_length = abi_encoder().number(u256{32}).number(u256{1'000'000}).encode();
  abi_reader b(huge_length);
  REQUIRE(b.blob().empty());
  REQUIRE_FALSE(b.ok());
  abi_reader c(huge_length);
  abi_reader list = c.nested();
  REQUIRE(list.array_length() == 0);
  REQUIRE_FALSE(list.ok());

  abi_reader d(bytes_view(huge_length).first(31));
  REQUIRE(d.number().is_zero());
  REQUIRE_FALSE(d.ok());

  const bytes dirty_address = abi_encoder().number(u256::max()).encode();
  abi_reader e(dirty_address);
  REQUIRE(e.account().is_zero());
  REQUIRE_FALSE(e.ok());
}
