#include "actors/gateway/execution.hpp"

#include <catch2/catch.hpp>

#include "runtime/crypto/keccak.hpp"
#include "runtime/stf/block.hpp"
#include "test/support/pubdata_adversary.hpp"
#include "test/unit/gateway/contracts.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

class manual_clock final : public clock {
 public:
  duration steady() const noexcept override { return now += step; }
  unix_seconds wall() const noexcept override { return unix_seconds{1'700'000'000}; }
  mutable duration now{1};
  duration step{0};
};

class made_up_hashes final : public evm::block_hashes {
 public:
  hash256 hash_of(u64 number) override { return u256{1000 + number}.to_be(); }
};

/// Calls on top of block 7.
struct fixture {
  chain_config chain = memory_chain::sample_config();
  memory_state state = sample_genesis();
  made_up_hashes hashes;
  manual_clock time;
  gateway::gateway_config config;
  block_header header;

  fixture() {
    header = stf::genesis_header(chain, unix_seconds{1'700'000'000});
    header.number = block_number{7};
    header.base_fee_per_gas = u256{2'000'000};
  }
  gateway::call_base base() { return {chain, header, state, hashes, time, config}; }
  rpc::call_request to(const address& whom) const {
    rpc::call_request r;
    r.from = test_key(0).account;
    r.to = whom;
    return r;
  }
  rpc::call_outcome call(const rpc::call_request& r, const rpc::state_overrides& accounts = {},
                         const rpc::block_overrides& block = {}) {
    auto got = gateway::call(base(), r, accounts, block, {});
    if (!got) FAIL(got.error().detail);
    return std::move(*got);
  }
  std::string refusal(const rpc::call_request& r) {
    const auto got = gateway::call(base(), r, {}, {}, {});
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == rpc::backend_errc::call_rejected);
    return got.error().detail;
  }
  rpc::gas_estimate estimate(const rpc::call_request& r) {
    auto got = gateway::estimate_gas(base(), r, {}, {}, {});
    if (!got) FAIL(got.error().detail);
    return std::move(*got);
  }
  /// Whether a signed transaction with this limit succeeds in the next block.
  bool executes(const rpc::call_request& r, u64 gas) {
    evm::state over(state);
    stf::block_execution block(chain, header, header_hash(header), header.timestamp, over, hashes);
    const txn t = signed_txn(chain, test_key(0), 0, r.to, r.value, r.data, gas);
    const auto got = block.add(t, test_key(0).account, txn_hash(t));
    return got.ok() && got->success;
  }
};

}  // namespace

TEST_CASE("a call that would publish more than one transaction may says so") {
  fixture f;
  f.chain.pubdata_txn_bytes_max = pubdata_txn_bytes_lowest;
  f.state = adversary_genesis(1);
  rpc::call_request r = f.to(slot_writer);
  r.data = two_words(u256{1'000}, u256{1});
  r.gas = 16'000'000;
  const auto called = f.call(r);
  CHECK(called.status == rpc::call_status::halted);
  CHECK(called.halt.find("pubdata limit exceeded") == 0);
  const auto estimated = f.estimate(r);
  CHECK(estimated.outcome.status == rpc::call_status::halted);
  CHECK(estimated.outcome.halt.find("pubdata limit exceeded") == 0);
  r.data = two_words(u256{900}, u256{1});
  const auto fits = f.estimate(r);
  REQUIRE(fits.outcome.status == rpc::call_status::success);
  CHECK(f.executes(r, fits.gas));
}

TEST_CASE("a call that would make its proof hold more than one may says so") {
  fixture f;
  // Reads one slot after another; who calls it reverts without a word where that fails.
  const address greedy{{0x9e}}, caller{{0x9f}};
  f.state.put(greedy, {1, {}, evm::empty_code_hash, 0}, *from_hex("0x5f5b805450600101600156"));
  bytes calls = *from_hex("0x5f5f5f5f5f73");
  append(calls, greedy.data_);
  append(calls, *from_hex("0x5af1505f5ffd"));
  f.state.put(caller, {1, {}, evm::empty_code_hash, 0}, calls);
  for (const address& whom : {greedy, caller}) {
    const auto called = f.call(f.to(whom));
    CHECK(called.status == rpc::call_status::halted);
    CHECK(called.halt.find("memory limit exceeded") == 0);
    const auto estimated = f.estimate(f.to(whom));
    CHECK(estimated.outcome.status == rpc::call_status::halted);
    CHECK(estimated.outcome.halt.find("memory limit exceeded") == 0);
  }
}

TEST_CASE("a call sees the block it is on, and is free without fees") {
  fixture f;
  const auto out = f.call(f.to(environment));
  REQUIRE(out.status == rpc::call_status::success);
  CHECK(word(out.output, 0) == u256{7});
  CHECK(word(out.output, 1) == u256{});
  CHECK(word(out.output, 2) == u256{1'700'000'000});
  CHECK(word(out.output, 4) == u256{1006});
  CHECK(word(out.output, 5) == u256{});
}

TEST_CASE("with fees a call sees the base fee and its own price") {
  fixture f;
  auto r = f.to(environment);
  r.max_fee_per_gas = u256{3'000'000};
  r.max_priority_fee_per_gas = u256{5};
  r.gas = 100'000;
  const auto out = f.call(r);
  CHECK(word(out.output, 1) == u256{2'000'000});
  CHECK(word(out.output, 5) == u256{2'000'005});
}

TEST_CASE("calls that cannot be executed say so in geth's words") {
  fixture f;
  auto r = f.to(environment);
  r.max_fee_per_gas = u256{1'999'999};
  CHECK_THAT(f.refusal(r), Catch::StartsWith("max fee per gas less than block base fee: address"));
  r.max_fee_per_gas = u256{3'000'000};
  r.max_priority_fee_per_gas = u256{3'000'001};
  CHECK_THAT(f.refusal(r),
             Catch::StartsWith("max priority fee per gas higher than max fee per gas: address"));
  r.max_priority_fee_per_gas = u256{};
  r.gas = 100'000;
  r.value = u256{1'000'000'000'000'000'000};
  CHECK_THAT(f.refusal(r), Catch::Contains("insufficient funds for gas * price + value: address"));
  r = f.to(environment);
  r.value = u256{2'000'000'000'000'000'000};
  CHECK_THAT(f.refusal(r), Catch::Contains("insufficient funds for gas * price + value: address"));
  r = f.to(environment);
  r.gas = 20'000;
  CHECK(f.refusal(r) == "err: intrinsic gas too low: have 20000, want 21000 (supplied gas 20000)");
}

TEST_CASE("reverts keep their data, halts their reason") {
  fixture f;
  const auto reverted = f.call(f.to(reverter));
  CHECK(reverted.status == rpc::call_status::reverted);
  CHECK(word(reverted.output, 0) == u256{42});
  const auto halted = f.call(f.to(burner));
  CHECK(halted.status == rpc::call_status::halted);
  CHECK(halted.halt == "out of gas");
  CHECK(halted.gas_used == f.config.call_gas_max);
}

TEST_CASE("overrides change what one call sees") {
  fixture f;
  rpc::state_overrides accounts;
  SECTION("balance") {
    auto r = f.to(test_key(3).account);
    r.from = contract_no(99);
    r.value = u256{5};
    accounts[*r.from].balance = u256{5};
    CHECK(f.call(r, accounts).status == rpc::call_status::success);
  }
  SECTION("code, with the account's own storage") {
    accounts[counter].code = f.state.codes[f.state.accounts[environment].code_hash];
    CHECK(word(f.call(f.to(counter), accounts).output, 3) == u256{6});
  }
  SECTION("code of an account that was not there, and some slots") {
    const address nobody = contract_no(98);
    accounts[nobody].code = f.state.codes[f.state.accounts[environment].code_hash];
    accounts[nobody].state_diff[u256{}] = u256{77};
    CHECK(word(f.call(f.to(nobody), accounts).output, 3) == u256{77});
  }
  SECTION("all storage") {
    accounts[counter].code = f.state.codes[f.state.accounts[environment].code_hash];
    accounts[counter].state = std::map<u256, u256>{{u256{1}, u256{1}}};
    CHECK(word(f.call(f.to(counter), accounts).output, 3) == u256{});
  }
  SECTION("code taken away") {
    accounts[reverter].code = bytes{};
    CHECK(f.call(f.to(reverter), accounts).status == rpc::call_status::success);
  }
  SECTION("block fields") {
    rpc::block_overrides block;
    block.number = 9;
    block.time = 1'700'000'100;
    block.fee_recipient = contract_no(97);
    const auto out = f.call(f.to(environment), {}, block);
    CHECK(word(out.output, 0) == u256{9});
    CHECK(word(out.output, 2) == u256{1'700'000'100});
    CHECK(word(out.output, 6) == u256::from_be(bytes_view(contract_no(97).data_)));
  }
}

TEST_CASE("an estimate is sufficient and not much more") {
  fixture f;
  rpc::call_request r;
  SECTION("a transfer") {
    r = f.to(test_key(1).account);
  }
  SECTION("a transfer of value to a new account") {
    r = f.to(contract_no(50));
    r.value = u256{123'456'789};
  }
  SECTION("a contract that writes") {
    r = f.to(counter);
  }
  SECTION("a call through a call, of which a 64th is kept back") {
    r = f.to(caller);
  }
  SECTION("calldata that only the floor pays for") {
    r = f.to(test_key(1).account);
    r.data.assign(3000, 1);
  }
  SECTION("a creation") {
    r.from = test_key(0).account;
    r.data = code_of("60015f5360015ff3");
  }
  const auto e = f.estimate(r);
  REQUIRE(e.outcome.status == rpc::call_status::success);
  CHECK(f.executes(r, e.gas));
  // One class less: without the margin, and the pubdata of one word, it fails.
  const u64 spare = 600 + e.gas * 3 / 100;
  CHECK_FALSE(f.executes(r, e.gas - spare));
}

TEST_CASE("an estimate of what fails tells why") {
  fixture f;
  const auto reverted = f.estimate(f.to(reverter));
  CHECK(reverted.outcome.status == rpc::call_status::reverted);
  CHECK(word(reverted.outcome.output, 0) == u256{42});
  const auto burnt = f.estimate(f.to(burner));
  CHECK(burnt.outcome.status == rpc::call_status::halted);
  CHECK(burnt.outcome.halt == "gas required exceeds allowance (16777216)");
  auto poor = f.to(counter);
  poor.max_fee_per_gas = u256{100'000'000'000'000};
  const auto allowance = f.estimate(poor);
  CHECK(allowance.outcome.halt == "gas required exceeds allowance (10000)");
}

TEST_CASE("the gas of every run is told") {
  fixture f;
  u64 once = 0, all = 0;
  REQUIRE(gateway::call(f.base(), f.to(counter), {}, {}, {.gas_run = &once}).ok());
  CHECK(once >= 21'000);
  REQUIRE(gateway::estimate_gas(f.base(), f.to(counter), {}, {}, {.gas_run = &all}).ok());
  CHECK(all >= 2 * once);
  u64 burnt = 0;
  REQUIRE(gateway::call(f.base(), f.to(burner), {}, {}, {.gas_run = &burnt}).ok());
  CHECK(burnt >= 10'000'000);
}

TEST_CASE("an estimate stops when its time is over") {
  fixture f;
  f.time.step = std::chrono::seconds(6);
  const auto got = gateway::estimate_gas(f.base(), f.to(caller), {}, {}, {});
  REQUIRE_FALSE(got.ok());
  CHECK(got.error().code == rpc::backend_errc::timeout);
}

TEST_CASE("an access list names what is touched besides the called") {
  fixture f;
  const auto got = gateway::create_access_list(f.base(), f.to(caller), {}, {});
  REQUIRE(got.ok());
  REQUIRE(got->list.size() == 1);
  CHECK(got->list[0].account == counter);
  CHECK(got->list[0].storage_keys == std::vector<hash256>{hash256{}});
  CHECK(got->outcome.status == rpc::call_status::success);
  auto with = f.to(caller);
  with.access_list = got->list;
  CHECK(f.call(with).gas_used == got->outcome.gas_used);
}
