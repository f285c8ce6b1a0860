#include "runtime/evm/cycle_meter.hpp"

#include <cstdio>
#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/evm/frame.hpp"
#include "runtime/types/batch.hpp"
#include "test/support/batch_workload.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/pubdata_adversary.hpp"
#include "test/support/table_use.hpp"

// What the meter of proving cycles counts natively is held to what the guest takes: never less, and
// little more.

using namespace ashlar;
using namespace ashlar::test;

namespace {

const address target{{0x9e}}, helper{{0x9f}};
constexpr std::string_view call_helper = "739f000000000000000000000000000000000000005af150";

bytes code_of(std::string_view hex) {
  return *from_hex("0x" + std::string(hex));
}

/// A program: after `start`, as often as the first word of its input says, `body` `unrolled` times.
/// It may leave what `start` has pushed, and memory above 32 bytes.
struct program {
  std::string_view name, start, body;
  unsigned unrolled = 50;
  u64 few = 2, many = 6;
  std::string_view help = "";  ///< code of another contract
  double most = 2.5;           ///< times what is measured
  std::size_t input_bytes = 32;
};

bytes code_of(const program& p) {
  bytes code = code_of("5f355f52");
  append(code, code_of(p.start));
  const std::size_t at = code.size();
  append(code, code_of("5b"));
  for (unsigned i = 0; i < p.unrolled; ++i) append(code, code_of(p.body));
  append(code, code_of("5f5160019003805f5261"));
  code.push_back(static_cast<u8>(at >> 8));
  code.push_back(static_cast<u8>(at));
  append(code, code_of("5700"));
  return code;
}

struct figures {
  table_use proved;
  double metered = 0, gas = 0;
  bool success = true;
};

table_use proved_use(const memory_chain::sealed& batch) {
  static const riscv::program guest = guest_program(ASHLAR_STF_ELF);
  const auto input = riscv::input_words(stf::encode_batch_witness(batch.witness));
  const auto r = trace_run(guest, input);
  if (!r.ok()) FAIL(describe(r.error()));
  REQUIRE(r->result.exit_code == 0);
  REQUIRE(r->result.output == public_input_hash(batch.native.input));
  return r->use;
}

figures figures_of(const memory_chain::sealed& batch) {
  figures f;
  f.proved = proved_use(batch);
  f.metered =
      static_cast<double>(evm::proof_cycles(batch.metered, batch.witness.blocks.size(),
                                            batch.pubdata_charged, batch.memory, batch.leaf_count));
  for (const receipt& r : batch.receipts) {
    f.gas += static_cast<double>(r.gas_used);
    f.success = f.success && r.success;
  }
  return f;
}

figures run_of(const program& p, u64 times) {
  memory_state s;
  s.put(test_key(0).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  s.put(target, {1, u256{1} << 40, evm::empty_code_hash, 0}, code_of(p));
  if (!p.help.empty()) s.put(helper, {1, {}, evm::empty_code_hash, 0}, code_of(p.help));
  for (u64 i = 0; i < 200; ++i) s.slots[{target, u256{i}}] = u256{i + 1};
  for (u64 i = 0; i < 4'000; ++i) s.slots[{address{{0x77}}, u256{i}}] = u256{1};
  memory_chain chain(s);
  bytes data = to_bytes(u256{times}.to_be().data_);
  data.resize(p.input_bytes, 0x5b);
  return figures_of(
      chain.seal({{unix_seconds{1'700'000'001},
                   {signed_txn(chain.config, test_key(0), 0, target, {}, data, 16'700'000)}}}));
}

void check(const program& p) {
  const figures few = run_of(p, p.few), many = run_of(p, p.many);
  const double bodies = static_cast<double>(p.many - p.few) * p.unrolled;
  const double proved = many.proved.most_beyond(few.proved) / bodies;
  const double metered = (many.metered - few.metered) / bodies;
  const double gas = (many.gas - few.gas) / bodies;
  CAPTURE(p.name, proved, metered, gas);
  CHECK((few.success && many.success));
  CHECK(metered >= proved);
  CHECK(metered <= p.most * proved);
  CHECK(many.metered >= many.proved.most());
  if (p.input_bytes == 32) CHECK(proved <= 140 * gas);  // of a longer input EIP-7623 has a floor
}

void check_batch(std::string_view name, const memory_chain::sealed& batch, double most = 2.5) {
  const figures f = figures_of(batch);
  const double proved = f.proved.most();
  CAPTURE(name, proved, f.metered, f.gas);
  std::cout << name << ": " << f.metered / proved << " times " << proved << " proving cycles, "
            << f.metered / f.gas << " a gas" << std::endl;
  CHECK(f.metered >= proved);
  CHECK(f.metered <= most * proved);
}

std::string word(std::string_view hex) {
  return "7f" + std::string(64 - hex.size(), '0') + std::string(hex);
}
std::string repeated(std::string_view what, unsigned times) {
  std::string out;
  while (times-- > 0) out += what;
  return out;
}
const std::string ones = "7f" + repeated("ff", 32);

}  // namespace

TEST_CASE("the meter bounds what words and jumps take", "[guest][meter]") {
  const std::string one = ones, many_words = repeated(ones, 17);
  check({"push0", "", "5f50"});
  check({"push8", "", "67010203040506070850"});
  const std::string push31 = "7e" + repeated("11", 31) + "50", push32 = ones + "50";
  check({"push31", "", push31});
  check({"push32", "", push32});
  check({"dup1", one, "8050"});
  check({"dup16", many_words, "8f50"});
  check({"swap16", many_words, "9f"});
  check({"jumpdest", "", "5b", 500});
  for (const char* body : {"5850", "5a50", "5950", "3050", "3250", "3350", "3450", "3650", "3850",
                           "3a50", "3d50", "4150", "4250", "4450", "4550", "4650", "4750", "4850"})
    check({body, "", body});
  check({"jump", "", "", 1, 100, 400});
}

TEST_CASE("the meter bounds long rows of the same word", "[guest][meter]") {
  // Nothing between them that could cover for them, at each place in a word of memory.
  const std::string call = "5f5f5f5f5f" + std::string(call_helper);
  for (const unsigned n : {1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u, 9u, 11u, 16u, 31u, 32u}) {
    char opcode[3];
    std::snprintf(opcode, sizeof opcode, "%02x", 0x5f + n);
    for (unsigned place = 0; place < (n % 4 == 3 ? 4 : 1); ++place) {
      const std::string row =
          repeated("5b", place) + repeated(opcode + repeated("11", n), 1'000) + "00";
      check({"push", "", call, 1, 2, 6, row, 4});
    }
  }
  check({"prevrandao", "", call, 1, 2, 6, repeated("44", 1'000) + "00"});
  check({"swap16", "", call, 1, 2, 6, repeated("5f", 17) + repeated("9f", 1'000) + "00"});
}

TEST_CASE("the meter bounds what arithmetic takes", "[guest][meter]") {
  const std::string two = ones + ones;
  for (const char* body : {"81810150", "81810250", "81810350", "81811050", "81811350", "81811450",
                           "81811650", "81811850", "801550", "801950", "801e50"})
    check({body, two, body});
  const std::string shifted = ones + "6021";
  for (const char* body : {"81811b50", "81811c50", "81811d50"}) check({body, shifted, body});
  check({"signextend", ones + "6001", "81810b50"});
  check({"byte", ones + "600f", "81811a50"});
  // Divisors of one, two, three and four limbs.
  for (const std::string& d : {"0" + repeated("ff", 1), std::string("0100000001"),
                               repeated("ff", 8), "03" + repeated("a1", 9), repeated("ff", 16),
                               "09" + repeated("77", 20), "10" + repeated("01", 28)}) {
    const std::string start = word(d.size() % 2 ? "0" + d : d) + ones;
    for (const char* body : {"81810450", "81810550", "81810650", "81810750"})
      check({body, start, body});
    const std::string three = start + ones;
    check({"addmod", three, "8282820850"});
    check({"mulmod", three, "8282820950"});
  }
  for (const char* e :
       {"01", "ff", "ffff", "8000000000000000", "ffffffffffffffffffffffffffffffff"}) {
    const std::string start = word(e) + ones;
    check({"exp", start, "81810a50", 10, 1, 3});
  }
  check({"exp by all ones", ones + ones, "81810a50", 10, 1, 3});
}

TEST_CASE("the meter bounds what memory, hashes and copies take", "[guest][meter]") {
  constexpr std::string_view large = "6201000051";
  check({"mload", "", "60015150"});
  check({"mstore", "", "5f602152"});
  check({"mstore8", "", "5f602053"});
  check({"calldataload", "", "60013550"});
  check({"calldataload of a whole word", "", "60013550", 50, 2, 6, "", 2.5, 96});
  check({"memory grows", "", "5f5160051b615000015150", 1, 100, 500});
  for (const char* body : {"602060202050",
                           "6040602020"
                           "50",
                           "60ff60202050", "61100060202050", "61271060212050"})
    check({body, large, body, 20});
  for (const char* size : {"6020", "6103e8", "612710"})
    for (const char* places : {"60046020", "60056020", "60056023"})
      for (const char* op : {"37", "39", "5e"}) {
        const std::string body = std::string(size) + places + op;
        check({body, large, body, 20, 2, 6, "", 4, 12'000});
      }
  check({"far copies", large, "61271060216180005e", 20});
  check({"overlapping copies", large, "61271060216102005e", 20});
  check({"overlapping words", large, "61271060206102005e", 20});
}

TEST_CASE("the meter bounds what state takes", "[guest][meter]") {
  check({"warm slot", "5f5450", "5f5450"});
  check({"same value", "5f5450", "5f545f55"});
  check({"slot that changes and changes back", "", "5f5460995f555f55", 5, 2, 6, "", 4});
  check({"slots that are there", "", "5f515450", 1, 50, 190, "", 4});
  check({"slots that are not", "", "5f516103e8015450", 1, 50, 600, "", 4});
  check({"slots written", "", "60075f5155", 1, 50, 190, "", 4});
  check({"slots cleared", "", "5f5f5155", 1, 50, 190, "", 4});
  check({"new slots", "", "60075f516103e80155", 1, 50, 150, "", 4});
  check({"warm account", "303150", "303150"});
  check({"accounts that are not", "", "5f516103e8013150", 1, 50, 600, "", 5});
  check({"transient words", "", "5f515c50", 1, 50, 500});
  check({"transient writes", "", "60015f515d", 1, 50, 500});
  check({"a word that is kept and kept again", "", "60015f5d"});
  check({"block hashes", "",
         "6001430340"
         "50"});
  check({"logs", "", "5f5fa0", 20, 1, 3});
  check({"logs of topics", "", "5f5f5f5f5f5fa4", 20, 1, 3});
  check({"logs of data", "6201000051", "6103e96021a0", 20, 1, 3});
}

TEST_CASE("the meter bounds what calls and creations take", "[guest][meter]") {
  const std::string plain = "5f5f5f5f5f" + std::string(call_helper);
  check({"calls", "", plain, 20, 2, 6, "00"});
  check({"calls that revert", "", plain, 20, 2, 6, "5f5ffd"});
  check({"calls that write and revert", "", plain, 2, 2, 10, "60015f5560016001555f5ffd", 4});
  check({"calls that write much and revert", "", plain, 1, 1, 3,
         "60c85b80805d6001900380600257"
         "5f5ffd",
         6});
  const std::string value = "5f5f5f5f6001" + std::string(call_helper);
  check({"calls with value", "", value, 10, 1, 3, "00"});
  const std::string returns = "61271060215f5f5f" + std::string(call_helper);
  check({"calls that return much", "", returns, 5, 1, 3, "6127106001f3", 4});
  const std::string fails = "5f5f5f5f5f739f000000000000000000000000000000000000006064f150";
  check({"calls that fail", "", fails, 20, 2, 6, "fe"});
  // Keys that are touched and never paid for.
  check({"unpaid keys", "",
         "5f516020525f5f602060205f739f000000000000000000000000000000000000006078f150", 1, 50, 400,
         "5f3531", 5});
  check({"creations", "", "5f5f5ff050", 5, 1, 3, "", 3});
  check({"creations of much", "", "610fa05f5ff050", 5, 1, 3, "", 8});
  check({"initcodes that jump to their end", "63610f9f5660e01b602052605b610fbf53",
         "610fa060205ff050", 5, 1, 3, "", 3});
  check({"salted creations", "", "58610fa05f5ff550", 5, 1, 3, "", 5});
}

TEST_CASE("the meter bounds what precompiles take", "[guest][meter]") {
  const auto call = [](std::string_view to, std::string_view size) {
    return "5f5f" + std::string(size) + "6020" + std::string(to) + "5afa50";
  };
  for (const char* size : {"5f", "6020", "6103e8", "612710"})
    for (const char* to : {"6002", "6003", "6004"}) {
      const std::string body = call(to, size);
      check({body, "6201000051", body, 2, 1, 3, "", 8});
    }
  // modexp: sizes of 64 and 32 bytes, an odd modulus of 5b.
  const auto modexp = [&](std::string_view size, std::string_view exponent) {
    return std::string(size) + "602052" + std::string(exponent) + "604052" + std::string(size) +
           "606052" + "6107d06003608037";
  };
  for (const auto& [size, exponent] :
       {std::pair{"6020", "6020"}, {"6021", "6020"}, {"6040", "6001"}, {"6080", "6020"}}) {
    const std::string start = modexp(size, exponent), body = call("6005", "6107d0");
    check({body, start, body, 1, 1, 3, "", 4, 12'000});
  }
  // BLAKE2F: 200 rounds; the last byte, a flag, is 1.
  check({"blake2f",
         "60c8602053"
         "6000602053"
         "60c8602353"
         "600160f453",
         "5f5f60d5602060095afa50", 1, 1, 3, "", 4});
  // A sum of two points at infinity, a product and a pairing of one.
  check({"bn254", "", "5f5f608061100060065afa50", 1, 1, 5, "", 4});
}

TEST_CASE("the meter bounds ordinary batches", "[guest][meter]") {
  memory_state s;
  for (u64 i = 0; i < 8; ++i)
    s.put(test_key(i).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  for (u64 i = 0; i < 20'000; ++i) s.slots[{address{{0x77}}, u256{i}}] = u256{1};
  s.put(target, {1, {}, evm::empty_code_hash, 0}, code_of("5f5fa000"));
  memory_chain chain(s);
  std::vector<std::pair<unix_seconds, std::vector<txn>>> blocks{{unix_seconds{1'700'000'001}, {}}};
  for (u64 i = 0; i < 100; ++i) {
    address to{};
    store_be64(to.data() + 8, 0x77000000 + i);
    blocks.back().second.push_back(
        signed_txn(chain.config, test_key(i % 8), i / 8, to, u256{1'000}, {}, 30'000));
  }
  check_batch("100 transfers to new accounts", chain.seal(blocks));
  blocks.back().second.clear();
  for (u64 i = 0; i < 100; ++i)
    blocks.back().second.push_back(signed_txn(chain.config, test_key(i % 8),
                                              13 + i / 8 - (i % 8 < 4 ? 0 : 1),
                                              test_key((i + 1) % 8).account, u256{1}, {}, 30'000));
  check_batch("100 transfers", chain.seal(blocks));
  blocks.clear();
  for (u64 i = 0; i < 50; ++i)
    blocks.push_back({unix_seconds{1'700'000'002 + i},
                      {forced_txn(i, 0, target, bytes(i * 1'000, static_cast<u8>(i)), 4'000'000)}});
  check_batch("operations from L1", chain.seal(blocks));
  blocks = {{unix_seconds{1'700'000'090}, {}}};
  for (u64 i = 0; i < 4; ++i)
    blocks.back().second.push_back(signed_txn(chain.config, test_key(7), 24 + i, target, {},
                                              bytes(100'000, static_cast<u8>(i)), 5'000'000));
  check_batch("long transactions", chain.seal(blocks));
  blocks.clear();
  for (u64 i = 0; i < 100; ++i) blocks.push_back({unix_seconds{1'700'000'100 + i}, {}});
  check_batch("empty blocks", chain.seal(blocks));
  memory_chain published(adversary_genesis(2));
  check_batch(
      "slots published",
      published.seal({{unix_seconds{1'700'000'001},
                       {adversary_txn(published.config, 0, 0, slot_writer, 700, u256{5})}}}));
}

// Precompiles that refuse their input early are counted as if they had not: such a call takes all
// its gas, which is more than others pay.
TEST_CASE("the meter bounds batches of every kind of transaction", "[guest][meter]") {
  for (u64 seed = 1; seed <= 12; ++seed) {
    batch_workload work(seed);
    for (int batch = 0; batch < 2; ++batch)
      check_batch("seed " + std::to_string(seed), work.next(2, 12), 8);
  }
}

TEST_CASE("an account that is destroyed costs nothing for slots that were only listed",
          "[guest][meter]") {
  // given: initcode that sends itself a wei 200 times and destroys itself, created by `target`
  const bytes initcode = code_of("60c85b5f5f5f5f6001305ff150600190038060025733ff");
  bytes factory = code_of("6017600f5f395f60175f6002f55000");
  REQUIRE(initcode.size() == 0x17);
  REQUIRE(factory.size() == 0x0f);
  append(factory, initcode);
  const address destroyed = evm::create2_address(target, {}, initcode);
  memory_state s;
  s.put(test_key(0).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  s.put(target, {1, u256{1} << 40, evm::empty_code_hash, 0}, factory);
  for (u64 i = 0; i < 4'000; ++i) s.slots[{address{{0x77}}, u256{i}}] = u256{1};
  memory_chain chain(s);
  // when: 3,000 of its slots are listed in the block before
  access_list_entry listed{destroyed, {}};
  for (u64 i = 0; i < 3'000; ++i) listed.storage_keys.push_back(u256{i}.to_be());
  const auto batch =
      chain.seal({{unix_seconds{1'700'000'001},
                   {signed_txn(chain.config, test_key(0), 0, helper, {}, {}, 8'000'000, {listed})}},
                  {unix_seconds{1'700'000'002},
                   {signed_txn(chain.config, test_key(0), 1, target, {}, {}, 4'000'000)}}});
  // then
  for (const receipt& r : batch.receipts) CHECK(r.success);
  CHECK_FALSE(chain.state.get_account(destroyed).has_value());
  check_batch("a destroyed account with listed slots", batch, 5);
}

TEST_CASE("the meter bounds what codes take that a batch has not used", "[guest][meter]") {
  const bool jumps = GENERATE(false, true);  // to its end, so that all of a code is searched
  // What is searched slowest is no jump target.
  const u8 filling = jumps ? GENERATE(u8{0x5b}, u8{0x01}) : u8{0x5b};
  constexpr u32 codes = 40;
  memory_state s;
  s.put(test_key(0).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  bytes caller;
  for (u32 i = 0; i < codes; ++i) {
    bytes code(24'576, filling);
    code.back() = 0x5b;
    if (jumps)
      std::copy_n(code_of("615fff56").begin(), 4, code.begin());
    else
      code[0] = 0;  // STOP
    store_be32(code.data() + 4, i);
    address at{{0xc0, 0xde}};
    store_be32(at.data() + 16, i);
    s.put(at, {1, {}, evm::empty_code_hash, 0}, code);
    append(caller, code_of("5f5f5f5f5f73"));
    append(caller, at.data_);
    append(caller, code_of("5af150"));
  }
  s.put(target, {1, {}, evm::empty_code_hash, 0}, caller);
  memory_chain chain(s);
  const auto batch =
      chain.seal({{unix_seconds{1'700'000'001},
                   {signed_txn(chain.config, test_key(0), 0, target, {}, {}, 200'000)}}});
  check_batch("calls of large codes", batch);
  const figures f = figures_of(batch);
  CAPTURE(jumps, filling, f.metered, f.proved.by_segments);
  CHECK(f.metered >= f.proved.by_segments);
}

TEST_CASE("both loops count the same proving cycles", "[guest][meter]") {
  // given: segments, blocks, a loop, a comparison that a jump takes in
  const std::string body = repeated(
      "6003600481810150818102508181045081811050801550"
      "50505a50305450",
      20);
  const program p{"mixed", "", body, 1, 1, 1};
  memory_state s;
  s.put(target, {1, {}, evm::empty_code_hash, 0}, code_of(p));
  evm::block_env env;
  evm::call_request call;
  call.to = target;
  call.gas_limit = 10'000'000;
  call.input = to_bytes(u256{50}.to_be().data_);
  u64 counted[2] = {};
  for (const u32 after : {0u, ~0u}) {
    evm::workspace space({.translate_after_runs = after});
    evm::state over(s, &space);
    // when
    const auto done = evm::execute_call(over, env, call);
    REQUIRE(done.success);
    counted[after == 0 ? 0 : 1] = over.meter().cycles();
  }
  // then
  CHECK(counted[0] > 50 * 20 * 2'000);
  CHECK(counted[0] == counted[1]);
}
