#include <csignal>
#include <cstdio>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "actors/node/commands/commands.hpp"
#include "actors/node/process/last_words.hpp"

namespace {

constexpr int exit_usage = 2;

/// Which chain, for commands that need nothing but L1.
void add_chain_source(CLI::App& app, ashlar::node::chain_source& source) {
  auto* hub = app.add_option("--hub", source.hub, "the ecosystem's hub on L1, which has the chain");
  app.add_option("--chain-id", source.chain_id, "with --hub: which of its chains")->needs(hub);
  app.add_option("--chain", source.folder,
                 "instead of --hub: a folder with chain.toml and genesis.json")
      ->excludes(hub);
}

}  // namespace

int main(int argc, char** argv) {
  using namespace ashlar::node;
  end_uncaught_with_sentence();
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the system's limit is an error of the write
  CLI::App app{"Ashlar: launches and runs validity rollups", "ashlar"};
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);

  dev_command dev;
  auto* dev_app =
      app.add_subcommand("dev", "an L1, contracts, one chain and every role, left running");
  dev_app->add_option("--dir", dev.folder,
                      "where to keep data (default: a new folder that is removed at the end)");
  dev_app->add_option("--port", dev.port, "port of the JSON-RPC endpoint")->capture_default_str();
  dev_app->add_option("--chain-id", dev.chain_id, "chain id")->capture_default_str();
  dev_app->add_option("--l1", dev.l1_endpoint,
                      "a development L1 that runs already (default: an anvil of its own)");
  dev_app->add_option("--batch-age-ms", dev.batch_age_ms, "a batch is sealed at this age")
      ->capture_default_str()
      ->check(CLI::Range(50, 86'400'000));
  dev_app->add_flag("--prove", dev.prove, "with the prover role and a worker in this process");
  dev_app->add_flag("--final", dev.final,
                    "with proofs for L1, a verifier there, and batches executed");
  dev_app->add_flag("--json", dev.json, "print one JSON line with the endpoints when ready");

  demo_command demo;
  auto* demo_app = app.add_subcommand("demo", "L1, contracts, one chain, a real workload, checked");
  demo_app->add_option("--dir", demo.folder,
                       "where to keep data (default: a new folder that is removed at the end)");
  bool until_final = false;
  auto* final_flag = demo_app->add_flag(
      "--final", until_final,
      "the default: end when L1 has verified the proofs and executed every batch");
  auto* commit_flag =
      demo_app->add_flag("--commit-only", demo.commit_only,
                         "quick, and a larger workload, with every precompile: end when every "
                         "batch is committed on L1");
  auto* prove_flag = demo_app->add_flag(
      "--prove", demo.prove, "end when every batch is committed, and proved and verified here");
  auto* escape_flag =
      demo_app->add_flag("--escape", demo.escape,
                         "another scenario: the operator goes, and its users get out through L1; "
                         "with proofs for L1, which take long");
  final_flag->excludes(commit_flag, prove_flag, escape_flag);
  commit_flag->excludes(prove_flag, escape_flag);
  demo_app->add_flag("--json", demo.json, "one JSON object on standard output");

  restore_command restore;
  auto* restore_app =
      app.add_subcommand("restore", "rebuild a chain's state from L1 alone and print its root");
  add_chain_source(*restore_app, restore.chain);
  restore_app->add_option("--l1", restore.l1_endpoint, "L1 endpoint")->capture_default_str();
  restore_app
      ->add_option("--batch", restore.batch, "the state behind this batch; else behind the last")
      ->check(CLI::PositiveNumber);

  escape_command escape;
  auto* escape_app =
      app.add_subcommand("escape", "settle overdue operations without the operator, from L1 alone");
  add_chain_source(*escape_app, escape.chain);
  escape_app
      ->add_option("--dir", escape.folder,
                   "keeps the work: a command that was stopped goes on from there")
      ->required();
  escape_app->add_option("--contracts", escape.contracts,
                         "the verifier's compiled contracts (default: this build's)");
  escape_app->add_option("--l1", escape.l1_endpoint, "L1 endpoint")->capture_default_str();
  escape_app->add_option("--key-file", escape.key_file, "the sealed key of who pays on L1")
      ->required();
  escape_app
      ->add_option("--passphrase-file", escape.passphrase_file, "its first line opens the key")
      ->required();
  escape_app
      ->add_option("--fee-max-gwei", escape.fee_per_gas_max_gwei, "the most to pay a gas on L1")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  escape_app->add_option("--guest", escape.guest, "the guest program (default: this build's)");
  escape_app->add_option("--workers", escape.workers, "threads; 0: one a processor");
  escape_app->add_option("--memory-mib", escape.memory_mib,
                         "the most memory that proving may take; 0: what fits this machine");
  escape_app->add_flag("--json", escape.json, "one JSON object on standard output");

  node_command node;
  auto* node_app = app.add_subcommand("node", "one node from a configuration file");
  node_app->add_option("--config", node.config, "node.toml")->required();

  keys_command keys;
  auto* keys_app = app.add_subcommand("keys", "sealed key files");
  keys_app->require_subcommand(1);
  for (const auto& [name, help] :
       {std::pair("create", "make a key"), std::pair("show", "print a key's account"),
        std::pair("rotate", "seal the same key under another passphrase")}) {
    auto* one = keys_app->add_subcommand(name, help);
    one->add_option("--file", keys.file, "the sealed key file")->required();
    one->add_option("--passphrase-file", keys.passphrase_file, "its first line opens the key")
        ->required();
    if (std::string_view(name) == "rotate")
      one->add_option("--new-passphrase-file", keys.next_passphrase_file,
                      "its first line opens the key from now on")
          ->required();
  }

  status_command status;
  auto* status_app = app.add_subcommand("status", "what every role is doing");
  status_app->add_option("--rpc", status.rpc_endpoint, "JSON-RPC endpoint of the node")
      ->capture_default_str();
  status_app->add_flag("--json", status.json, "for machines");

  ecosystem_command ecosystem;
  auto* ecosystem_app = app.add_subcommand("ecosystem", "contracts on L1, and chains");
  ecosystem_app->require_subcommand(1);
  for (const auto& [name, help] : {std::pair("init", "deploy hub, vault and factory"),
                                   std::pair("add-chain", "register a chain"),
                                   std::pair("status", "what L1 says of every chain")}) {
    auto* one = ecosystem_app->add_subcommand(name, help);
    one->add_option("--dir", ecosystem.folder, "the ecosystem's folder")->required();
    one->add_option("--l1", ecosystem.l1_endpoint, "L1 endpoint")->capture_default_str();
    if (std::string_view(name) == "status") continue;
    one->add_option("--key-file", ecosystem.key_file, "the deployer's sealed key")->required();
    one->add_option("--passphrase-file", ecosystem.passphrase_file, "its first line opens the key")
        ->required();
    if (std::string_view(name) != "add-chain") continue;
    one->add_option("--chain-id", ecosystem.chain_id, "chain id")->required();
    one->add_option("--operator", ecosystem.operator_account, "the account that commits batches")
        ->required();
  }

  verifier_command verifier;
  auto* verifier_app = app.add_subcommand("verifier", "the contracts that verify proofs on L1");
  verifier_app->require_subcommand(1);
  for (const auto& [name, help] :
       {std::pair("source",
                  "write the Solidity that the contracts of this build are compiled from"),
        std::pair("address", "print the verifier's address, the same on every L1"),
        std::pair("deploy", "put the contracts on L1; what is there stays"),
        std::pair("set", "have a chain's governor name it; again when the delay is over")}) {
    auto* one = verifier_app->add_subcommand(name, help);
    if (std::string_view(name) == "source") {
      one->add_option("--out", verifier.out, "the file (default: standard output)");
      continue;
    }
    one->add_option("--contracts", verifier.contracts,
                    "the compiled contracts (default: this build's)");
    one->add_option("--set-root", verifier.set_root,
                    "root of the set of circuits (default: this build's)");
    if (std::string_view(name) == "address") continue;
    one->add_option("--l1", verifier.l1_endpoint, "L1 endpoint")->capture_default_str();
    one->add_option("--key-file", verifier.key_file, "the sender's sealed key")->required();
    one->add_option("--passphrase-file", verifier.passphrase_file, "its first line opens the key")
        ->required();
    if (std::string_view(name) == "set")
      one->add_option("--chain", verifier.chain_folder, "the chain's folder, with chain.toml")
          ->required();
  }

  prove_command prove;
  auto* prove_app = app.add_subcommand("prove", "a batch's witness to a proof file");
  auto* verify_app = app.add_subcommand("verify", "a proof file to a verdict");
  prove_app->add_option("--witness", prove.witness, "the witness file")->required();
  prove_app->add_option("--out", prove.out, "where the proof goes");
  prove_app->add_option("--profile", prove.profile,
                        "no proof: print the guest's cycles by function, write folded stacks here");
  prove_app->add_option("--workers", prove.workers, "threads; 0: one a processor");
  prove_app->add_option("--memory-mib", prove.memory_mib,
                        "the most memory that proving may take; 0: what fits this machine");
  prove_app->add_option("--backend", prove.backend, "cpu or cuda")->capture_default_str();
  prove_app->add_option("--device", prove.device, "with cuda: which GPU")->capture_default_str();
  verify_app->add_option("--proof", prove.out, "the proof file")->required();
  verify_app
      ->add_option("--public-input", prove.public_inputs,
                   "hash of the batch's public input; of a proof for L1: of each batch, in order")
      ->required();
  verify_app->add_option("--dir", prove.keys_folder,
                         "of a proof for L1: where keys of circuits are kept");
  for (auto* one : {prove_app, verify_app}) {
    one->add_option("--guest", prove.guest, "the guest program (default: this build's)");
    one->add_option("--params", prove.params,
                    "proven128, proven100, or segment128 for proofs that go to L1")
        ->capture_default_str();
  }
  retry_command retry;
  auto* retry_app = app.add_subcommand(
      "retry", "have a running node try a batch again at once that could not be proved");
  retry_app->add_option("--config", retry.config, "the node's configuration file")->required();
  retry_app->add_option("--batch", retry.batch, "the batch")->required();

  aggregate_command aggregate;
  auto* aggregate_app =
      app.add_subcommand("aggregate", "proofs of consecutive batches to one proof for L1");
  aggregate_app
      ->add_option("--proof", aggregate.proofs,
                   "the batches' proof files, in order, made with --params segment128")
      ->required();
  aggregate_app
      ->add_option("--public-input", aggregate.public_inputs,
                   "hashes of their public inputs, in the same order")
      ->required();
  aggregate_app->add_option("--out", aggregate.out, "where the proof goes")->required();
  aggregate_app->add_option("--dir", aggregate.folder,
                            "keeps what is made: a command that was stopped goes on from there");
  aggregate_app->add_option("--guest", aggregate.guest,
                            "the guest program (default: this build's)");
  aggregate_app->add_option("--workers", aggregate.workers, "threads; 0: one a processor");
  aggregate_app->add_option("--memory-mib", aggregate.memory_mib,
                            "the most memory that tables may take, with cuda the GPU's; 0: no "
                            "limit, or what is free there");
  aggregate_app->add_option("--backend", aggregate.backend, "cpu or cuda")->capture_default_str();
  aggregate_app->add_option("--device", aggregate.device, "with cuda: which GPU");

  proof_params_command params;
  auto* params_app =
      app.add_subcommand("proof-params", "security of the proof parameters, by component");
  params_app
      ->add_option("--params", params.params,
                   "proven128, proven100, segment128, join128, leaf128, circuit128 or outer128")
      ->capture_default_str();
  params_app->add_flag("--soundcalc", params.soundcalc, "as ethereum/soundcalc's TOML");

  // Commands that cannot do their job yet: they say so instead of pretending.
  for (const char* name : {"chaos"}) app.add_subcommand(name, "not available yet")->allow_extras();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_usage;
  }
  if (*dev_app) return run_dev(dev);
  if (*demo_app) return run_demo(demo);
  if (*restore_app) return run_restore(restore);
  if (*escape_app) return run_escape(escape);
  if (*node_app) return run_node(node);
  if (*status_app) return run_status(status);
  if (*prove_app) return run_prove(prove);
  if (*verify_app) return run_verify(prove);
  if (*retry_app) return run_retry(retry);
  if (*aggregate_app) return run_aggregate(aggregate);
  if (*params_app) return run_proof_params(params);
  if (*keys_app) {
    using action = keys_command::action;
    keys.what = keys_app->got_subcommand("create")   ? action::create
                : keys_app->got_subcommand("rotate") ? action::rotate
                                                     : action::show;
    return run_keys(keys);
  }
  if (*verifier_app) {
    if (verifier_app->got_subcommand("source")) return run_verifier_source(verifier);
    if (verifier_app->got_subcommand("address")) return run_verifier_address(verifier);
    if (verifier_app->got_subcommand("deploy")) return run_verifier_deploy(verifier);
    return run_verifier_set(verifier);
  }
  if (*ecosystem_app) {
    if (ecosystem_app->got_subcommand("init")) return run_ecosystem_init(ecosystem);
    if (ecosystem_app->got_subcommand("add-chain")) return run_ecosystem_add_chain(ecosystem);
    return run_ecosystem_status(ecosystem);
  }
  fmt::print(stderr, "ashlar: {} is not available yet\n",
             app.get_subcommands().front()->get_name());
  return 1;
}
