#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/types/memory_limits.hpp"
#include "test/conformance/state/stf_run.hpp"
#include "test/support/guest_file.hpp"

// What is valid on Ethereum and over a bound of ours: the verdicts of conformance_stf, without
// vectors.

using namespace ashlar;
using namespace ashlar::conformance;

namespace {

/// EIP-7825's published case of an access list that takes all the gas that a transaction may have:
/// 8,817 keys of one account, by the execution-spec tests (fusaka-devnet-5).
constexpr u64 published_keys = 8'817;
constexpr const char* published_root =
    "0xfcaa441a107b1b7a280461faea7afe8a17d1f3f700b4d423bc3714838222ae99";

constexpr const char* no_logs =
    "0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347";

struct bounds_fixture {
  test::map_reader pre;
  state_case c;
  evm::workspace space;
  const riscv::program program = test::guest_program(ASHLAR_STF_ELF);
  test::guest_runs guest{program, 200'000'000};
  numbered_hashes hashes;

  bounds_fixture() {
    c.secret =
        *fixed_from_hex<32>("0x34b01e5c97e96d06717abaaaecdf372d6d6876d20c751e339174cda8185e10e0");
    c.sender = *fixed_from_hex<20>("0x635b20d7638fd4b8d458cb27fbd21e2dec7afdef");
    const address to = *fixed_from_hex<20>("0x692b1ba0dc2d6b09c2162711ee54f698a2c457b9");
    pre.accounts[c.sender].balance = pre.accounts[to].balance =
        u256{1'000} * u256{1'000'000'000'000'000'000};
    c.env.beneficiary = *fixed_from_hex<20>("0x2adc25665018aa1fe0e6bc666dac8fc2697ff9ba");
    c.env.number = 1;
    c.env.timestamp = 1'000;
    c.env.gas_limit = 90'000'000;
    c.env.base_fee = 7;
    c.env.chain_id = 1;
    c.env.rev = revision::osaka;
    c.env.hashes = &hashes;
    c.expected_logs = *fixed_from_hex<32>(no_logs);
    txn& t = c.transaction.emplace();
    t.type = txn_type::access_list;
    t.chain_id = 1;
    t.to = to;
    t.max_fee_per_gas = t.max_priority_fee_per_gas = 10;
  }

  void list(u64 keys) {
    txn& t = *c.transaction;
    t.access_list = {{*fixed_from_hex<20>("0x1234567890123456789012345678901234567890"), {}}};
    for (u64 i = 0; i < keys; ++i) t.access_list[0].storage_keys.push_back(u256{i}.to_be());
    t.gas_limit = 21'000 + 2'400 + 1'900 * keys;
  }
  /// What Ethereum comes to, for cases that nobody published.
  void expect_what_the_evm_gives() {
    test::map_reader world = pre;
    evm::state over{world, &space};
    REQUIRE(evm::execute_txn(over, c.env, *c.transaction, c.sender).ok());
    world.apply(over.diff());
    c.expected_root = root_of(world);
  }
  stf_outcome run() {
    const planted_state planted(pre);
    const stf_outcome o = run_through_stf(planted, c, space, "case", guest);
    INFO(o.why);
    const auto& in_guest = guest.finish();
    CHECK(in_guest.same > 0);
    CHECK(in_guest.other == 0);
    CHECK(in_guest.out_of_memory.empty());
    CHECK(in_guest.too_long.empty());
    return o;
  }
};

}  // namespace

TEST_CASE_METHOD(bounds_fixture, "a published case over a bound of ours is refused and counted") {
  list(published_keys);
  c.expected_root = *fixed_from_hex<32>(published_root);
  CHECK(c.transaction->gas_limit == 0xfffa14);
  const stf_outcome o = run();
  CHECK(o.verdict == stf_verdict::unsupported);
  CHECK(o.why == unsupported_class::envelope);
}

TEST_CASE_METHOD(bounds_fixture, "one key over the bound is refused, as many as it are not") {
  const u64 most = txn_memory_bounds.keys - 1;  // the account is one, too
  SECTION("as many as may be") {
    list(most);
    expect_what_the_evm_gives();
    const stf_outcome o = run();
    INFO(o.why);
    CHECK(o.verdict == stf_verdict::published);
  }
  SECTION("one more") {
    list(most + 1);
    expect_what_the_evm_gives();
    const stf_outcome o = run();
    CHECK(o.verdict == stf_verdict::unsupported);
    CHECK(o.why == unsupported_class::listed_keys);
  }
}

TEST_CASE_METHOD(bounds_fixture, "calldata over the bound is refused, as much as it is not") {
  txn& t = *c.transaction;
  const u64 most = txn_envelope_bytes_max - 256;
  const u64 over = GENERATE(u64{0}, u64{1});
  t.data.assign(most + over, 0);
  t.gas_limit = 21'000 + 10 * t.data.size();
  expect_what_the_evm_gives();
  const stf_outcome o = run();
  INFO(o.why);
  CHECK(o.verdict == (over == 0 ? stf_verdict::published : stf_verdict::unsupported));
  if (over != 0) CHECK(o.why == unsupported_class::envelope);
}

TEST_CASE_METHOD(bounds_fixture, "over a bound, a root that the EVM does not come to has failed") {
  list(published_keys);
  c.expected_root = *fixed_from_hex<32>(published_root);
  SECTION("another root") {
    c.expected_root[31] ^= 1;
  }
  SECTION("other logs") {
    c.expected_logs[31] ^= 1;
  }
  SECTION("valid, and said to be refused") {
    c.expected_exception = "TransactionException.GAS_LIMIT_EXCEEDS_MAXIMUM";
  }
  SECTION("refused, and said to be valid") {
    c.transaction->gas_limit = (u64{1} << 24) + 1;
  }
  CHECK(run().verdict == stf_verdict::failed);
}

TEST_CASE_METHOD(bounds_fixture, "over a bound and over the gas cap is refused as published") {
  list(published_keys);
  c.transaction->gas_limit = (u64{1} << 24) + 1;
  c.expected_exception = "TransactionException.GAS_LIMIT_EXCEEDS_MAXIMUM";
  c.expected_root = root_of(pre);
  CHECK(run().verdict == stf_verdict::refused);
}

TEST_CASE_METHOD(bounds_fixture, "a cost over 256 bits is refused, by the guest too") {
  txn& t = *c.transaction;
  t.gas_limit = 21'000;
  t.value = u256::max();
  pre.accounts[c.sender].balance = u256::max();
  c.expected_exception = "TransactionException.INSUFFICIENT_ACCOUNT_FUNDS";
  c.expected_root = root_of(pre);
  CHECK(run().verdict == stf_verdict::refused);
}
