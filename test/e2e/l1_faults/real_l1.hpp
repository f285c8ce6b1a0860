#pragma once

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "actors/node/process/child_process.hpp"
#include "net/l1/abi.hpp"
#include "net/l1/deployment.hpp"
#include "runtime/base/hex.hpp"
#include "test/support/settlement_fixture.hpp"

namespace ashlar::test {

/// anvil with the contracts and one chain; from then on it mines only when it is told to.
class real_l1 {
 public:
  real_l1() {
    const std::string anvil =
        node::find_program("ASHLAR_ANVIL", "net/contracts/bin/anvil", "anvil");
    REQUIRE_FALSE(anvil.empty());
    log_ = std::filesystem::temp_directory_path() /
           ("ashlar-anvil-" + std::to_string(::getpid()) + ".log");
    endpoint_.endpoint = "http://127.0.0.1:" + std::to_string(port_);
    auto started = node::child_process::start({anvil, "--port", std::to_string(port_)}, log_);
    if (!started.ok()) FAIL(started.error());
    process_ = std::move(*started);
    client_ = std::make_unique<l1::client>(connect());
    await();
    deploy();
  }
  ~real_l1() {
    process_.end();
    std::filesystem::remove(log_);
  }

  std::unique_ptr<l1::transport> connect() {
    return std::move(l1::make_http_transport(endpoint_)).value();
  }
  l1::client& client() { return *client_; }
  const l1::signer& deployer() const { return *deployer_; }
  const l1::chain_contracts& contracts() const { return contracts_; }
  const address& chain() const { return contracts_.chain; }
  l1::l1_block_number created_at() const { return created_at_; }
  u64 now() { return client_->latest()->timestamp.value; }

  std::string raw(std::string_view method, const std::string& params) {
    const auto answer = client_->raw(method, params);
    if (!answer.ok()) FAIL(method << ": " << answer.error().text);
    return *answer;
  }
  void mine(u64 blocks = 1) { raw("anvil_mine", "[" + std::to_string(blocks) + "]"); }
  void reorg(u64 depth) { raw("anvil_reorg", "[" + std::to_string(depth) + ",[]]"); }
  void fund(const address& who) {
    raw("anvil_setBalance", "[\"" + to_hex(who) + "\",\"0x3635c9adc5dea00000\"]");
  }
  /// A transaction from `from` by anvil's own hand, mined with the next block.
  void send(const l1::l1_call& c, u64 gas = 1'000'000) {
    const std::string from = to_hex(c.from);
    raw("anvil_impersonateAccount", "[\"" + from + "\"]");
    raw("eth_sendTransaction", "[{\"from\":\"" + from + "\",\"to\":\"" + to_hex(*c.to) +
                                   "\",\"data\":\"" + to_hex(c.data) + "\",\"value\":\"" +
                                   to_quantity(c.value) + "\",\"gas\":\"" + to_quantity(u256{gas}) +
                                   "\"}]");
  }
  /// A call of the governor's to the chain, by anvil's own hand, mined.
  void govern(const bytes& call) {
    fund(contracts_.governor);
    send({contracts_.governor, contracts_.chain, call, {}});
    mine();
  }
  void deposit(const u256& value) {
    const u256 mint = value + u256{1'000'000'000'000'000'000};
    const l1::abi_encoder none;
    const auto request = l1::abi_encoder()
                             .number(270)
                             .number(mint)
                             .account(deployer_->account())
                             .number(value)
                             .blob({})
                             .number(100'000)
                             .number(800)
                             .array({}, true)
                             .account(deployer_->account());
    send({deployer_->account(), hub_,
          l1::abi_encoder().dynamic_tuple(request).call(
              "requestL2TransactionDirect((uint256,uint256,address,uint256,bytes,uint256,uint256,"
              "bytes[],address))"),
          mint});
  }

 private:
  void await() {
    for (int i = 0; i < 300; ++i) {
      if (client_->chain_id().ok()) return;
      // Another process: there is no event to wait for but its answer.
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    FAIL("anvil does not answer");
  }

  void deploy() {
    const char* path = std::getenv("ASHLAR_ARTIFACTS");
    REQUIRE(path != nullptr);
    const auto artifacts = l1::contract_artifacts::load(path);
    if (!artifacts.ok()) FAIL(artifacts.error());
    // The first of anvil's well-known development accounts.
    deployer_ = l1::make_signer(
        *fixed_from_hex<32>("0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"));
    const l1::fee_policy_config fees;
    const auto contracts = l1::deploy_ecosystem(*client_, *deployer_, *artifacts, fees);
    if (!contracts.ok()) FAIL(contracts.error().text);
    hub_ = contracts->hub;
    const address operator_account = operator_signer()->account();
    fund(operator_account);
    l1::chain_registration r;
    r.chain_id = 270;
    r.genesis_state = filled(0x99);
    r.config = r.genesis = fixture_config();
    r.protocol_version = 1;
    r.committer = r.prover = r.executor = r.guardian = operator_account;
    r.proposers = r.executors_of_timelock = {deployer_->account()};
    r.timelock_delay_s = 0;  // what it holds up is not what is tested here
    r.development = true;
    const auto expected = l1::next_chain_contracts(*client_, contracts->factory);
    REQUIRE(expected.ok());
    created_at_ = l1::l1_block_number{client_->latest()->number.value + 1};
    const auto made = l1::create_chain(*client_, *deployer_, *contracts, r, *expected, fees);
    if (!made.ok()) FAIL(made.error().text);
    contracts_ = *made;
    raw("evm_setAutomine", "[false]");
  }

  u16 port_ = node::free_port();
  std::string log_;
  l1::http_transport_config endpoint_;
  node::child_process process_;
  std::unique_ptr<l1::client> client_;
  std::unique_ptr<l1::signer> deployer_;
  address hub_;
  l1::chain_contracts contracts_;
  l1::l1_block_number created_at_;
};

}  // namespace ashlar::test
