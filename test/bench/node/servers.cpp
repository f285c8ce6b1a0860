#include "test/bench/node/servers.hpp"

#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>
#include <thread>

#include "actors/node/chain/ecosystem.hpp"
#include "net/l1/client.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keys/sealed_key.hpp"
#include "runtime/crypto/secp256k1.hpp"
#include "test/bench/node/load_client.hpp"
#include "test/bench/rows/rows.hpp"

namespace ashlar::bench {
namespace fs = std::filesystem;

namespace {

/// The first account of anvil's well-known development mnemonic.
constexpr const char* anvil_first_key =
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
constexpr const char* passphrase = "a benchmark's keys guard nothing";

template <class T, class E>
T need(result<T, E> r, const std::string& what) {
  if (!r.ok()) {
    if constexpr (std::is_same_v<E, std::string>)
      give_up(what + ": " + r.error());
    else if constexpr (requires { r.error().text; })
      give_up(what + ": " + r.error().text);
    else
      give_up(what);
  }
  return std::move(r).value();
}

/// Polls until the process answers with its head's number.
u64 wait_for_answer(node::child_process& process, u16 port, const std::string& log) {
  rpc_client client(port);
  for (const double until = now_s() + 120;;) {
    if (const auto head = client.head()) return *head;
    require(process.is_running(), "a server ended at once; see " + log);
    require(now_s() < until, "a server does not answer; see " + log);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

node::child_process start_anvil(u16 port, const std::vector<std::string>& more,
                                const std::string& log) {
  const std::string program =
      node::find_program("ASHLAR_ANVIL", "net/contracts/bin/anvil", "anvil");
  require(!program.empty(), "anvil is not installed; run ./dev setup, or set ASHLAR_ANVIL");
  std::vector<std::string> command{program,    "--port",  std::to_string(port),
                                   "--silent", "--order", "fifo"};
  command.insert(command.end(), more.begin(), more.end());
  auto process = need(node::child_process::start(command, log), "anvil");
  wait_for_answer(process, port, log);
  return process;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream out(path, std::ios::trunc);
  out << text;
  out.flush();
  require(out.good(), path + " cannot be written");
}

address make_key(const std::string& path, u32 index) {
  crypto::system_random random;
  crypto::secret32 secret;
  const hash256 key = load_key(index);
  std::copy_n(key.data(), 32, secret.data());
  const auto sealed =
      crypto::seal_key_file(path, crypto::key_kind::secp256k1, secret, passphrase, random);
  require(sealed.ok(), path + " cannot be written");
  return load_account(index);
}

std::string config_text(u16 port, u16 l1_port) {
  return "data_folder = \"data\"\nchain_folder = \"chain\"\n"
         "[l1]\nendpoint = \"http://127.0.0.1:" +
         std::to_string(l1_port) +
         "\"\n[keys]\nsequencer = \"sequencer.key\"\noperator = \"operator.key\"\n"
         "passphrase_file = \"passphrase\"\n[rpc]\nport = " +
         std::to_string(port) +
         "\nbatch_max = 1000\ncost_per_second = 1000000000000\ncost_burst = 1000000000000\n"
         "response_bytes_max = 1073741824\n";
}

/// Contracts on the L1, the chain's files in `folder`/chain.
void make_chain(const std::string& folder, const std::string& l1_endpoint, u32 accounts,
                const address& operator_account) {
  l1::http_transport_config config;
  config.endpoint = l1_endpoint;
  l1::client client(need(l1::make_http_transport(config), "the endpoint of L1"));
  const auto rich = l1::make_signer(*fixed_from_hex<32>(anvil_first_key));
  const auto artifacts = need(node::find_artifacts(), "contracts");
  const l1::fee_policy_config fees;
  const auto ecosystem =
      need(l1::deploy_ecosystem(client, *rich, artifacts, fees), "the ecosystem's contracts");
  const u256 ether{1'000'000'000'000'000'000};
  need(l1::send_and_wait(client, *rich, {rich->account(), operator_account, {}, ether * u256{100}},
                         fees),
       "paying the operator");
  node::chain_choice choice;
  choice.chain_id = bench_chain_id;
  choice.operator_account = choice.fee_vault = operator_account;
  choice.guardian = choice.governor_proposer = rich->account();
  // Room for what is measured: the base fee must not rise out of the transfers' reach.
  choice.block_gas_limit = 10'000'000'000;
  for (u32 i = 0; i < accounts; ++i)
    choice.extra_accounts.push_back({load_account(i), 0, initial_balance(), {}, {}});
  const auto spec =
      need(node::add_chain(client, *rich, ecosystem, artifacts, choice, fees), "adding the chain");
  fs::create_directories(folder + "/chain");
  require(node::write_chain_spec(folder + "/chain", spec).ok(), "the chain's files");
}

}  // namespace

u256 initial_balance() {
  return u256{1} << 100;
}

anvil_peer start_anvil_peer(const std::string& folder, u32 accounts) {
  fs::create_directories(folder);
  anvil_peer peer;
  peer.port = node::free_port();
  peer.process = start_anvil(peer.port,
                             {"--block-time", "1", "--prune-history", "--chain-id",
                              std::to_string(bench_chain_id), "--gas-limit", "1000000000000"},
                             folder + "/anvil.log");
  rpc_client client(peer.port);
  std::vector<std::string> params;
  for (u32 i = 0; i < accounts; ++i)
    params.push_back("[\"" + to_hex(load_account(i)) + "\",\"" + to_quantity(initial_balance()) +
                     "\"]");
  client.call_all("anvil_setBalance", params);
  return peer;
}

ashlar_node::ashlar_node(const std::string& folder, u32 accounts, const std::string& extra_config)
    : folder_(folder), port_(node::free_port()) {
  fs::remove_all(folder);
  fs::create_directories(folder);
  const u16 l1_port = node::free_port();
  l1_ = start_anvil(l1_port, {"--block-time", "0.2"}, folder + "/l1.log");
  write_file(folder + "/passphrase", std::string(passphrase) + "\n");
  require(chmod((folder + "/passphrase").c_str(), 0600) == 0, "the passphrase's file");
  make_key(folder + "/sequencer.key", accounts + 1);
  const address who = make_key(folder + "/operator.key", accounts + 2);
  make_chain(folder, "http://127.0.0.1:" + std::to_string(l1_port), accounts, who);
  write_file(folder + "/node.toml", config_text(port_, l1_port) + extra_config);
  start();
  wait_for_answer(process_, port_, folder + "/node.log");
}

void ashlar_node::start() {
  const std::string program = node::find_program("ASHLAR_BIN", "actors/node/ashlar", "ashlar");
  require(!program.empty(), "ashlar is not built");
  process_ = need(node::child_process::start({program, "node", "--config", folder_ + "/node.toml"},
                                             folder_ + "/node.log"),
                  "ashlar");
}

void ashlar_node::kill() {
  ::kill(process_.pid(), SIGKILL);
  process_.end();
}

double ashlar_node::restart(u64& head) {
  const double from = now_s();
  start();
  head = wait_for_answer(process_, port_, folder_ + "/node.log");
  const double took = now_s() - from;
  char line[120];
  std::snprintf(line, sizeof line, "answered after %.2f s, %.2f s of processor time", took,
                cpu_s_of(process_.pid()));
  say(line);
  return took;
}

}  // namespace ashlar::bench
