#include "test/e2e/crash/rig.hpp"

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <signal.h>
#include <sstream>
#include <sys/wait.h>
#include <thread>

#include "actors/node/chain/ecosystem.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keys/sealed_key.hpp"
#include "runtime/crypto/secp256k1.hpp"

namespace ashlar::test {
namespace {

namespace fs = std::filesystem;

/// Accounts 0 and 1 of anvil's well-known development mnemonic.
constexpr const char* deployer_key =
    "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
constexpr const char* depositor_key =
    "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
constexpr const char* passphrase = "only for tests";

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void write_file(const std::string& path, const std::string& text, fs::perms mode) {
  std::ofstream(path) << text;
  fs::permissions(path, mode);
}

void send_signal(const node::child_process& to, int number) {
  // -1, where it is gone, would be every process.
  if (to.pid() > 0) ::kill(to.pid(), number);
}

}  // namespace

void await(const std::string& what, u32 patience_s, const std::function<bool()>& probe,
           u32 every_ms) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(patience_s);
  while (!probe()) {
    if (std::chrono::steady_clock::now() > until)
      throw rig_error("waited " + std::to_string(patience_s) + " s for " + what);
    std::this_thread::sleep_for(std::chrono::milliseconds(every_ms));
  }
}

std::unique_ptr<l1::signer> rich_l1_account() {
  return l1::make_signer(*fixed_from_hex<32>(depositor_key));
}

rig::rig(const rig_options& options) : scratch_("", "ashlar-crash") {
  program_ = node::find_program("ASHLAR_BIN", "actors/node/ashlar", "ashlar");
  if (program_.empty()) throw rig_error("no ashlar: build it, or set ASHLAR_BIN");
  node_program_ = options.settles ? node::find_program("ASHLAR_SETTLING_NODE",
                                                       "test/e2e/crash/settling_node", "")
                                  : program_;
  if (node_program_.empty()) throw rig_error("no settling_node: set ASHLAR_SETTLING_NODE");
  start_anvil(options.l1_block_ms);
  const auto artifacts = node::find_artifacts();
  if (!artifacts.ok()) throw rig_error(artifacts.error());
  const auto c = connect(l1_endpoint_);
  deployer_ = l1::make_signer(*fixed_from_hex<32>(deployer_key));
  const l1::fee_policy_config fees;
  const auto ecosystem = must(l1::deploy_ecosystem(*c, *deployer_, *artifacts, fees), "ecosystem");

  write_file(folder() + "/passphrase", std::string(passphrase) + "\n",
             fs::perms::owner_read | fs::perms::owner_write);
  make_key("sequencer");
  operator_ = make_key("operator");
  const u256 ether{1'000'000'000'000'000'000};
  must(l1::send_and_wait(*c, *deployer_, {deployer_->account(), operator_, {}, ether * u256{100}},
                         fees),
       "the operator's ether");
  node::chain_choice choice;
  choice.operator_account = choice.fee_vault = operator_;
  choice.guardian = choice.governor_proposer = deployer_->account();
  choice.development = options.settles;
  for (const address& who : options.funded)
    choice.extra_accounts.push_back({who, 0, ether * u256{1'000'000}, {}, {}});
  auto spec = node::add_chain(*c, *deployer_, ecosystem, *artifacts, choice, fees);
  if (!spec.ok()) throw rig_error(spec.error());
  spec_ = std::move(*spec);
  fs::create_directories(chain_folder());
  if (const auto written = node::write_chain_spec(chain_folder(), spec_); !written)
    throw rig_error(written.error());
  write_config(options);
}

rig::~rig() {
  node_.kill_at_once();
  anvil_.end();
}

void rig::start_anvil(u32 block_ms) {
  const std::string anvil = node::find_program("ASHLAR_ANVIL", "net/contracts/bin/anvil", "anvil");
  if (anvil.empty()) throw rig_error("anvil is not installed; run ./dev setup");
  const std::string port = std::to_string(node::free_port());
  auto started = node::child_process::start({anvil, "--port", port, "--silent", "--order", "fifo",
                                             "--block-time", std::to_string(block_ms / 1000.0)},
                                            folder() + "/anvil.log");
  if (!started.ok()) throw rig_error(started.error());
  anvil_ = std::move(*started);
  l1_endpoint_ = "http://127.0.0.1:" + port;
  const auto c = connect(l1_endpoint_);
  await("anvil to answer", 30, [&] { return c->chain_id().ok(); });
}

address rig::make_key(const std::string& name) {
  crypto::system_random random;
  const crypto::secret32 secret = crypto::random_secret(random);
  const auto account = crypto::address_of(hash256::copy_of(secret.data()));
  if (!account) return make_key(name);
  // Opened at every start: the cheapest stretching, the passphrase is no secret.
  if (const auto sealed =
          crypto::seal_key_file(folder() + "/" + name + ".key", crypto::key_kind::secp256k1, secret,
                                passphrase, random, {1, 8});
      !sealed.ok())
    throw rig_error(sealed.error().message());
  return *account;
}

void rig::write_config(const rig_options& options) {
  std::ofstream(folder() + "/node.toml")
      << "data_folder = \"data\"\n"
      << "chain_folder = \"chain\"\n"
      << "l1.endpoint = \"" << l1_endpoint_ << "\"\n"
      << "keys.sequencer = \"sequencer.key\"\n"
      << "keys.operator = \"operator.key\"\n"
      << "keys.passphrase_file = \"passphrase\"\n"
      << "rpc.port = 0\n"
      // Quick on L1, batches that close often, no rate limit:
      // a kill or fault falls into every step of their way.
      << "batch.age_ms_max = " << (options.settles ? 1'000 : 250) << "\n"
      << "publisher.poll_ms = 40\n"
      << "publisher.confirmations = 2\n"
      << "publisher.signatures_per_hour_max = 100000\n"
      << "l1_listener.poll_ms = 40\n"
      << "l1_listener.confirmations = 2\n"
      << "l1_listener.finality_depth = 8\n"
      << "rpc.batch_max = 1000\n"
      << "rpc.cost_per_second = 1000000\n"
      << "rpc.cost_burst = 10000000\n"
      << options.node_keys;
}

std::unique_ptr<l1::client> rig::connect(const std::string& endpoint) const {
  l1::http_transport_config config;
  config.endpoint = endpoint;
  return std::make_unique<l1::client>(must(l1::make_http_transport(config), "endpoint"));
}

void rig::start_node() {
  {
    std::lock_guard lock{mutex_};
    l2_endpoint_.clear();
  }
  ++runs_;
  auto started =
      node::child_process::start({node_program_, "node", "--config", folder() + "/node.toml"},
                                 folder() + "/node-" + std::to_string(runs_) + ".log");
  if (!started.ok()) throw rig_error(started.error());
  node_ = std::move(*started);
}

std::string rig::node_log() const {
  return read_file(folder() + "/node-" + std::to_string(runs_) + ".log");
}

std::string rig::find_endpoint() const {
  const std::string log = node_log();
  const std::string_view before = "answers on port ";
  const auto at = log.find(before);
  const auto end = log.find('\n', at);
  if (at == std::string::npos || end == std::string::npos) return {};
  return "http://127.0.0.1:" + log.substr(at + before.size(), end - at - before.size());
}

void rig::await_node() {
  await("the node to answer", 60, [&] {
    if (!node_.is_running()) throw rig_error("the node ended at once: " + node_log());
    const std::string endpoint = find_endpoint();
    if (endpoint.empty() || !connect(endpoint)->chain_id().ok()) return false;
    std::lock_guard lock{mutex_};
    l2_endpoint_ = endpoint;
    return true;
  });
}

void rig::use_endpoint(const std::string& endpoint) {
  std::lock_guard lock{mutex_};
  l2_endpoint_ = endpoint;
}

std::string rig::l2_endpoint() const {
  std::lock_guard lock{mutex_};
  return l2_endpoint_;
}

void rig::pause_l1() {
  send_signal(anvil_, SIGSTOP);
}

void rig::resume_l1() {
  send_signal(anvil_, SIGCONT);
}

void rig::kill_node() {
  if (!node_.is_running()) throw rig_error("the node ended before it was killed: " + node_log());
  {
    std::lock_guard lock{mutex_};
    l2_endpoint_.clear();
  }
  node_.kill_at_once();
}

void rig::pause_node() {
  if (!node_.is_running()) throw rig_error("the node ended before it was stopped: " + node_log());
  send_signal(node_, SIGSTOP);
  // Looks and leaves the rest to child_process.
  siginfo_t told{};
  int failed = 0;
  do {
    failed = ::waitid(P_PID, static_cast<id_t>(node_.pid()), &told, WSTOPPED | WEXITED | WNOWAIT);
  } while (failed != 0 && errno == EINTR);
  if (failed != 0 || told.si_code != CLD_STOPPED)
    throw rig_error("the node ended before it stood still: " + node_log());
}

void rig::resume_node() {
  send_signal(node_, SIGCONT);
}

int rig::end_node() {
  if (!node_.is_running()) throw rig_error("the node ended by itself: " + node_log());
  send_signal(node_, SIGTERM);
  return await_end(60);
}

int rig::await_end(u32 patience_s) {
  await("the node to end", patience_s, [&] { return !node_.is_running(); });
  return node_.exit_code().value_or(-1);
}

}  // namespace ashlar::test
