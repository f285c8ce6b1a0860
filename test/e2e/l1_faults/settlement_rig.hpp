#pragma once

#include <map>

#include <catch2/catch.hpp>

#include "actors/l1_listener/chain_follower.hpp"
#include "actors/node/proving/outer_proof.hpp"
#include "actors/publisher/settlement_engine.hpp"
#include "net/l1/chain_contract.hpp"
#include "net/l1/governance.hpp"
#include "runtime/stark/recursion/node_claim.hpp"
#include "test/e2e/l1_faults/roles_on_l1.hpp"
#include "test/solidity/stated_circuit.hpp"
#include "test/support/cut_transport.hpp"

// Batches through the generated verifier on a real L1: real proofs, of a circuit that verifies
// nothing, by the publisher itself.

namespace ashlar::test {

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
class circuit_proofs : public publisher::proof_source {
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
    auto& proof = finished_[run.accumulator];
    if (!proof) proof = std::make_shared<publisher::run_proof>(make(run));
    return proof;
  }
  std::string doing(const publisher::batch_run&) override { return "proving"; }

 protected:
  /// A run's batches, as the node has them.
  std::vector<public_input> batches_of(const publisher::batch_run& run) const {
    std::vector<public_input> out;
    for (batch_number n = run.first; n <= run.last; n = n.next())
      out.push_back(batches_.get(n)->input);
    return out;
  }
  /// Proves that programs of this version put these batches out; for that version's verifier.
  publisher::run_proof prove(const publisher::batch_run& run, std::span<const public_input> batches,
                             u32 version) const {
    std::vector<hash256> inputs;
    for (const public_input& b : batches) inputs.push_back(public_input_hash(b));
    const auto& v = verifiers_.by_version.at(version);
    const bytes proof = verifiers_.circuit.prove(
        stark::stated_values(stark::list_digest(inputs), stark::l1_form(v.set_root)));
    auto stages = v.contracts->stages(run, inputs, proof);
    if (!stages.ok()) FAIL(stages.error());
    return std::move(stages).value();
  }
  virtual publisher::run_proof make(const publisher::batch_run& run) {
    const auto batches = batches_of(run);
    return prove(run, batches, batches.front().protocol_version);
  }

 private:
  verifiers_on_l1& verifiers_;
  store::batch_store& batches_;
  std::map<batch_number, publisher::batch_run> begun_;
  std::map<hash256, std::shared_ptr<const publisher::run_proof>> finished_;  // by accumulator
};

struct settlement {
  real_l1 l1;
  verifiers_on_l1 verifiers{l1};
  u32 version = 1;              ///< of batches that are sealed
  std::optional<u64> base_fee;  ///< of every block from now on, wei a gas; none: as L1 has it
  publisher::publisher_config publishing = publishing_on(l1);
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
    publishing.run.age_max_s = 0;
    start(&proofs);
    follower.emplace(listening_on(l1), listener_client, time, *view, *batches);
  }
  /// As a process that begins: nothing but the stores is kept.
  void start(publisher::proof_source* source) {
    engine.reset();
    journal.reset();
    journal = std::move(store::intent_journal::open(journal_disk.config())).value();
    publisher_client =
        std::make_unique<l1::client>(std::make_unique<cut_transport>(l1.connect(), cut));
    engine.emplace(publishing, *publisher_client, *account, time, *batches, *journal, source);
  }
  void seal() {
    store::sealed_batch b = batch_on(l1, batches->last().value + 1, l1.now());
    b.input.protocol_version = version;
    REQUIRE(batches->append(b).ok());
  }
  void mine() {
    if (base_fee)
      l1.raw("anvil_setNextBlockBaseFeePerGas", "[\"" + to_quantity(u256{*base_fee}) + "\"]");
    l1.mine();
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
    mine();
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
  /// How often L1 says that each batch was executed.
  std::map<u64, unsigned> executions() {
    std::map<u64, unsigned> out;
    const auto logs =
        l1.client().logs({}, l1.client().latest()->number, l1.chain(), l1::chain_event_topics());
    REQUIRE(logs.ok());
    for (const auto& log : *logs)
      if (const auto e = l1::decode_chain_event(log.entry))
        if (const auto* done = std::get_if<l1::batch_executed>(&*e)) ++out[done->number.value];
    return out;
  }
  void check_executed_once() {
    std::map<u64, unsigned> once;
    for (u64 n = 1; n <= batches->last().value; ++n) once[n] = 1;
    CHECK(executions() == once);
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

}  // namespace ashlar::test
