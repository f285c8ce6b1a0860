#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <catch2/catch.hpp>
#include <unistd.h>

#include "actors/l1_listener/chain_follower.hpp"
#include "actors/node/child_process.hpp"
#include "actors/publisher/settlement_engine.hpp"
#include "net/l1/abi.hpp"
#include "net/l1/deployment.hpp"
#include "runtime/base/hex.hpp"
#include "test/support/settlement_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

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
  const address& chain() const { return chain_; }
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
  void send(const l1::l1_call& c) {
    const std::string from = to_hex(c.from);
    raw("anvil_impersonateAccount", "[\"" + from + "\"]");
    raw("eth_sendTransaction", "[{\"from\":\"" + from + "\",\"to\":\"" + to_hex(*c.to) +
                                   "\",\"data\":\"" + to_hex(c.data) + "\",\"value\":\"" +
                                   to_quantity(c.value) + "\",\"gas\":\"0xf4240\"}]");
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
    r.config_hash = filled(0x22);
    r.protocol_version = 1;
    r.committer = r.prover = r.executor = r.guardian = operator_account;
    r.proposers = r.executors_of_timelock = {deployer_->account()};
    const auto expected = l1::next_chain_contracts(*client_, contracts->factory);
    REQUIRE(expected.ok());
    created_at_ = l1::l1_block_number{client_->latest()->number.value + 1};
    const auto made = l1::create_chain(*client_, *deployer_, *contracts, r, *expected, fees);
    if (!made.ok()) FAIL(made.error().text);
    chain_ = made->chain;
    raw("evm_setAutomine", "[false]");
  }

  u16 port_ = node::free_port();
  std::string log_;
  l1::http_transport_config endpoint_;
  node::child_process process_;
  std::unique_ptr<l1::client> client_;
  std::unique_ptr<l1::signer> deployer_;
  address chain_, hub_;
  l1::l1_block_number created_at_;
};

/// Both roles' cores over it.
struct settlement {
  real_l1& l1;
  manual_clock time;
  memory_disk batch_disk, journal_disk, view_disk;
  std::unique_ptr<l1::signer> account = operator_signer();
  std::unique_ptr<store::batch_store> batches;
  std::unique_ptr<store::intent_journal> journal;
  std::unique_ptr<l1_listener::l1_view> view;
  l1::client publisher_client, listener_client;
  std::optional<publisher::settlement_engine> engine;
  std::optional<l1_listener::chain_follower> follower;

  explicit settlement(real_l1& chain)
      : l1(chain), publisher_client(chain.connect()), listener_client(chain.connect()) {
    batches = std::move(store::batch_store::open(batch_disk.config())).value();
    journal = std::move(store::intent_journal::open(journal_disk.config())).value();
    view = std::move(l1_listener::l1_view::open(view_disk.config())).value();
    publisher::publisher_config publishing;
    publishing.contract = l1.chain();
    publishing.l1_chain_id = 31'337;
    publishing.confirmations = 3;
    engine.emplace(publishing, publisher_client, *account, time, *batches, *journal);
    l1_listener::listener_config listening;
    listening.contract = l1.chain();
    listening.l1_chain_id = 31'337;
    listening.start_block = l1.created_at();
    listening.confirmations = 2;
    listening.finality_depth = 40;
    follower.emplace(listening, listener_client, time, *view, *batches);
  }

  void seal(std::optional<u64> timestamp = std::nullopt) {
    const u64 n = batches->last().value + 1;
    store::sealed_batch b = batch_of(n);
    b.input.chain_contract = l1.chain();
    b.input.first_timestamp = b.input.last_timestamp = unix_seconds{timestamp.value_or(l1.now())};
    if (n == 1) b.input.state_before = filled(0x99);
    REQUIRE(batches->append(b).ok());
  }
  void step(bool mining = true) {
    const auto published = engine->step();
    REQUIRE(published.ok());
    if (mining) l1.mine();
    const auto listened = follower->step();
    REQUIRE(listened.ok());
    time.advance(std::max(*published, *listened));
  }
  void steps(unsigned n) {
    for (unsigned i = 0; i < n; ++i) step();
  }
  u64 committed() { return l1::read_progress(l1.client(), l1.chain())->committed.value; }
};

}  // namespace

TEST_CASE("on a real L1: commits, deposits, reorgs, a taken nonce and reverts") {
  real_l1 chain;
  settlement s(chain);

  SECTION("batches are committed and seen, deposits are credited with the contract's hash") {
    for (int i = 0; i < 3; ++i) s.seal();
    chain.deposit(u256{5});
    s.steps(8);
    CHECK(s.committed() == 3);
    CHECK(s.batches->settlement(batch_number{3})->stage == batch_stage::committed);
    CHECK(s.batches->settlement(batch_number{1})->commit_gas > 21'000);
    CHECK(s.follower->heads().safe == block_number{9});
    const auto ops = s.follower->operations(priority_id{0});
    REQUIRE(ops.ok());
    REQUIRE(*ops);
    CHECK((*ops)->items.size() == 1);
    CHECK((*ops)->items[0].body->value == u256{5});
    CHECK(s.engine->status().waits_for == "");
    CHECK(s.follower->status().waits_for == "");
    CHECK_THAT(s.engine->progress_of(batch_number{1})->waits_for,
               Catch::Contains("the contract has no verifier"));
  }

  SECTION("reorgs of depth 1 to 5 lose no batch and commit none twice") {
    chain.mine(6);
    u64 sealed = 0;
    for (u64 depth = 1; depth <= 5; ++depth) {
      INFO("depth " << depth);
      s.seal();
      ++sealed;
      s.step();
      s.step();
      chain.reorg(depth);
      s.steps(10);
      CHECK(s.committed() == sealed);
      CHECK(s.view->totals().committed == sealed);
      CHECK(s.batches->settlement(batch_number{sealed})->stage == batch_stage::committed);
    }
    CHECK(s.engine->status().waits_for == "");
    CHECK(s.follower->status().waits_for == "");
  }

  SECTION("a nonce that another sender took is planned anew") {
    s.seal();
    s.seal();
    // Mined before the engine sends: then its plan is right; and again while its commit waits.
    chain.send({s.account->account(), s.account->account(), {}, {}});
    s.step();
    s.step(false);
    chain.raw("anvil_dropAllTransactions", "[]");
    chain.send({s.account->account(), s.account->account(), {}, {}});
    s.steps(25);
    CHECK(s.committed() == 2);
    CHECK(s.engine->status().waits_for == "");
  }

  SECTION("the contract's own reason is named, and nothing is sent") {
    s.seal(chain.now() - 100'000);
    s.steps(3);
    CHECK(s.committed() == 0);
    CHECK_THAT(s.engine->progress_of(batch_number{1})->waits_for,
               Catch::Contains("commit would revert: TimestampTooOld("));
  }
}
