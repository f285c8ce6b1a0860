#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "test/unit/evm/evm_world.hpp"

// Where stacks and memories of frames lie, and what a transaction may make a proof hold.

using namespace ashlar;
using namespace ashlar::test;

namespace {

std::string hex_of(const address& a) {
  return to_hex(a.data_).substr(2);
}

/// From the first number on the stack, the body for one number after another, a given time.
std::string loop(std::string_view body, unsigned times) {
  char end[16];
  std::snprintf(end, sizeof end, "%04x", times);
  return "5f5b" + std::string(body) + "60010180" + "61" + end + "1160015700";
}

}  // namespace

TEST_CASE("return data outlives the memory that it lay in", "[memory]") {
  evm_world w;
  const address callee = address_of(0xdd);
  w.deploy(callee,
           "7f" + std::string(64, '1') + "5f52" + "7f" + std::string(64, '2') + "60205260405ff3");
  // The caller's memory grows to where the callee's was, and another frame runs over it.
  const std::string call = "5f5f5f5f5f73" + hex_of(callee) + "5af150";
  const auto r = w.call(call + "600161a00052" + "60405f5f3e" + "60405ff3");
  REQUIRE(r.success);
  CHECK(r.output == code_of(std::string(64, '1') + std::string(64, '2')));
  // The same of a precompile that gives its input back: what is written to it later is not seen.
  const auto same = w.call(
      "60aa5f52"
      "5f5f60205f5f60045af150"
      "60bb5f52"
      "60205f60203e"
      "60206020f3");
  REQUIRE(same.success);
  CHECK(word(same.output) == u256{0xaa});
}

TEST_CASE("memories of nested frames keep what is in them, in however many blocks", "[memory]") {
  evm_world w;
  w.gas = 20'000'000;
  const bytes depth = to_bytes(u256{30}.to_be().data_);
  // Each stores its number at 256 KiB, calls itself with one less, and counts if it is still there.
  const auto counted = w.call(
      "5f3562040000525f3560105760205ff35b60015f35035f5260205f60205f5f305af150"
      "62040000515f35145f51015f5260205ff3",
      depth);
  REQUIRE(counted.success);
  CHECK(word(counted.output) == u256{30});
}

TEST_CASE("new memory is zero, whatever lay there", "[memory]") {
  evm_world w;
  const address callee = address_of(0xdd);
  // At 0x200 of the callee's memory, which begins behind a stack of 0x8800 bytes.
  w.deploy(callee, "7f" + std::string(64, 'f') +
                       "61020052"
                       "00");
  const auto r = w.call("5f5f5f5f5f73" + hex_of(callee) +
                        "5af150"
                        "60ff5f53"
                        "618a0051506020618a"
                        "00f3");
  REQUIRE(r.success);
  CHECK(word(r.output) == u256{});
}

TEST_CASE("what takes more memory of a proof than a transaction may fails, and says so",
          "[memory]") {
  evm_world w;
  w.gas = 10'000'000;
  const auto runs = [&](const std::string& code, auto change) {
    w.env.memory = txn_memory_bounds;
    change(w.env.memory);
    const auto r = w.call(code);
    if (!r.success) CHECK(r.reason == evm::halt_reason::memory_limit);
    return r.success;
  };
  const auto leave = [](auto&) {};
  struct sample {
    std::string body;
    unsigned times;
    u64 txn_memory_max::*bound;
    u64 few;
  };
  const sample samples[] = {
      {"805450", 100, &txn_memory_max::keys, 50},                // SLOAD
      {"803150", 100, &txn_memory_max::keys, 50},                // BALANCE
      {"803b50", 100, &txn_memory_max::keys, 50},                // EXTCODESIZE
      {"803f50", 100, &txn_memory_max::keys, 50},                // EXTCODEHASH
      {"5f5f5f5f5f8560fff150", 100, &txn_memory_max::keys, 50},  // CALL
      {"808055", 100, &txn_memory_max::keys, 50},                // SSTORE
      {"805f55", 100, &txn_memory_max::passing_bytes, 2'000},
      {"80805d", 100, &txn_memory_max::passing_bytes, 20'000},
      {"5f5fa0", 100, &txn_memory_max::bytes, 30'000},
      {"6103e85fa0", 3, &txn_memory_max::bytes, 20'000},
      {"6103e85f5ff050", 10, &txn_memory_max::bytes, 20'000},
  };
  for (const sample& s : samples) {
    CAPTURE(s.body);
    const std::string code = loop(s.body, s.times);
    CHECK(runs(code, leave));
    CHECK_FALSE(runs(code, [&](auto& m) { m.*s.bound = s.few; }));
  }
}

TEST_CASE("codes that were read count by their length, once a transaction", "[memory]") {
  evm_world w;
  w.env.memory = txn_memory_bounds;
  w.env.memory.bytes = 2 * (memory_weight::code + 1'000 * memory_weight::code_byte);
  std::string copies, calls;
  for (u64 i = 0; i < 3; ++i) {
    const address at = address_of(static_cast<u8>(0xd0 + i));
    w.deploy(at, std::string(2'000, '0'));
    copies += "60015f5f73" + hex_of(at) + "3c";
    calls += "5f5f5f5f5f73" + hex_of(at) + "61fffff150";
    // The contract's own code counts, too.
    w.env.memory.bytes += memory_weight::code_byte * 100;
  }
  const std::string two_copies = copies.substr(0, 2 * copies.size() / 3);
  // Its own 100 bytes and more are over the rest that two codes of 1,000 leave.
  CHECK_FALSE(w.call(copies).success);
  CHECK_FALSE(w.call(two_copies + two_copies + copies).success);
  w.env.memory.bytes += memory_weight::code + 1'000 * memory_weight::code_byte;
  CHECK(w.call(two_copies + two_copies).success);
  // A call that would load a code fails by itself; its caller goes on.
  w.env.memory.bytes = memory_weight::code + memory_weight::code_byte * 200;
  CHECK(w.call(calls).success);
  CHECK_FALSE(w.call(copies).success);
}

TEST_CASE("stacks and memories that are open at once are bounded together", "[memory]") {
  evm_world w;
  w.gas = 16'000'000;
  w.env.memory = txn_memory_bounds;
  // Calls itself as deep as it can, and counts.
  const std::string deep = "60205f5f5f5f305af1505f516001015f5260205ff3";
  const auto bounded = w.call(deep);
  REQUIRE(bounded.success);
  CHECK(word(bounded.output) ==
        u256{txn_memory_bounds.frames_bytes / (evm::frame_stack_bytes + 32)});
  w.env.memory = {};
  const auto free = w.call(deep);
  REQUIRE(free.success);
  CHECK(word(bounded.output) < word(free.output));
}

TEST_CASE("a transaction that lists more keys than it may use is rejected", "[memory]") {
  evm_world w;
  w.gas = 16'000'000;
  w.env.memory = txn_memory_bounds;
  w.deploy(w.contract, "00");
  txn t = w.make_txn();
  t.access_list.push_back({address_of(0x55), {}});
  for (u64 i = 1; i < txn_memory_bounds.keys; ++i)
    t.access_list[0].storage_keys.push_back(u256{i}.to_be());
  CHECK(w.execute(t).ok());
  t.access_list[0].storage_keys.push_back(u256{1}.to_be());
  const auto refused = w.execute(t);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().reason == evm::rejection::oversize);
}

namespace {

std::string call_to(const address& callee, std::string_view gas = "5a") {
  return "5f5f5f5f5f73" + hex_of(callee) + std::string(gas) + "f150";
}
/// Everything of this kind until something ends it.
std::string all_of(std::string_view body) {
  return "5f5b" + std::string(body) + "600101600156";
}

/// Each takes all that a callee may have of one bound.
const std::string drains[] = {
    all_of("805450"),              // slots
    all_of("803150"),              // accounts
    all_of("80805d"),              // transient slots
    all_of("805f55"),              // the journal
    all_of("60015f5f8360981b3c"),  // codes
    all_of("6103e85fa0"),          // logs
};

}  // namespace

TEST_CASE("whatever callees take, their caller can go on", "[memory]") {
  const std::string drain = GENERATE(from_range(std::begin(drains), std::end(drains)));
  const unsigned hostile = GENERATE(1u, 3u);
  CAPTURE(drain, hostile);
  evm_world w;
  w.gas = 16'000'000;
  w.env.memory = txn_memory_bounds;
  w.env.memory.keys = 400;
  w.env.memory.bytes = 1'000'000;
  w.env.memory.passing_bytes = 400'000;
  const address greedy = address_of(0xd1), mild = address_of(0xd2);
  w.deploy(greedy, drain);
  w.deploy(mild, "60018055600160025d5f5fa0");  // writes a slot, a transient one, and logs
  for (u64 i = 0; i < 256; ++i) w.reader.set_code(address{{static_cast<u8>(i)}}, bytes(24'576));

  // given: a contract that reads a slot, and asks callees that it does not know
  std::string code = "60075450";
  for (unsigned i = 0; i < hostile; ++i) code += call_to(greedy, "622dc6c0");
  // when: it reads the slot, writes others, reads an account, logs, calls, and creates
  code += "60075450";
  code += "6001600855600160095d606a31505f5f5f5f5fa3";
  code += call_to(mild) + "5f5f5ff0";
  const auto r = w.call(code + "5f5260205ff3");

  // then
  REQUIRE(r.success);
  CHECK_FALSE(word(r.output).is_zero());
  CHECK(r.gas_spent_max > 3'000'000 * hostile);
  REQUIRE(r.logs.size() == 2);
  CHECK(r.logs[1].account == mild);
}

TEST_CASE("behind a greedy callee there is room for a proxy of the largest contract", "[memory]") {
  const std::string drain = GENERATE(all_of("60015f5f8360981b3c"), all_of("6103e85fa0"));
  evm_world w;
  w.gas = 16'000'000;
  w.env.memory = txn_memory_bounds;
  const address greedy = address_of(0xd1), proxy = address_of(0xd2), large = address_of(0xd3);
  w.deploy(greedy, drain);
  w.deploy(large, "60015f5260205ff3" + std::string(std::size_t{2} * (24'576 - 8), '0'));
  // forwards, answers what comes back, and is of half a kilobyte
  w.deploy(proxy, "5f5f5f5f73" + hex_of(large) + "5af4503d5f5f3e3d5ff3" + std::string(1'000, '0'));
  for (u64 i = 0; i < 256; ++i) w.reader.set_code(address{{static_cast<u8>(i)}}, bytes(24'576));

  const auto r =
      w.call(call_to(greedy, "627a1200") + "60205f5f5f5f73" + hex_of(proxy) + "5af15f5260205ff3");

  REQUIRE(r.success);
  CHECK(r.gas_spent_max > 7'000'000);
  CHECK(word(r.output) == u256{1});
}

TEST_CASE("what a transaction has touched it can touch again, though its share is spent",
          "[memory]") {
  evm_world w;
  const address other = address_of(0x77);
  w.deploy(other, "00");
  const std::string who = "73" + hex_of(other);
  const std::string touch = "60015450" + who + "3150" + who + "3b50" + who + "3f50" + "60015f5f" +
                            who + "3c" + call_to(other) + "60026001555f5c50";
  const auto run = [&](const std::string& code, u64 keys) {
    w.env.memory = txn_memory_bounds;
    w.env.memory.keys = keys;
    return w.call(code);
  };
  u64 least = 0;
  while (!run(touch, least).success) ++least;
  CHECK(least > 3);
  CHECK(run(touch + touch, least).success);
  for (const char* more : {"600354", "607831", "60015f5f60783c", "5f5f5ff0"}) {
    CAPTURE(more);
    CHECK(run(touch + more, least).reason == evm::halt_reason::memory_limit);
    CHECK(run(touch + more, least + 1).success);
  }
}

TEST_CASE("an access that is not paid for makes no key", "[memory]") {
  const std::pair<const char*, u64> samples[] = {
      {"61123431", 2'590},         {"6112343b", 2'590}, {"6112343f", 2'590},
      {"60015f5f6112343c", 2'600}, {"61123454", 2'090}, {"5f5f5f5f5f6112345af1", 2'600},
      {"611234ff", 7'590},
  };
  evm_world w;
  for (const auto& [body, short_of] : samples) {
    CAPTURE(body);
    w.deploy(w.contract, body);
    const auto keys = [&](u64 gas) {
      evm::state over{w.reader};
      over.begin_block();
      txn t = w.make_txn();
      t.gas_limit = 21'000 + gas;
      const auto r = evm::execute_txn(over, w.env, t, w.sender);
      REQUIRE(r.ok());
      return over.block_memory().keys;
    };
    const u64 without = keys(20);
    CHECK(keys(short_of) == without);
    CHECK(keys(short_of + 50) == without + 1);
  }
}

TEST_CASE("a call says that it was memory where its callee's failure was of memory", "[memory]") {
  evm_world w;
  w.gas = 10'000'000;
  w.env.memory = txn_memory_bounds;
  const address greedy = address_of(0xd1);
  w.deploy(greedy, all_of("805450"));
  const std::string asks = "5f5f5f5f5f73" + hex_of(greedy) + "5af1";
  // It reverts without a word as Solidity does where a call fails; or with one of its own.
  const auto silent = w.call(asks + "505f5ffd");
  REQUIRE_FALSE(silent.success);
  CHECK(silent.reason == evm::halt_reason::memory_limit);
  const auto loud = w.call(asks + "5060205ffd");
  CHECK(loud.reason == evm::halt_reason::revert);
  // Another's failure is not.
  w.deploy(greedy, "fe");
  CHECK(w.call(asks + "505f5ffd").reason == evm::halt_reason::revert);
}
