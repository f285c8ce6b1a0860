#include <functional>
#include <iostream>

#include <catch2/catch.hpp>

#include "runtime/riscv/tracer.hpp"
#include "runtime/stark/run/shapes.hpp"
#include "runtime/stf/fees.hpp"
#include "runtime/types/batch.hpp"
#include "test/support/guest_file.hpp"
#include "test/support/pubdata_adversary.hpp"

// Batches made to take as much of a proof's memory as anybody can. Each is emulated as it would be
// proved, and touches no more than types/memory_limits.hpp says: see runtime/stf/README.md.

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr u64 gas_most = 16'000'000;
const address target{{0x9e}}, helper{{0x9f}};
/// Codes of the largest size lie from here on.
const address codes_base = *fixed_from_hex<20>("0xc0de000000000000000000000000000000000000");

const riscv::program& stf_program() {
  static const riscv::program p = guest_program(ASHLAR_STF_ELF);
  return p;
}

struct proved {
  u64 bytes = 0, cycles = 0;
  u32 exit_code = 0;
  std::optional<hash256> output;
};
proved prove_memory(bytes_view witness) {
  const auto input = riscv::input_words(witness);
  riscv::tracer t(stf_program(), input);
  for (riscv::segment s; !s.last;)
    if (const auto step = t.next(s); !step.ok()) FAIL(describe(step.error()));
  return {4 * (stf_program().image.size() + t.touched_words()), t.result().cycles,
          t.result().exit_code, t.result().output};
}

bytes code_of(std::string_view hex) {
  return *from_hex("0x" + std::string(hex));
}
/// From a start on the stack: the body for one number after another, while there is more gas.
bytes loop(std::string_view start, std::string_view body, std::string_view gas = "009c40") {
  bytes code = code_of(start);
  const u8 at = static_cast<u8>(code.size());
  append(code, code_of("5b"));
  append(code, code_of(body));
  append(code, code_of("60010162" + std::string(gas) + "5a1160"));
  code.push_back(at);
  append(code, code_of("5700"));
  return code;
}
constexpr std::string_view from_calldata = "5f35";

memory_state genesis(const bytes& code, const bytes& help = {}, u64 leaves = 0) {
  memory_state s;
  for (u64 i = 0; i < 8; ++i)
    s.put(test_key(i).account, {0, u256{1} << 90, evm::empty_code_hash, 0});
  s.put(target, {1, {}, evm::empty_code_hash, 0}, code);
  if (!help.empty()) s.put(helper, {1, {}, evm::empty_code_hash, 0}, help);
  for (u64 i = 0; i < leaves; ++i) s.slots[{address{{0x77}}, u256{i}}] = u256{1};
  return s;
}
void put_codes(memory_state& s, u32 count) {
  for (u32 i = 0; i < count; ++i) {
    bytes code(24'576, 0x5b);
    code[0] = 0;  // STOP
    store_be32(code.data() + 4, i);
    address a = codes_base;
    store_be32(a.data() + 16, i);
    s.put(a, {1, {}, evm::empty_code_hash, 0}, code);
  }
}

struct outcome {
  memory_chain::sealed batch;
  proved run;
};

/// What a batch has of the memory that transactions use one after another.
enum class passing { no, yes };

void check_bound(std::string_view name, const memory_chain::sealed& batch, const proved& run,
                 passing also) {
  const u64 blocks = batch.witness.blocks.size();
  const u64 lasting = guest_bytes_lasting(batch.memory, blocks, batch.leaf_count);
  const u64 bound = lasting + (also == passing::yes ? guest_bytes_passing : 0);
  u64 succeeded = 0;
  for (const receipt& r : batch.receipts) succeeded += r.success ? 1 : 0;
  std::cout << name << ": " << succeeded << " of " << batch.receipts.size() << " succeed, "
            << batch.memory.keys << " keys, " << batch.memory.leaves << " leaves of "
            << batch.leaf_count << ", " << batch.memory.bytes << " bytes; touched " << run.bytes
            << " of " << bound << " in " << run.cycles << " cycles" << std::endl;
  CHECK(run.exit_code == 0);
  CHECK(run.output == public_input_hash(batch.native.input));
  CHECK(run.bytes <= bound);
  CHECK(lasting + guest_bytes_passing <= guest_bytes_limit);
}

/// Lays the transactions in blocks as they fit, proves the batch's memory and holds it to its
/// bound.
outcome lay_and_prove(std::string_view name, const memory_state& state, u64 blocks, u64 per_block,
                      bool forced, const std::function<bytes(u64)>& data,
                      passing also = passing::no, u64 gas_limit = gas_most) {
  memory_chain chain(state);
  std::vector<std::pair<unix_seconds, std::vector<txn>>> laid;
  u64 n = 0;
  for (u64 b = 0; b < blocks; ++b) {
    laid.push_back({unix_seconds{1'700'000'001 + b}, {}});
    for (u64 i = 0; i < per_block; ++i, ++n)
      laid.back().second.push_back(
          forced ? forced_txn(n, 0, target, data(n), gas_limit)
                 : signed_txn(chain.config, test_key(0), n, target, {}, data(n), gas_limit));
  }
  outcome out{chain.seal(laid), {}};
  out.run = prove_memory(stf::encode_batch_witness(out.batch.witness));
  CAPTURE(name);
  check_bound(name, out.batch, out.run, also);
  return out;
}

bytes word(u64 v) {
  return to_bytes(u256{v}.to_be().data_);
}

}  // namespace

static_assert(guest_bytes_limit == u64{4} << *std::rbegin(stark::memory_shapes));

TEST_CASE("worst memory: cold slots and accounts that are absent", "[guest][memory]") {
  const auto slots = genesis(loop(from_calldata, "805450"), {}, 1u << 16);
  const auto one = lay_and_prove("slots", slots, 2, 1, false, [](u64 n) { return word(n << 32); });
  // It has failed for its keys: its gas would have paid for more.
  CHECK_FALSE(one.batch.receipts[0].success);
  CHECK(one.batch.memory.keys < 2 * (txn_memory_bounds.keys + 16));
  const auto accounts = genesis(loop(from_calldata, "803b50"), {}, 1u << 16);
  lay_and_prove("accounts", accounts, 2, 1, true, [](u64 n) { return word((n + 1) << 32); });
}

TEST_CASE("worst memory: keys that are never paid for", "[guest][memory]") {
  const auto state = genesis(
      loop(from_calldata, "805f525f5f60205f5f739f000000000000000000000000000000000000006078f150"),
      code_of("5f3531"));
  const auto out =
      lay_and_prove("unpaid", state, 2, 1, false, [](u64 n) { return word((n + 1) << 32); });
  CHECK(out.batch.memory.keys < 2 * (txn_memory_bounds.keys + 16));
}

TEST_CASE("worst memory: slots that are written", "[guest][memory]") {
  const auto state = genesis(loop(from_calldata, "808055", "030000"), {}, 1u << 12);
  const auto out = lay_and_prove(
      "written", state, 60, 1, false, [](u64 n) { return word((n + 1) << 32); }, passing::no,
      1'400'000);
  CHECK(out.batch.receipts[0].success);
}

TEST_CASE("worst memory: transient slots and the journal", "[guest][memory]") {
  const auto transient = genesis(loop(from_calldata, "80805d"));
  const auto out = lay_and_prove(
      "transient", transient, 2, 6, false, [](u64 n) { return word(n << 32); }, passing::yes);
  CHECK_FALSE(out.batch.receipts[0].success);
  const auto journal = genesis(loop("6001", "805f55"));
  lay_and_prove("journal", journal, 1, 2, false, word, passing::yes);
}

TEST_CASE("worst memory: logs", "[guest][memory]") {
  const auto of = [](std::string_view name, std::string_view body, u64 txns, u64 gas) {
    lay_and_prove(
        name, genesis(loop(from_calldata, body)), 4, txns, false,
        [](u64 n) { return word(40 + 1'000 * n); }, passing::no, gas);
  };
  of("logs without data", "5f5fa0", 3, 1'500'000);
  of("logs of four topics", "5f5f5f5f5f5fa4", 2, 2'300'000);
  of("logs of some data", "805fa0", 3, 1'500'000);
  of("too many logs", "5f5fa0", 1, gas_most);
  of("too much data", "805fa0", 1, gas_most);
}

TEST_CASE("worst memory: frames in all sizes", "[guest][memory]") {
  bytes code(900, 0x5f);
  append(code, code_of("5f5f35535f355f525f5f60205f5f305af15000"));
  lay_and_prove(
      "frames", genesis(code), 4, 6, true, [](u64 n) { return word(20'000 + 7'777 * n); },
      passing::yes);
}

TEST_CASE("worst memory: data returned", "[guest][memory]") {
  const auto state =
      genesis(loop("5f", "5f5f5f5f5f739f000000000000000000000000000000000000005af150"),
              code_of("620fffff5a165ff3"));
  lay_and_prove("returned", state, 2, 6, false, word, passing::yes);
}

TEST_CASE("worst memory: codes of the largest size", "[guest][memory]") {
  constexpr std::string_view from_codes = "73c0de000000000000000000000000000000000000";
  memory_state state = genesis(loop(from_codes, "5f5f5f5f5f856064f150"));
  put_codes(state, 900);
  lay_and_prove("codes called", state, 1, 1, true, word);
  state.put(target, {1, {}, evm::empty_code_hash, 0}, loop(from_codes, "60015f5f833c"));
  const auto copied = lay_and_prove("codes copied", state, 1, 1, true, word);
  CHECK_FALSE(copied.batch.receipts[0].success);
  state.put(target, {1, {}, evm::empty_code_hash, 0}, loop(from_codes, "803f50"));
  lay_and_prove("codes' hashes", state, 1, 1, true, word);
}

TEST_CASE("worst memory: initcodes", "[guest][memory]") {
  lay_and_prove("initcodes", genesis(loop("5f", "61c0005f5ff050")), 1, 1, false, word);
  // Each creates another before it ends.
  lay_and_prove("nested", genesis(code_of("385f5f3961a0005f5ff000")), 1, 1, false, word);
}

TEST_CASE("worst memory: precompiles' inputs in all sizes", "[guest][memory]") {
  // Of points at infinity, which cost gas all the same.
  lay_and_prove("pairings", genesis(loop("5f", "8060c0025f5f825f60085afa5050")), 2, 6, false, word);
  lay_and_prove("sums of G1", genesis(loop("5f", "8060a0025f5f825f600c5afa5050")), 2, 6, false,
                word);
}

TEST_CASE("worst memory: pairings of fewer and fewer points leave nothing behind",
          "[guest][memory]") {
  // given: five pairings of bn254, each of as many bytes as a word of the input says, of generators
  const bytes pair = code_of(
      "0000000000000000000000000000000000000000000000000000000000000001"
      "0000000000000000000000000000000000000000000000000000000000000002"
      "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
      "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
      "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
      "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa");
  // A call that fails takes all gas, so that the next one has none and the transaction fails.
  bytes code = code_of("60a0360360a05f37");  // CALLDATACOPY(0, 160, CALLDATASIZE - 160)
  for (const char* at : {"5f", "6020", "6040", "6060", "6080"})
    append(code, code_of("5f5f" + std::string(at) + "355f60085afa50"));
  append(code, code_of("00"));
  const auto touched = [&](std::string_view name, std::initializer_list<u64> pairs) {
    const auto out = lay_and_prove(
        name, genesis(code), 1, 1, false,
        [&](u64) {
          bytes input;
          for (const u64 n : pairs) append(input, word(n * pair.size()));
          for (u64 i = 0; i < 32; ++i) append(input, pair);
          return input;
        },
        passing::no);
    CHECK(out.batch.receipts[0].success);
    return out.run.bytes;
  };
  // when
  const u64 same = touched("pairings of as many", {32, 32, 32, 32, 32});
  const u64 fewer = touched("pairings of fewer and fewer", {32, 27, 22, 18, 15});
  // then
  CHECK(fewer <= same + 1'000);
}

TEST_CASE("worst memory: envelopes, transactions and blocks", "[guest][memory]") {
  const auto state = genesis(code_of("00"));
  lay_and_prove(
      "envelopes", state, 2, 4, false, [](u64 n) { return bytes(130'000 - n, 0); }, passing::no,
      2'000'000);
  lay_and_prove(
      "forced envelopes", state, 2, 8, true, [](u64 n) { return bytes(65'536 - n, 1); },
      passing::no, 4'000'000);
  lay_and_prove("small blocks", state, 500, 1, false, word, passing::no, 30'000);
  lay_and_prove("small transactions", state, 5, 400, false, word, passing::no, 30'000);
}

TEST_CASE("a batch that takes more memory than a proof can hold is refused everywhere",
          "[guest][memory]") {
  // given: blocks of transactions at the bound of bytes, one more than fit
  const memory_state state = genesis(loop(from_calldata, "805fa0"));
  memory_chain chain(state);
  stf::batch_run run(chain.config, chain.start, chain.state);
  std::vector<stf::batch_witness::block_input> inputs;
  std::optional<stf::batch_error> refused;
  for (u64 n = 0; !refused && n < 20; ++n) {
    const unix_seconds at{1'700'000'001 + n};
    const txn t = signed_txn(chain.config, test_key(0), n, target, {}, word(30'000), gas_most);
    inputs.push_back({at, {encode_txn(t)}});
    const auto done =
        run.add_block(at, {&t, 1}, std::array{test_key(0).account}, std::array{txn_hash(t)});
    if (!done) refused = done.error();
  }
  REQUIRE(refused.has_value());
  CHECK(refused->code == stf::batch_error_code::too_much_memory);
  CHECK(refused->expected == guest_bytes_limit);
  CHECK(refused->got > guest_bytes_limit);
  // when: a witness is made of them all
  const bytes all = stf::encode_batch_witness(
      stf::make_batch_witness(chain.config, chain.start, run, chain.tree, std::move(inputs)));
  // then
  const auto native = stf::apply_batch(all);
  REQUIRE_FALSE(native.ok());
  CHECK(native.error().code == stf::batch_error_code::too_much_memory);
  const auto guest = prove_memory(all);
  CHECK(guest.exit_code == 1 + static_cast<u32>(stf::batch_error_code::too_much_memory));
  CHECK_FALSE(guest.output.has_value());
}
