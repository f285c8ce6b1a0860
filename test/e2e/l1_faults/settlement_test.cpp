#include <map>

#include <catch2/catch.hpp>

#include "actors/l1_listener/chain_follower.hpp"
#include "actors/node/outer_proof.hpp"
#include "actors/publisher/settlement_engine.hpp"
#include "net/l1/chain_contract.hpp"
#include "net/l1/governance.hpp"
#include "runtime/stark/recursion/node_claim.hpp"
#include "test/e2e/l1_faults/real_l1.hpp"
#include "test/solidity/stated_circuit.hpp"
#include "test/support/cut_transport.hpp"

// Batches through the generated verifier on a real L1: real proofs, of a circuit that verifies
// nothing, by the publisher itself.

using namespace ashlar;
using namespace ashlar::test;

namespace {

/// The circuit that proves, and the verifiers of its proofs on L1: one a protocol version, each for
/// a set of programs of its own.
struct verifiers_on_l1 {
  struct verifier {
    hash256 set_root;
    std::unique_ptr<node::outer_verifier> contracts;
  };
  real_l1& l1;
  stark::stated_circuit circuit{"Test", stark::insecure_keccak, 50};
  l1::contract_artifacts compiled = load();
  std::map<u32, verifier> by_version;

  explicit verifiers_on_l1(real_l1& chain) : l1(chain) { put_in_force(1); }

  static l1::contract_artifacts load() {
    const char* path = std::getenv("ASHLAR_VERIFIER_TEST");
    REQUIRE(path != nullptr);
    auto loaded = l1::contract_artifacts::load(path);
    if (!loaded.ok()) FAIL(loaded.error());
    return std::move(loaded).value();
  }
  /// Deploys the verifier of a version and has the governor name it.
  void put_in_force(u32 version) {
    verifier& v = by_version[version];
    v.set_root = stark::list_with({}, filled(static_cast<u8>(version)));
    auto opened =
        node::outer_verifier::open(compiled, stark::insecure_keccak, circuit.key(), v.set_root);
    if (!opened.ok()) FAIL(opened.error());
    v.contracts = std::move(opened).value();
    l1.raw("evm_setAutomine", "[true]");
    const auto at = node::deploy_verifier(l1.client(), l1.deployer(), v.contracts->contracts(), {});
    if (!at.ok()) FAIL(at.error());
    const auto set = l1::set_verifier(l1.client(), l1.deployer(), l1.contracts(), version, *at, {});
    if (!set.ok()) FAIL(set.error().text);
    REQUIRE(set->at == l1::governed_change::stage::in_force);
    l1.raw("evm_setAutomine", "[false]");
  }
};

/// Proves runs as they are asked for. What it has begun outlives the publishers of a test.
class circuit_proofs final : public publisher::proof_source {
 public:
  circuit_proofs(verifiers_on_l1& verifiers, store::batch_store& batches)
      : verifiers_(verifiers), batches_(batches) {}

  std::optional<batch_number> ready_to(batch_number first) override {
    return first > batches_.last() ? std::nullopt : std::optional(batches_.last());
  }
  std::optional<publisher::batch_run> begun_from(batch_number first) override {
    const auto at = begun_.find(first);
    return at == begun_.end() ? std::nullopt : std::optional(at->second);
  }
  void begin(const publisher::batch_run& run) override { begun_.insert_or_assign(run.first, run); }
  std::shared_ptr<const publisher::run_proof> finished(const publisher::batch_run& run) override {
    std::vector<hash256> inputs;
    for (batch_number n = run.first; n <= run.last; n = n.next())
      inputs.push_back(public_input_hash(batches_.get(n)->input));
    const auto& v = verifiers_.by_version.at(batches_.get(run.first)->input.protocol_version);
    const bytes proof = verifiers_.circuit.prove(
        stark::stated_values(stark::list_digest(inputs), stark::l1_form(v.set_root)));
    auto stages = v.contracts->stages(run, inputs, proof);
    if (!stages.ok()) FAIL(stages.error());
    return std::make_shared<publisher::run_proof>(std::move(stages).value());
  }
  std::string doing(const publisher::batch_run&) override { return "proving"; }

 private:
  verifiers_on_l1& verifiers_;
  store::batch_store& batches_;
  std::map<batch_number, publisher::batch_run> begun_;
};

struct settlement {
  real_l1 l1;
  verifiers_on_l1 verifiers{l1};
  u32 version = 1;  ///< of batches that are sealed
  manual_clock time;
  memory_disk batch_disk, journal_disk, view_disk;
  std::unique_ptr<l1::signer> account = operator_signer();
  std::unique_ptr<store::batch_store> batches =
      std::move(store::batch_store::open(batch_disk.config())).value();
  circuit_proofs proofs{verifiers, *batches};
  std::unique_ptr<store::intent_journal> journal;
  std::unique_ptr<l1_listener::l1_view> view =
      std::move(l1_listener::l1_view::open(view_disk.config())).value();
  cut_transport::plan cut;
  std::unique_ptr<l1::client> publisher_client;
  l1::client listener_client{l1.connect()};
  std::optional<publisher::settlement_engine> engine;
  std::optional<l1_listener::chain_follower> follower;

  settlement() {
    start(&proofs);
    l1_listener::listener_config listening;
    listening.contract = l1.chain();
    listening.l1_chain_id = 31'337;
    listening.start_block = l1.created_at();
    listening.confirmations = 2;
    listening.finality_depth = 40;
    follower.emplace(listening, listener_client, time, *view, *batches);
  }
  /// As a process that begins: nothing but the stores is kept.
  void start(publisher::proof_source* source) {
    engine.reset();
    journal.reset();
    journal = std::move(store::intent_journal::open(journal_disk.config())).value();
    publisher_client =
        std::make_unique<l1::client>(std::make_unique<cut_transport>(l1.connect(), cut));
    publisher::publisher_config c;
    c.contract = l1.chain();
    c.l1_chain_id = 31'337;
    c.confirmations = 3;
    c.run.age_max_s = 0;
    engine.emplace(c, *publisher_client, *account, time, *batches, *journal, source);
  }
  void seal() {
    const u64 n = batches->last().value + 1;
    store::sealed_batch b = batch_of(n);
    b.input.chain_contract = l1.chain();
    b.input.protocol_version = version;
    b.input.first_timestamp = b.input.last_timestamp = unix_seconds{l1.now()};
    if (n == 1) b.input.state_before = filled(0x99);
    REQUIRE(batches->append(b).ok());
  }
  /// One step of each role and a block; a publisher that is killed is started again.
  void step() {
    clock::duration wait{};
    try {
      const auto published = engine->step();
      REQUIRE(published.ok());
      wait = *published;
    } catch (const killed&) {
      cut.kill_at.reset();
      start(&proofs);
    }
    l1.mine();
    const auto listened = follower->step();
    REQUIRE(listened.ok());
    time.advance(std::max(wait, *listened));
  }
  l1::chain_progress progress() { return *l1::read_progress(l1.client(), l1.chain()); }
  /// Steps until L1 has executed all that is sealed.
  void settle(unsigned steps_max = 60) {
    for (unsigned i = 0; i < steps_max && progress().executed < batches->last(); ++i) step();
    INFO("waits for: " << engine->status().waits_for);
    REQUIRE(progress().executed == batches->last());
  }
  /// By the verifier of the version.
  bool is_verified(batch_number first, batch_number last, u32 by = 1) {
    const auto& verifier = verifiers.by_version.at(by);
    std::vector<hash256> inputs;
    for (batch_number n = first; n <= last; n = n.next())
      inputs.push_back(public_input_hash(batches->get(n)->input));
    const hash256 output = stark::list_output(stark::l1_form(verifier.set_root), inputs);
    const auto answer =
        l1.client().call({{},
                          verifier.contracts->at(),
                          l1::abi_encoder().word(output).call("isVerified(bytes32)"),
                          {}});
    REQUIRE(answer.ok());
    return l1::abi_reader(*answer).boolean();
  }
};

}  // namespace

TEST_CASE("on a real L1 a run of batches is verified, proved and executed") {
  settlement s;
  for (int i = 0; i < 3; ++i) s.seal();

  s.settle();

  CHECK(s.progress().proved.value == 3);
  CHECK(s.engine->status().waits_for == "");
  for (int i = 0; i < 8; ++i) s.step();
  CHECK(s.batches->settlement(batch_number{3})->stage == batch_stage::executed);
  // However the publisher cut them into runs, each run's output is on L1.
  u64 covered = 0;
  for (u64 first = 1; first <= 3; first = covered + 1) {
    covered = 0;
    for (u64 last = 3; last >= first && covered == 0; --last)
      if (s.is_verified(batch_number{first}, batch_number{last})) covered = last;
    REQUIRE(covered >= first);
  }
  CHECK_FALSE(s.is_verified(batch_number{2}, batch_number{3}));
}

TEST_CASE("a reorg across any step of a settlement takes no batch and doubles none") {
  settlement s;
  s.l1.mine(8);
  // The steps from sealed to executed are fewer than these.
  for (unsigned at = 1; at <= 16; ++at) {
    INFO("after " << at << " steps");
    s.seal();
    for (unsigned i = 0; i < at; ++i) s.step();
    s.l1.reorg(1 + at % 5);
    s.settle();
  }
  CHECK(s.progress().executed.value == 16);
  CHECK(s.progress().committed.value == 16);
}

TEST_CASE("a publisher that is killed at any request settles each batch once") {
  const bool after = GENERATE(false, true);
  settlement s;
  s.seal();
  s.settle();
  const u64 requests = s.cut.count;
  REQUIRE(requests > 20);
  for (u64 kill_at = 0; kill_at < requests; kill_at += 3) {
    INFO("request " << kill_at << ", after it: " << after);
    s.seal();
    s.cut = {0, kill_at, after};
    s.settle();
    CHECK(s.progress().committed == s.batches->last());
  }
}

TEST_CASE("batches of two protocol versions are proved by a verifier each") {
  settlement s;
  // given: two batches committed under version 1, and the upgrade before they are proved
  for (int i = 0; i < 2; ++i) s.seal();
  s.start(nullptr);
  for (int i = 0; i < 8; ++i) s.step();
  REQUIRE(s.progress().committed.value == 2);
  s.verifiers.put_in_force(2);
  s.l1.govern(l1::abi_encoder().number(2).call("setProtocolVersion(uint32)"));
  s.version = 2;
  s.seal();
  s.start(&s.proofs);
  // when
  s.settle();
  // then
  CHECK(s.is_verified(batch_number{1}, batch_number{2}, 1));
  CHECK(s.is_verified(batch_number{3}, batch_number{3}, 2));
  CHECK_FALSE(s.is_verified(batch_number{1}, batch_number{2}, 2));
  CHECK_FALSE(s.is_verified(batch_number{3}, batch_number{3}, 1));
  CHECK_FALSE(s.is_verified(batch_number{1}, batch_number{3}, 1));
  CHECK_FALSE(s.is_verified(batch_number{1}, batch_number{3}, 2));
}

TEST_CASE("a verifier's contracts are refused for another circuit") {
  const auto compiled = verifiers_on_l1::load();
  const stark::stated_circuit circuit{"Test", stark::insecure_keccak, 50};
  stark::circuit_key other = circuit.key();
  other.fixed_root[5] ^= 1;
  const hash256 root = stark::list_with({}, filled(1));
  CHECK(node::outer_verifier::open(compiled, stark::insecure_keccak, circuit.key(), root).ok());
  const auto opened = node::outer_verifier::open(compiled, stark::insecure_keccak, other, root);
  REQUIRE_FALSE(opened.ok());
  CHECK_THAT(opened.error(), Catch::Contains("another outer circuit"));
}
