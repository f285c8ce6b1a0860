#include <csignal>
#include <cstdio>
#include <functional>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "actors/node/commands/commands.hpp"
#include "actors/node/process/last_words.hpp"

namespace {

using namespace ashlar::node;

constexpr int exit_usage = 2;

/// What the words of the command line ask for: set by the subcommand among them.
using job = std::function<int()>;

/// The subcommand `app` asks for this.
template <class Command>
void runs(CLI::App& app, job& asked, std::shared_ptr<Command> c, int (*run)(const Command&)) {
  app.callback([&asked, c = std::move(c), run] { asked = [c, run] { return run(*c); }; });
}

/// Which chain, for commands that need nothing but L1.
void add_chain_source(CLI::App& app, chain_source& source) {
  auto* hub = app.add_option("--hub", source.hub, "the ecosystem's hub on L1, which has the chain");
  app.add_option("--chain-id", source.chain_id, "with --hub: which of its chains")->needs(hub);
  app.add_option("--chain", source.folder,
                 "instead of --hub: a folder with chain.toml and genesis.json")
      ->excludes(hub);
}

/// The sealed key of an account that pays on L1.
void add_key(CLI::App& app, std::string& key_file, std::string& passphrase_file,
             const std::string& whose) {
  app.add_option("--key-file", key_file, whose)->required();
  app.add_option("--passphrase-file", passphrase_file, "its first line opens the key")->required();
}

void add_dev(CLI::App& app, job& asked) {
  auto c = std::make_shared<dev_command>();
  auto* one = app.add_subcommand("dev", "an L1, contracts, one chain and every role, left running");
  one->add_option("--dir", c->folder,
                  "where to keep data (default: a new folder that is removed at the end)");
  one->add_option("--port", c->port, "port of the JSON-RPC endpoint")->capture_default_str();
  one->add_option("--chain-id", c->chain_id, "chain id")->capture_default_str();
  one->add_option("--l1", c->l1_endpoint,
                  "a development L1 that runs already (default: an anvil of its own)");
  one->add_option("--batch-age-ms", c->batch_age_ms, "a batch is sealed at this age")
      ->capture_default_str()
      ->check(CLI::Range(50, 86'400'000));
  one->add_flag("--prove", c->prove, "with the prover role and a worker in this process");
  one->add_flag("--final", c->final, "with proofs for L1, a verifier there, and batches executed");
  one->add_flag("--json", c->json, "print one JSON line with the endpoints when ready");
  runs(*one, asked, c, run_dev);
}

void add_demo(CLI::App& app, job& asked) {
  auto c = std::make_shared<demo_command>();
  auto* one = app.add_subcommand("demo", "L1, contracts, one chain, a real workload, checked");
  one->add_option("--dir", c->folder,
                  "where to keep data (default: a new folder that is removed at the end)");
  auto* final_flag = one->add_flag("--final")->description(
      "the default: end when L1 has verified the proofs and executed every batch");
  auto* commit_flag =
      one->add_flag("--commit-only", c->commit_only,
                    "quick, and a larger workload, with every precompile: end when every "
                    "batch is committed on L1");
  auto* prove_flag = one->add_flag(
      "--prove", c->prove, "end when every batch is committed, and proved and verified here");
  auto* escape_flag =
      one->add_flag("--escape", c->escape,
                    "another scenario: the operator goes, and its users get out through L1; "
                    "with proofs for L1, which take long");
  final_flag->excludes(commit_flag, prove_flag, escape_flag);
  commit_flag->excludes(prove_flag, escape_flag);
  one->add_flag("--json", c->json, "one JSON object on standard output");
  runs(*one, asked, c, run_demo);
}

void add_restore(CLI::App& app, job& asked) {
  auto c = std::make_shared<restore_command>();
  auto* one =
      app.add_subcommand("restore", "rebuild a chain's state from L1 alone and print its root");
  add_chain_source(*one, c->chain);
  one->add_option("--l1", c->l1_endpoint, "L1 endpoint")->capture_default_str();
  one->add_option("--batch", c->batch, "the state behind this batch; else behind the last")
      ->check(CLI::Range(ashlar::u64{1}, ~ashlar::u64{0} >> 1));
  runs(*one, asked, c, run_restore);
}

void add_escape(CLI::App& app, job& asked) {
  auto c = std::make_shared<escape_command>();
  auto* one =
      app.add_subcommand("escape", "settle overdue operations without the operator, from L1 alone");
  add_chain_source(*one, c->chain);
  one->add_option("--dir", c->folder,
                  "keeps the work: a command that was stopped goes on from there")
      ->required();
  one->add_option("--contracts", c->contracts,
                  "the verifier's compiled contracts (default: this build's)");
  one->add_option("--l1", c->l1_endpoint, "L1 endpoint")->capture_default_str();
  add_key(*one, c->key_file, c->passphrase_file, "the sealed key of who pays on L1");
  one->add_option("--fee-max-gwei", c->fee_per_gas_max_gwei, "the most to pay a gas on L1")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  one->add_option("--guest", c->guest, "the guest program (default: this build's)");
  one->add_option("--workers", c->workers, "threads; 0: one a processor");
  one->add_option("--memory-mib", c->memory_mib,
                  "the most memory that proving may take; 0: what fits this machine");
  one->add_flag("--json", c->json, "one JSON object on standard output");
  runs(*one, asked, c, run_escape);
}

void add_node(CLI::App& app, job& asked) {
  auto c = std::make_shared<node_command>();
  auto* one = app.add_subcommand("node", "one node from a configuration file");
  one->add_option("--config", c->config, "node.toml")->required();
  runs(*one, asked, c, run_node);
}

void add_keys(CLI::App& app, job& asked) {
  using action = keys_command::action;
  auto c = std::make_shared<keys_command>();
  auto* keys = app.add_subcommand("keys", "sealed key files");
  keys->require_subcommand(1);
  const auto add = [&](action what, const char* name, const char* help) {
    auto* one = keys->add_subcommand(name, help);
    one->add_option("--file", c->file, "the sealed key file")->required();
    one->add_option("--passphrase-file", c->passphrase_file, "its first line opens the key")
        ->required();
    one->callback([&asked, c, what] {
      c->what = what;
      asked = [c] { return run_keys(*c); };
    });
    return one;
  };
  add(action::create, "create", "make a key");
  add(action::show, "show", "print a key's account");
  add(action::rotate, "rotate", "seal the same key under another passphrase")
      ->add_option("--new-passphrase-file", c->next_passphrase_file,
                   "its first line opens the key from now on")
      ->required();
}

void add_status(CLI::App& app, job& asked) {
  auto c = std::make_shared<status_command>();
  auto* one = app.add_subcommand("status", "what every role is doing");
  one->add_option("--rpc", c->rpc_endpoint, "JSON-RPC endpoint of the node")->capture_default_str();
  one->add_flag("--json", c->json, "for machines");
  runs(*one, asked, c, run_status);
}

void add_ecosystem(CLI::App& app, job& asked) {
  auto c = std::make_shared<ecosystem_command>();
  auto* all = app.add_subcommand("ecosystem", "contracts on L1, and chains");
  all->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*run)(const ecosystem_command&)) {
    auto* one = all->add_subcommand(name, help);
    one->add_option("--dir", c->folder, "the ecosystem's folder")->required();
    one->add_option("--l1", c->l1_endpoint, "L1 endpoint")->capture_default_str();
    runs(*one, asked, c, run);
    return one;
  };
  auto* init = add("init", "deploy hub, vault and factory", run_ecosystem_init);
  add_key(*init, c->key_file, c->passphrase_file, "the deployer's sealed key");
  auto* chain = add("add-chain", "register a chain", run_ecosystem_add_chain);
  add_key(*chain, c->key_file, c->passphrase_file, "the deployer's sealed key");
  chain->add_option("--chain-id", c->chain_id, "chain id")->required();
  chain->add_option("--operator", c->operator_account, "the account that commits batches")
      ->required();
  chain->add_option("--guardian", c->guardian,
                    "who may freeze the chain; the deployer, who governs it, if left out");
  chain->add_flag("--development", c->development,
                  "a governor that does not wait for users to leave; not on Ethereum itself");
  add("status", "what L1 says of every chain", run_ecosystem_status);
}

void add_verifier(CLI::App& app, job& asked) {
  auto c = std::make_shared<verifier_command>();
  auto* all = app.add_subcommand("verifier", "the contracts that verify proofs on L1");
  all->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, int (*run)(const verifier_command&)) {
    auto* one = all->add_subcommand(name, help);
    runs(*one, asked, c, run);
    return one;
  };
  const auto of_build = [&](CLI::App& one) {
    one.add_option("--contracts", c->contracts, "the compiled contracts (default: this build's)");
    one.add_option("--set-root", c->set_root,
                   "root of the set of circuits (default: this build's)");
  };
  const auto on_l1 = [&](CLI::App& one) {
    of_build(one);
    one.add_option("--l1", c->l1_endpoint, "L1 endpoint")->capture_default_str();
    add_key(one, c->key_file, c->passphrase_file, "the sender's sealed key");
  };
  add("source", "write the Solidity that the contracts of this build are compiled from",
      run_verifier_source)
      ->add_option("--out", c->out, "the file (default: standard output)");
  of_build(
      *add("address", "print the verifier's address, the same on every L1", run_verifier_address));
  on_l1(*add("deploy", "put the contracts on L1; what is there stays", run_verifier_deploy));
  auto* set =
      add("set", "have a chain's governor name it; again when the delay is over", run_verifier_set);
  on_l1(*set);
  set->add_option("--chain", c->chain_folder, "the chain's folder, with chain.toml")->required();
}

/// Of a batch's proof: what it is made and checked with.
void add_program(CLI::App& app, prove_command& c) {
  app.add_option("--guest", c.guest, "the guest program (default: this build's)");
  app.add_option("--params", c.params,
                 "proven128, proven100, or segment128 for proofs that go to L1")
      ->capture_default_str();
}

void add_prove(CLI::App& app, job& asked) {
  auto c = std::make_shared<prove_command>();
  auto* one = app.add_subcommand("prove", "a batch's witness to a proof file");
  one->add_option("--witness", c->witness, "the witness file")->required();
  one->add_option("--out", c->out, "where the proof goes");
  one->add_option("--profile", c->profile,
                  "no proof: print the guest's cycles by function, write folded stacks here");
  one->add_option("--workers", c->workers, "threads; 0: one a processor");
  one->add_option("--memory-mib", c->memory_mib,
                  "the most memory that proving may take; 0: what fits this machine");
  one->add_option("--backend", c->backend, "cpu or cuda")->capture_default_str();
  one->add_option("--device", c->device, "with cuda: which GPU")->capture_default_str();
  add_program(*one, *c);
  runs(*one, asked, c, run_prove);
}

void add_verify(CLI::App& app, job& asked) {
  auto c = std::make_shared<prove_command>();
  auto* one = app.add_subcommand("verify", "a proof file to a verdict");
  one->add_option("--proof", c->out, "the proof file")->required();
  one->add_option("--public-input", c->public_inputs,
                  "hash of the batch's public input; of a proof for L1: of each batch, in order")
      ->required();
  one->add_option("--dir", c->keys_folder, "of a proof for L1: where keys of circuits are kept");
  add_program(*one, *c);
  runs(*one, asked, c, run_verify);
}

void add_retry(CLI::App& app, job& asked) {
  auto c = std::make_shared<retry_command>();
  auto* one = app.add_subcommand(
      "retry", "have a running node try a batch again at once that could not be proved");
  one->add_option("--config", c->config, "the node's configuration file")->required();
  one->add_option("--batch", c->batch, "the batch")->required();
  runs(*one, asked, c, run_retry);
}

void add_aggregate(CLI::App& app, job& asked) {
  auto c = std::make_shared<aggregate_command>();
  auto* one = app.add_subcommand("aggregate", "proofs of consecutive batches to one proof for L1");
  one->add_option("--proof", c->proofs,
                  "the batches' proof files, in order, made with --params segment128")
      ->required();
  one->add_option("--public-input", c->public_inputs,
                  "hashes of their public inputs, in the same order")
      ->required();
  one->add_option("--out", c->out, "where the proof goes")->required();
  one->add_option("--dir", c->folder,
                  "keeps what is made: a command that was stopped goes on from there");
  one->add_option("--guest", c->guest, "the guest program (default: this build's)");
  one->add_option("--workers", c->workers, "threads; 0: one a processor");
  one->add_option("--memory-mib", c->memory_mib,
                  "the most memory that tables may take, with cuda the GPU's; 0: no "
                  "limit, or what is free there");
  one->add_option("--backend", c->backend, "cpu or cuda")->capture_default_str();
  one->add_option("--device", c->device, "with cuda: which GPU");
  runs(*one, asked, c, run_aggregate);
}

void add_proof_params(CLI::App& app, job& asked) {
  auto c = std::make_shared<proof_params_command>();
  auto* one = app.add_subcommand("proof-params", "security of the proof parameters, by component");
  one->add_option("--params", c->params,
                  "proven128, proven100, segment128, join128, leaf128, circuit128 or outer128")
      ->capture_default_str();
  one->add_flag("--soundcalc", c->soundcalc, "as ethereum/soundcalc's TOML");
  runs(*one, asked, c, run_proof_params);
}

}  // namespace

int main(int argc, char** argv) {
  end_uncaught_with_sentence();
  std::signal(SIGXFSZ, SIG_IGN);  // a file over the system's limit is an error of the write
  CLI::App app{"Ashlar: launches and runs validity rollups", "ashlar"};
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::help);
  job asked;
  for (const auto add :
       {add_dev, add_demo, add_restore, add_escape, add_node, add_keys, add_status, add_ecosystem,
        add_verifier, add_prove, add_verify, add_retry, add_aggregate, add_proof_params})
    add(app, asked);
  // Commands that cannot do their job yet: they say so instead of pretending.
  for (const char* name : {"chaos"}) app.add_subcommand(name, "not available yet")->allow_extras();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : exit_usage;
  }
  if (asked) return asked();
  fmt::print(stderr, "ashlar: {} is not available yet\n",
             app.get_subcommands().front()->get_name());
  return 1;
}
