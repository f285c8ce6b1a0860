#include "test/e2e/crash/settling_node.hpp"

#include <filesystem>
#include <map>
#include <mutex>

#include "actors/node/commands/key_store.hpp"
#include "actors/node/node_config.hpp"
#include "net/l1/governance.hpp"
#include "runtime/stark/recursion/node_claim.hpp"
#include "runtime/stf/apply_batch.hpp"
#include "runtime/store/folder.hpp"
#include "runtime/types/batch.hpp"
#include "test/solidity/stated_circuit.hpp"
#include "test/support/tiny_proofs.hpp"

namespace ashlar::test {
namespace {

namespace fs = std::filesystem;

/// Some tenths of a second a proof.
constexpr u32 rounds = 10;

class batch_engine final : public prover::proof_engine {
 public:
  hash256 program_commitment() const override { return inner_->program_commitment(); }
  std::string params_name() const override { return inner_->params_name(); }
  status<std::string> check(const hash256& input, bytes_view proof) const override {
    return inner_->check(input, proof);
  }
  result<prover::engine_proof, std::string> prove(
      bytes_view witness, const std::function<void(const prover::proving_progress&)>& progress,
      const std::atomic<bool>& cancelled) override {
    const auto batch = stf::apply_batch(witness);
    if (!batch) return fail(std::string("the witness does not hold"));
    return inner_->prove(tiny_witness(public_input_hash(batch->input), rounds), progress,
                         cancelled);
  }
  u64 expected_bytes(u32 segments) const override { return inner_->expected_bytes(segments); }

 private:
  std::unique_ptr<prover::proof_engine> inner_ = make_tiny_engine();
};

hash256 set_root() {
  hash256 any;
  any[31] = 1;
  return stark::list_with({}, any);
}

struct circuit_and_verifier {
  stark::stated_circuit circuit{"Test", stark::insecure_keccak, 50};
  std::unique_ptr<node::outer_verifier> contracts;

  circuit_and_verifier() {
    const char* path = std::getenv("ASHLAR_VERIFIER_TEST");
    if (path == nullptr) throw rig_error("ASHLAR_VERIFIER_TEST is not set");
    const auto compiled = l1::contract_artifacts::load(path);
    if (!compiled.ok()) throw rig_error(compiled.error());
    auto opened =
        node::outer_verifier::open(*compiled, stark::insecure_keccak, circuit.key(), set_root());
    if (!opened.ok()) throw rig_error(opened.error());
    contracts = std::move(*opened);
  }
};

/// Runs that were begun lie in a file each, named by their first batch: "LAST ACCUMULATOR".
class circuit_runs final : public publisher::proof_source {
 public:
  circuit_runs(const store::batch_store& batches, const prover::proof_archive& archive,
               std::string folder)
      : batches_(batches), archive_(archive), folder_(std::move(folder)) {
    fs::create_directories(folder_);
  }

  std::optional<batch_number> ready_to(batch_number first) override {
    std::optional<batch_number> last;
    for (batch_number n = first; n <= batches_.last() && is_proved(n); n = n.next()) last = n;
    return last;
  }
  std::optional<publisher::batch_run> begun_from(batch_number first) override {
    const auto raw = store::read_file(path_of(first));
    if (!raw.ok() || raw->size() != 40) return std::nullopt;
    return publisher::batch_run{first, batch_number{load_le64(raw->data())},
                                hash256::copy_of(raw->data() + 8)};
  }
  void begin(const publisher::batch_run& run) override {
    bytes raw(8);
    store_le64(raw.data(), run.last.value);
    append(raw, run.accumulator);
    const std::string path = path_of(run.first);
    if (!store::replace_file(path, path + ".part", raw).ok())
      throw std::runtime_error("a run cannot be written");
  }
  std::shared_ptr<const publisher::run_proof> finished(const publisher::batch_run& run) override {
    auto& proof = proofs_[run.accumulator];
    if (!proof) proof = std::make_shared<publisher::run_proof>(prove(run));
    return proof;
  }
  std::string doing(const publisher::batch_run&) override { return "proving"; }

 private:
  std::string path_of(batch_number first) const {
    return folder_ + "/run-" + std::to_string(first.value);
  }
  bool is_proved(batch_number n) const {
    const auto batch = batches_.get(n);
    const auto record = archive_.find(n);
    return batch.ok() && record && record->public_input_hash == public_input_hash(batch->input);
  }
  publisher::run_proof prove(const publisher::batch_run& run) {
    std::vector<hash256> inputs;
    for (batch_number n = run.first; n <= run.last; n = n.next())
      inputs.push_back(public_input_hash(batches_.get(n)->input));
    const bytes proof = made_.circuit.prove(
        stark::stated_values(stark::list_digest(inputs), stark::l1_form(set_root())));
    auto stages = made_.contracts->stages(run, inputs, proof);
    if (!stages.ok()) throw std::runtime_error(stages.error());
    return std::move(stages).value();
  }

  const store::batch_store& batches_;
  const prover::proof_archive& archive_;
  const std::string folder_;
  circuit_and_verifier made_;
  std::map<hash256, std::shared_ptr<const publisher::run_proof>> proofs_;
};

}  // namespace

node::stack_config read_stack_config(const std::string& path) {
  auto files = node::read_node_config(path);
  if (!files.ok()) throw rig_error(files.error());
  const auto phrase = node::read_passphrase(files->keys.passphrase_file);
  if (!phrase.ok()) throw rig_error(phrase.error());
  const auto open = [&](const std::string& key_path) {
    const auto key = node::open_secp256k1_key(key_path, *phrase);
    if (!key.ok()) throw rig_error(key.error());
    return *key;
  };
  files->stack.sequencer_key = open(files->keys.sequencer);
  files->stack.operator_key = open(files->keys.operator_account);
  return files->stack;
}

node::stack_config settling(node::stack_config config) {
  config.proving.enabled = true;
  config.proving.test_engine = [] { return std::make_unique<batch_engine>(); };
  config.test_proofs = [](const store::batch_store& batches, const prover::proof_archive& archive,
                          const std::string& folder) {
    return std::make_unique<circuit_runs>(batches, archive, folder);
  };
  config.publisher.run.age_max_s = 0;
  return config;
}

std::unique_ptr<node::outer_verifier> settling_verifier() {
  return std::move(circuit_and_verifier().contracts);
}

void put_verifier_on(const rig& r) {
  const auto verifier = settling_verifier();
  const auto c = r.connect(r.l1_endpoint());
  const auto at = node::deploy_verifier(*c, r.deployer(), verifier->contracts(), {});
  if (!at.ok()) throw rig_error(at.error());
  await("the verifier in force", 30, [&] {
    return must(l1::set_verifier(*c, r.deployer(), r.chain().contracts, 1, *at, {}), "verifier")
               .at == l1::governed_change::stage::in_force;
  });
}

}  // namespace ashlar::test
