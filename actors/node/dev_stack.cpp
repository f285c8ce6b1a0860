#include "actors/node/dev_stack.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "actors/node/chain/ecosystem.hpp"
#include "actors/node/process/machine_memory.hpp"
#include "actors/node/proving/outer_proof.hpp"
#include "actors/node/proving/pinned_circuits.hpp"
#include "actors/node/proving/priority_fit.hpp"
#include "net/l1/governance.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keys/secret.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"

namespace ashlar::node {
namespace {

/// The first account of anvil's well-known development mnemonic.
constexpr const char* anvil_first_key =
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
constexpr auto anvil_patience = std::chrono::seconds(30);

result<std::unique_ptr<l1::client>, std::string> connect(const std::string& endpoint) {
  l1::http_transport_config config;
  config.endpoint = endpoint;
  auto transport = l1::make_http_transport(config);
  if (!transport) return fail(endpoint + ": " + transport.error().text);
  return std::make_unique<l1::client>(std::move(*transport));
}

std::string start_anvil(dev_stack& d, const dev_options& options) {
  const std::string program = find_program("ASHLAR_ANVIL", "net/contracts/bin/anvil", "anvil");
  if (program.empty()) return "anvil is not installed; run ./dev setup, or set ASHLAR_ANVIL";
  const u16 port = free_port();
  std::vector<std::string> command{program,    "--port",  std::to_string(port),
                                   "--silent", "--order", "fifo"};
  if (options.l1_block_ms > 0) {
    command.push_back("--block-time");
    command.push_back(fmt::format("{:.3f}", options.l1_block_ms / 1000.0));
  }
  auto started = child_process::start(command, options.folder + "/anvil.log");
  if (!started) return started.error();
  d.anvil = std::move(*started);
  d.l1_endpoint = fmt::format("http://127.0.0.1:{}", port);
  auto c = connect(d.l1_endpoint);
  if (!c) return c.error();
  const auto deadline = std::chrono::steady_clock::now() + anvil_patience;
  while (!(*c)->chain_id().ok()) {
    if (!d.anvil.is_running()) return "anvil ended at once; see " + options.folder + "/anvil.log";
    if (std::chrono::steady_clock::now() > deadline)
      return "anvil does not answer; see " + options.folder + "/anvil.log";
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return {};
}

hash256 fresh_key(random_source& random) {
  hash256 key;
  do random.fill(std::span<u8>(key.data(), 32));
  while (!crypto::address_of(key));
  return key;
}

/// The memory that a development chain is proved in for L1: circuits' one leaf at a time, batches'
/// by the machine. Each segment costs a leaf, so they should be as large as the machine allows: the
/// largest where there are 23 GB, on small machines half of it.
constexpr u64 l1_memory_bytes = 8'000'000'000, memory_beside = 4'000'000'000;
constexpr u64 batch_memory_least = 5'000'000'000, batch_memory_most = 10'600'000'000;

u64 batch_memory_bytes() {
  const auto machine = memory_of_machine();
  const u64 bytes = machine ? machine->bytes : 0;
  return std::clamp(bytes - std::min(bytes, l1_memory_bytes + memory_beside), batch_memory_least,
                    batch_memory_most);
}

void configure_proofs(stack_config& config, dev_proofs wanted, const std::string& verifier) {
  config.proving.enabled = wanted != dev_proofs::none;
  if (wanted != dev_proofs::on_l1) return;
  config.proving.engine.params = stark::recursion_base_params.name;
  config.proving.engine.memory_bytes_max = batch_memory_bytes();
  config.proving.l1.contracts = verifier;
  config.proving.l1.memory_bytes_max = l1_memory_bytes;
}

}  // namespace

status<std::string> set_up_verifier(l1::client& c, const l1::signer& rich, const chain_spec& spec,
                                    const std::string& path) {
  const auto& pinned = pinned_circuits();
  if (!pinned) return fail(pinned.error());
  ASHLAR_TRY(const auto compiled, l1::contract_artifacts::load(path));
  ASHLAR_TRY(const auto verifier,
             outer_verifier::open(compiled, stark::recursion_outer_params, pinned->keys.outer,
                                  pinned->keys.set.root()));
  ASHLAR_TRY(const address at, deploy_verifier(c, rich, verifier->contracts(), {}));
  constexpr u32 steps_max = 10;
  for (u32 i = 0; i < steps_max; ++i) {
    const auto change =
        l1::set_verifier(c, rich, spec.contracts, spec.config.protocol_version, at, {});
    if (!change) return fail("L1: " + change.error().text);
    if (change->at == l1::governed_change::stage::in_force) return nothing{};
  }
  return fail(std::string("the chain's governor does not take the verifier"));
}

/// A development L1 has quick blocks and its own notion of final.
void configure_settlement(stack_config& config, const dev_options& options) {
  config.publisher.poll_ms = config.listener.poll_ms = 100;
  config.publisher.confirmations = 2;
  config.publisher.signatures_per_hour_max = 100'000;
  config.publisher.run.batches_max = options.run_batches;
  config.publisher.run.age_max_s = options.run_age_s;
  config.listener.confirmations = 2;
  config.listener.finality_depth = 8;
}

result<std::unique_ptr<dev_stack>, std::string> start_dev_stack(
    const dev_options& options, const std::function<void(const std::string&)>& say) {
  if (options.folder.empty())
    return fail(std::string("no temporary folder can be made: set TMPDIR, or give --dir"));
  std::error_code ec;
  std::filesystem::create_directories(options.folder, ec);
  if (ec) return fail(options.folder + ": " + ec.message());
  auto d = std::make_unique<dev_stack>();
  ASHLAR_TRY(d->artifacts, find_artifacts());
  d->rich_l1_key = *fixed_from_hex<32>(anvil_first_key);
  d->l1_endpoint = options.l1_endpoint;
  if (d->l1_endpoint.empty()) {
    say("starting anvil as L1");
    if (auto why = start_anvil(*d, options); !why.empty()) return fail(why);
  }
  ASHLAR_TRY(const auto c, connect(d->l1_endpoint));
  const auto rich = l1::make_signer(d->rich_l1_key);
  const l1::fee_policy_config fees;
  const auto text = [](const l1::l1_error& e) {
    return fmt::format("L1: {}: {}", to_text(e.code), e.text);
  };

  say("deploying hub, vault and factory");
  const auto ecosystem = l1::deploy_ecosystem(*c, *rich, d->artifacts, fees);
  if (!ecosystem) return fail(text(ecosystem.error()));

  crypto::system_random random;
  stack_config config;
  config.sequencer_key = fresh_key(random);
  config.operator_key = fresh_key(random);
  const auto operator_signer = l1::make_signer(config.operator_key);
  const u256 ether{1'000'000'000'000'000'000};
  if (const auto paid = l1::send_and_wait(
          *c, *rich, {rich->account(), operator_signer->account(), {}, ether * u256{100}}, fees);
      !paid)
    return fail(text(paid.error()));

  say(fmt::format("adding chain {}", options.chain_id));
  chain_choice choice;
  choice.chain_id = options.chain_id;
  choice.priority_gas_max = priority_gas_max_default;
  choice.operator_account = operator_signer->account();
  choice.fee_vault = operator_signer->account();
  choice.guardian = rich->account();
  choice.governor_proposer = rich->account();
  choice.development = true;  // it takes a verifier at once
  ASHLAR_TRY(d->spec, add_chain(*c, *rich, *ecosystem, d->artifacts, choice, fees));
  ASHLAR_CHECK(write_ecosystem(options.folder, *ecosystem, d->spec.config.l1_chain_id));
  ASHLAR_CHECK(write_chain_spec(options.folder, d->spec));

  std::string verifier;
  if (options.proofs == dev_proofs::on_l1) {
    say("deploying the verifier of proofs");
    ASHLAR_TRY(verifier, find_verifier());
    ASHLAR_CHECK(set_up_verifier(*c, *rich, d->spec, verifier));
  }

  say("starting every role");
  config.data_folder = options.folder + "/data";
  config.chain = d->spec;
  config.l1.endpoint = d->l1_endpoint;
  configure_settlement(config, options);
  config.batches.sealing.age_ms_max = options.batch_age_ms;
  config.rpc.rpc.batch_max = 1'000;
  configure_proofs(config, options.proofs, verifier);
  config.rpc.http.port = options.rpc_port;
  ASHLAR_TRY(d->node, stack::start(config));
  return d;
}

}  // namespace ashlar::node
