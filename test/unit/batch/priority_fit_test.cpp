#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/types/priority_limits.hpp"
#include "test/support/pubdata_adversary.hpp"

// What L1 demands of a batch can be met: operations of `priority_batch_gas` in all fit one,
// whatever they do (types/priority_limits.hpp). Each case makes them do the dearest for the least
// gas.

using namespace ashlar;
using namespace ashlar::test;

namespace {

const address target{{0x9e}}, helper{{0x9f}};
/// Accounts with codes of the largest size, and others that delegate to accounts of their own.
const address codes_base = *fixed_from_hex<20>("0xc0de000000000000000000000000000000000000");
const address delegates_base = *fixed_from_hex<20>("0xde1e000000000000000000000000000000000000");
constexpr std::string_view from_number = "5f35";
constexpr std::string_view from_codes = "73c0de0000000000000000000000000000000000005f3501";
constexpr std::string_view from_delegates = "73de1e0000000000000000000000000000000000005f3501";
/// Gives the number on the stack to the helper, with as little gas as it takes.
constexpr std::string_view to_helper =
    "805f525f5f60205f5f739f0000000000000000000000000000000000000060";
constexpr std::string_view called = "f150";

bytes code_of(const std::string& hex) {
  return *from_hex("0x" + hex);
}
/// From a start on the stack: the body for one number after another, as long as there is some gas.
bytes loop(std::string_view start, const std::string& body) {
  bytes code = code_of(std::string(start));
  const u8 at = static_cast<u8>(code.size());
  append(code, code_of("5b" + body + "6001016104005a1160"));
  code.push_back(at);
  append(code, code_of("5700"));
  return code;
}

memory_state genesis(const bytes& code, const bytes& help) {
  memory_state s = adversary_genesis(2);
  s.put(l1_messenger_address, {1, {}, evm::empty_code_hash, 0}, messenger_code);
  s.put(target, {1, {}, evm::empty_code_hash, 0}, code);
  if (!help.empty()) s.put(helper, {1, {}, evm::empty_code_hash, 0}, help);
  for (u32 i = 0; i < 300; ++i) {
    address a = codes_base;
    store_be32(a.data() + 16, i);
    bytes large(24'576, 0x5b);
    store_be32(large.data(), i);  // STOP first
    s.put(a, {1, {}, evm::empty_code_hash, 0}, large);
  }
  for (u32 i = 0; i < 4'000; ++i) {
    address a = delegates_base;
    store_be32(a.data() + 16, i);
    bytes designator{0xef, 0x01, 0x00};
    address to{{0x0d}};
    store_be32(to.data() + 16, i);
    append(designator, bytes_view(to.data_));
    s.put(a, {1, {}, evm::empty_code_hash, 0}, designator);
  }
  return s;
}

struct measured {
  u64 guest_bytes = 0, pubdata_bytes = 0, keys = 0;
};

/// `count` operations that share the gas, each in a block of its own; operation n starts at
/// n * stride. Held to the bounds of a batch on the largest tree.
measured lay(const std::string& name, const memory_state& state, u64 count, u64 stride,
             const address& to, const std::function<bytes(u64 id, u64 gas)>& data) {
  memory_chain chain(state);
  std::vector<std::pair<unix_seconds, std::vector<txn>>> blocks;
  const u64 gas = priority_batch_gas / count;
  for (u64 id = 0; id < count; ++id)
    blocks.push_back(
        {unix_seconds{1'700'000'001 + id}, {forced_txn(id, 0, to, data(id * stride, gas), gas)}});
  const auto batch = chain.seal(blocks);
  measured m{guest_bytes_max(batch.memory, count, u64{1} << 32),
             batch_pubdata_bytes_max(batch.pubdata_charged, count), batch.memory.keys};
  std::cout << name << ", " << count << ": " << batch.memory.keys << " keys, " << batch.memory.bytes
            << " bytes, " << m.guest_bytes << " of " << guest_bytes_limit << " in a proof; "
            << m.pubdata_bytes << " of " << l1_pubdata_bytes_max << " for L1\n";
  INFO(name << ", " << count);
  CHECK(m.guest_bytes <= guest_bytes_limit);
  CHECK(m.pubdata_bytes <= l1_pubdata_bytes_max);
  CHECK(batch.native.pubdata.size() <= l1_pubdata_bytes_max);
  // What L1 demands is counted in gas, and this is all of it.
  CHECK(batch.native.input.priority_count == count);
  return m;
}

bytes word(u64 v) {
  return to_bytes(u256{v}.to_be().data_);
}
bytes number(u64 first, u64) {
  return word(first);
}

}  // namespace

TEST_CASE("operations of as much gas as L1 demands fit one batch by memory", "[batch][priority]") {
  struct kind {
    std::string name;
    bytes code, help;
  };
  const auto by_helper = [](std::string_view start, const std::string& gas) {
    return loop(start, std::string(to_helper) + gas + std::string(called));
  };
  const std::vector<kind> kinds{
      {"slots read", loop(from_number, "805450"), {}},
      {"accounts read", loop(from_number, "803150"), {}},
      {"accounts not paid for, 120 gas", by_helper(from_number, "78"), code_of("5f3531")},
      {"accounts not paid for, 105 gas", by_helper(from_number, "69"), code_of("5f3531")},
      {"accounts not paid for, 8 gas", by_helper(from_number, "08"), code_of("5f3531")},
      {"slots not paid for", by_helper(from_number, "08"), code_of("5f3554")},
      {"slots not paid for, 105 gas", by_helper(from_number, "69"), code_of("5f3554")},
      {"slots not written", by_helper(from_number, "69"), code_of("5f355f355500")},
      {"delegates not paid for", by_helper(from_delegates, "20"), code_of("5f5f5f5f5f5f355af1")},
      {"delegates not paid for, 120 gas", by_helper(from_delegates, "78"),
       code_of("5f5f5f5f5f5f355af1")},
      {"delegates called", loop(from_delegates, "5f5f5f5f5f855ff150"), {}},
      {"codes copied", loop(from_codes, "60015f5f833c"), {}},
      {"codes called", loop(from_codes, "5f5f5f5f5f856064f150"), {}},
      {"codes not paid for", by_helper(from_codes, "78"), code_of("60015f5f5f353c")},
      {"codes not paid for, 20 gas", by_helper(from_codes, "14"), code_of("60015f5f5f353c")},
      {"codes called and not paid for", by_helper(from_codes, "78"), code_of("5f5f5f5f5f5f355af1")},
      {"logs", loop(from_number, "5f5fa0"), {}},
      {"logs of some data", loop(from_number, "6080600052608060ffa0"), {}},
      {"initcodes", loop(from_number, "61c0005f5ff050"), {}},
      {"empty codes created", loop(from_number, "5f5f5ff050"), {}},
  };
  u64 most = 0;
  for (const kind& k : kinds) {
    const memory_state state = genesis(k.code, k.help);
    for (const u64 count : {u64{1}, u64{5}, priority_batch_txns_max}) {
      const bool few = k.name.find("codes") == 0;
      most = std::max(
          most,
          lay(k.name, state, count, few ? 300 / count : 4'000 / count, target, number).guest_bytes);
    }
  }
  std::cout << "the most of a proof's memory: " << most << " of " << guest_bytes_limit << "\n";
  // 50 bytes a unit of gas are what priority_limits.hpp allows for.
  CHECK(most - guest_bytes_max({}, 0, u64{1} << 32) <= 50 * priority_batch_gas);
}

TEST_CASE("operations of as much gas as L1 demands fit one batch by pubdata", "[batch][priority]") {
  const memory_state state = genesis(code_of("00"), {});
  for (const u64 count : {u64{1}, u64{5}, priority_batch_txns_max}) {
    // Each fails, and publishes that, where it asks for more than its gas buys.
    for (const u64 percent : {60, 80, 90, 95, 100})
      lay("messages, " + std::to_string(percent) + " %", state, count, 0, l1_messenger_address,
          [&](u64, u64 gas) { return word(gas / 30 * percent / 100); });
    lay("slots", state, count, 40, slot_writer,
        [](u64 id, u64 gas) { return two_words(u256{gas / 6'500}, u256{id + 1}); });
    lay("nothing", state, count, 0, target, number);
    lay("envelopes", state, count, 0, target,
        [](u64, u64 gas) { return bytes((gas - 21'000) / 40, 1); });
  }
}
