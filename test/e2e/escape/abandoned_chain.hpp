#pragma once

#include <catch2/catch.hpp>

#include "actors/node/chain/published_chain.hpp"
#include "actors/node/chain/restore.hpp"
#include "actors/node/demo/run.hpp"
#include "actors/node/dev_stack.hpp"
#include "actors/node/escape/escape.hpp"
#include "actors/node/process/scratch_folder.hpp"
#include "actors/node/proving/outer_proof.hpp"
#include "net/l1/governance.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/stark/recursion/node_claim.hpp"
#include "runtime/stf/apply_batch.hpp"
#include "test/solidity/stated_circuit.hpp"
#include "test/support/cut_transport.hpp"
#include "test/support/settlement_fixture.hpp"

namespace ashlar::test {

/// The circuit that stands for the outermost one, and its verifier: real proofs of nothing.
struct stated_verifier {
  stark::stated_circuit circuit{"Test", stark::insecure_keccak, 50};
  hash256 set_root = stark::list_with({}, filled(1));
  std::unique_ptr<node::outer_verifier> contracts = open();

  std::unique_ptr<node::outer_verifier> open() {
    const char* path = std::getenv("ASHLAR_VERIFIER_TEST");
    REQUIRE(path != nullptr);
    const auto compiled = l1::contract_artifacts::load(path);
    if (!compiled.ok()) FAIL(compiled.error());
    auto opened =
        node::outer_verifier::open(*compiled, stark::insecure_keccak, circuit.key(), set_root);
    if (!opened.ok()) FAIL(opened.error());
    return std::move(opened).value();
  }
  publisher::run_proof prove(const publisher::batch_run& run, std::span<const hash256> inputs) {
    const bytes proof =
        circuit.prove(stark::stated_values(stark::list_digest(inputs), stark::l1_form(set_root)));
    auto stages = contracts->stages(run, inputs, proof);
    if (!stages.ok()) FAIL(stages.error());
    return std::move(stages).value();
  }
};

/// What an escape's prover keeps on its disk.
struct stated_shelf {
  std::map<batch_number, publisher::batch_run> begun;
  std::map<hash256, std::shared_ptr<const publisher::run_proof>> proofs;  // by accumulator
  u64 made = 0;
};

class stated_prover final : public node::escape_prover, public publisher::proof_source {
 public:
  stated_prover(stated_verifier& v, stated_shelf& shelf, std::function<void()> before)
      : verifier_(v), shelf_(shelf), before_(std::move(before)) {}

  status<std::string> check(const address& verifier, const hash256& root) override {
    if (root != verifier_.contracts->set_root()) return fail(std::string("of other programs"));
    if (verifier != verifier_.contracts->at()) return fail(std::string("at another place"));
    return nothing{};
  }
  status<std::string> prove(const store::sealed_batch& batch, bytes_view witness,
                            const std::function<bool()>& is_wanted) override {
    if (before_) std::exchange(before_, nullptr)();
    if (!is_wanted()) return fail(std::string("not wanted any more"));
    const hash256 input = public_input_hash(batch.input);
    const publisher::batch_run run{batch.number, batch.number, chain_public_input({}, input)};
    begin(run);
    if (shelf_.proofs.contains(run.accumulator)) return nothing{};
    // What the guest does with the witness.
    const auto applied = stf::apply_batch(witness);
    REQUIRE(applied.ok());
    REQUIRE(applied->input == batch.input);
    ++shelf_.made;
    shelf_.proofs[run.accumulator] =
        std::make_shared<const publisher::run_proof>(verifier_.prove(run, std::span(&input, 1)));
    return nothing{};
  }
  publisher::proof_source& source() override { return *this; }

  std::optional<batch_number> ready_to(batch_number first) override { return first; }
  std::optional<publisher::batch_run> begun_from(batch_number first) override {
    const auto at = shelf_.begun.find(first);
    return at == shelf_.begun.end() ? std::nullopt : std::optional(at->second);
  }
  void begin(const publisher::batch_run& run) override {
    shelf_.begun.insert_or_assign(run.first, run);
  }
  std::shared_ptr<const publisher::run_proof> finished(const publisher::batch_run& run) override {
    const auto at = shelf_.proofs.find(run.accumulator);
    return at == shelf_.proofs.end() ? nullptr : at->second;
  }
  std::string doing(const publisher::batch_run&) override { return "proving"; }

 private:
  stated_verifier& verifier_;
  stated_shelf& shelf_;
  std::function<void()> before_;
};

/// A chain with money on it and its verifier on L1, whose operator has ended: one batch executed,
/// others committed, and a deposit and a withdrawal in the queue.
struct abandoned_chain {
  node::scratch_folder folder{"", "ashlar-escape-test"};
  stated_verifier verifier;
  std::unique_ptr<node::dev_stack> dev;
  std::unique_ptr<node::demo_surroundings> around;
  node::demo_limits limits;
  std::unique_ptr<node::demo::demo_run> run;
  std::unique_ptr<l1::client> l1;
  std::unique_ptr<l1::signer> rich;
  u64 committed = 0;  ///< by the operator, of which one is executed

  abandoned_chain();

  std::unique_ptr<l1::transport> connect() {
    l1::http_transport_config c;
    c.endpoint = dev->l1_endpoint;
    return std::move(l1::make_http_transport(c)).value();
  }
  const address& contract() const { return dev->spec.contracts.chain; }
  u64 chain_id() const { return dev->spec.config.chain_id; }
  std::string raw(std::string_view method, const std::string& params) {
    const auto answer = l1->raw(method, params);
    if (!answer.ok()) FAIL(method << ": " << answer.error().text);
    return *answer;
  }
  void mine() { raw("anvil_mine", "[1]"); }
  void fund(const address& who) {
    raw("anvil_setBalance", "[\"" + to_hex(who) + "\",\"0x3635c9adc5dea00000\"]");
  }
  /// L1's clock shows this time in a new block.
  void move_to(unix_seconds when) {
    raw("evm_setNextBlockTimestamp", "[" + std::to_string(when.value) + "]");
    mine();
  }
  l1::escape_standing standing() {
    auto s = l1::read_escape_standing(*l1, contract());
    if (!s.ok()) FAIL(s.error().text);
    return *s;
  }
  u64 nonce(const address& who) { return *l1->nonce(who, "latest"); }
  hash256 stored(u64 batch) { return *l1::read_stored_batch(*l1, contract(), batch_number{batch}); }
  /// Has L1 verify and prove one of the operator's batches.
  void prove_batch(u64 number);
  l1::chain_progress progress() { return *l1::read_progress(*l1, contract()); }

 private:
  void begin();
  void install_verifier();
  void do_business();
};

/// Of the chain that all tests begin from: each takes L1 back to here.
inline abandoned_chain& the_chain() {
  static abandoned_chain chain;
  static std::string snapshot;
  if (!snapshot.empty()) chain.raw("evm_revert", "[" + snapshot + "]");
  snapshot = chain.raw("evm_snapshot", "[]");
  return chain;
}

inline unix_seconds opening(abandoned_chain& chain) {
  const auto s = chain.standing();
  return unix_seconds{s.oldest_requested_at->value +
                      std::max(s.priority_deadline_s + s.past_window_s, s.escape_period_s) + 1};
}

/// When the escape is open for the whole queue: it was asked for within minutes.
inline unix_seconds all_opening(abandoned_chain& chain) {
  return unix_seconds{opening(chain).value + 1'800};
}

/// The chain's timelock calls it.
inline void govern_by(abandoned_chain& chain, const bytes& call) {
  const address& timelock = chain.dev->spec.contracts.governor;
  const std::string governor = to_hex(timelock);
  chain.fund(timelock);
  chain.raw("anvil_impersonateAccount", "[\"" + governor + "\"]");
  chain.raw("eth_sendTransaction",
            "[{\"from\":\"" + governor + "\",\"to\":\"" + to_hex(chain.contract()) +
                "\",\"gas\":\"0xf4240\",\"data\":\"" + to_hex(call) + "\"}]");
}

/// Somebody who escapes: an account, a folder, a prover's disk.
struct refugee {
  abandoned_chain& chain;
  u8 number;
  node::scratch_folder folder{"", "ashlar-refugee"};
  stated_shelf shelf;
  manual_clock time;
  cut_transport::plan cut;
  std::function<void()> before_proof;
  std::function<void()> before_wait;  ///< each
  batch::sealing_config limits;
  std::vector<std::string> said;
  std::unique_ptr<l1::signer> account = [this] {
    hash256 secret;
    secret[31] = number;
    return l1::make_signer(secret);
  }();

  refugee(abandoned_chain& c, u8 which) : chain(c), number(which) {}

  /// One command, from its beginning; L1 has a new block at each wait.
  result<node::escape_report, node::escape_failure> escape() {
    l1::client client(std::make_unique<cut_transport>(chain.connect(), cut));
    node::escape_config c;
    // Of the operator there is nothing left but what L1 has.
    auto spec =
        node::read_published_chain(*chain.l1, chain.dev->spec.ecosystem.hub, chain.chain_id());
    if (!spec.ok()) FAIL(spec.error());
    c.chain = std::move(*spec);
    c.folder = folder.path();
    c.publisher.confirmations = 2;
    c.operation_confirmations = 1;
    c.limits = limits;
    const node::escape_parts parts{
        client,
        *account,
        time,
        [this](store::batch_store&) {
          return result<std::unique_ptr<node::escape_prover>, std::string>(
              std::make_unique<stated_prover>(chain.verifier, shelf,
                                              std::exchange(before_proof, nullptr)));
        },
        [this](const std::string& line) { said.push_back(line); },
        [this](clock::duration wait) {
          if (before_wait) before_wait();
          time.advance(wait);
          chain.mine();
        }};
    return node::run_escape(c, parts);
  }
  node::escape_report escaped() {
    auto done = escape();
    std::string all;
    for (const std::string& line : said) all += line + "\n";
    INFO(all);
    if (!done.ok()) FAIL(done.error().text);
    return std::move(done).value();
  }
};

}  // namespace ashlar::test
