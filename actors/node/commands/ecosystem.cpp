#include "actors/node/chain/ecosystem.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "actors/node/commands/commands.hpp"
#include "actors/node/commands/key_store.hpp"
#include "actors/node/commands/patient_l1.hpp"
#include "actors/node/proving/priority_fit.hpp"
#include "actors/prover/batch_prover.hpp"
#include "actors/prover/prover_config.hpp"
#include "net/l1/chain_contract.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {
namespace {

namespace fs = std::filesystem;

int complain(const std::string& why, int code) {
  fmt::print(stderr, "ashlar: {}\n", why);
  return code;
}

struct connection {
  std::unique_ptr<l1::client> client;
  std::unique_ptr<l1::signer> deployer;
};

result<connection, std::string> connect(const ecosystem_command& c, bool with_key) {
  connection out;
  ASHLAR_TRY(out.client, connect_patiently(c.l1_endpoint));
  if (!with_key) return out;
  ASHLAR_TRY(const std::string passphrase, read_passphrase(c.passphrase_file));
  ASHLAR_TRY(const hash256 secret, open_secp256k1_key(c.key_file, passphrase));
  out.deployer = l1::make_signer(secret);
  return out;
}

std::string chain_folder(const ecosystem_command& c) {
  return c.folder + "/chains/" + std::to_string(c.chain_id);
}

/// Where a prover with default limits could not prove the largest operation that L1 takes.
void warn_of_unfit(const chain_config& chain, u64 priority_gas_max) {
  const std::string unfit = check_priority_gas(
      priority_gas_max, chain, prover::prover_config{}.proof_bytes_max, default_proof_params());
  if (!unfit.empty())
    fmt::print(stderr, "ashlar: warning: chain {}, by default limits: {}\n", chain.chain_id, unfit);
}

}  // namespace

int run_ecosystem_init(const ecosystem_command& c) {
  if (fs::exists(c.folder + "/ecosystem.toml")) {
    const auto known = read_ecosystem(c.folder);
    if (!known) return complain(known.error(), 2);
    fmt::print("{}: the ecosystem is there already, hub {}\n", c.folder,
               to_hex(known->contracts.hub));
    return 0;
  }
  const auto at = connect(c, true);
  if (!at) return complain(at.error(), 2);
  const auto artifacts = find_artifacts();
  if (!artifacts) return complain(artifacts.error(), 2);
  const auto l1_chain = at->client->chain_id();
  if (!l1_chain) return complain(l1_chain.error().text, 1);
  at->client->pin_chain(*l1_chain);
  const auto made = l1::deploy_ecosystem(*at->client, *at->deployer, *artifacts, {});
  if (!made) return complain(made.error().text, 1);
  std::error_code ec;
  fs::create_directories(c.folder, ec);
  if (const auto written = write_ecosystem(c.folder, *made, *l1_chain); !written)
    return complain(written.error(), 1);
  fmt::print("{}: hub {} on L1 {}\n", c.folder, to_hex(made->hub), *l1_chain);
  return 0;
}

int run_ecosystem_add_chain(const ecosystem_command& c) {
  const std::string folder = chain_folder(c);
  if (fs::exists(folder + "/chain.toml")) {
    const auto known = read_chain_spec(folder);
    if (!known) return complain(known.error(), 2);
    fmt::print("{}: chain {} is there already, contract {}\n", folder, c.chain_id,
               to_hex(known->contracts.chain));
    return 0;
  }
  const auto ecosystem = read_ecosystem(c.folder);
  if (!ecosystem) return complain(ecosystem.error(), 2);
  const auto operator_account = fixed_from_hex<20>(c.operator_account);
  if (!operator_account) return complain("--operator: 20 bytes of hex are needed", 2);
  const auto guardian = fixed_from_hex<20>(c.guardian);
  if (!guardian && !c.guardian.empty())
    return complain("--guardian: 20 bytes of hex are needed", 2);
  const auto at = connect(c, true);
  if (!at) return complain(at.error(), 2);
  at->client->pin_chain(ecosystem->l1_chain_id);
  const auto artifacts = find_artifacts();
  if (!artifacts) return complain(artifacts.error(), 2);
  chain_choice choice;
  choice.chain_id = c.chain_id;
  choice.operator_account = *operator_account;
  choice.fee_vault = *operator_account;
  choice.priority_gas_max = priority_gas_max_default;
  choice.guardian = guardian ? *guardian : at->deployer->account();
  choice.governor_proposer = at->deployer->account();
  choice.development = c.development;
  const auto spec =
      add_chain(*at->client, *at->deployer, ecosystem->contracts, *artifacts, choice, {});
  if (!spec) return complain(spec.error(), 1);
  std::error_code ec;
  fs::create_directories(folder, ec);
  if (const auto written = write_chain_spec(folder, *spec); !written)
    return complain(written.error(), 1);
  fmt::print("{}: chain {} at {}\n", folder, c.chain_id, to_hex(spec->contracts.chain));
  warn_of_unfit(spec->config, spec->config.priority_txn_gas_max);
  if (!c.development && choice.guardian == choice.governor_proposer)
    fmt::print(stderr,
               "ashlar: warning: who governs the chain can also freeze it, and keep everyone in "
               "until an upgrade; --guardian names somebody else\n");
  return 0;
}

int run_ecosystem_status(const ecosystem_command& c) {
  const auto ecosystem = read_ecosystem(c.folder);
  if (!ecosystem) return complain(ecosystem.error(), 2);
  const auto at = connect(c, false);
  if (!at) return complain(at.error(), 2);
  fmt::print("hub {} on L1 {}\n", to_hex(ecosystem->contracts.hub), ecosystem->l1_chain_id);
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(c.folder + "/chains", ec)) {
    const auto spec = read_chain_spec(entry.path().string());
    if (!spec) return complain(spec.error(), 2);
    const auto progress = l1::read_progress(*at->client, spec->contracts.chain);
    if (!progress) return complain(progress.error().text, 1);
    const auto most = l1::read_priority_gas_max(*at->client, spec->contracts.chain);
    if (!most) return complain(most.error().text, 1);
    warn_of_unfit(spec->config, *most);
    const auto development =
        l1::is_development_chain(*at->client, ecosystem->contracts.factory, spec->config.chain_id);
    if (!development) return complain(development.error().text, 1);
    fmt::print(
        "chain {} at {}: {} batches committed, {} proved, {} executed; {} of {} priority "
        "operations taken{}\n",
        spec->config.chain_id, to_hex(spec->contracts.chain), progress->committed.value,
        progress->proved.value, progress->executed.value, progress->priority_committed,
        progress->priority_total,
        *development ? "; a development chain: its governor waits for nobody" : "");
  }
  return 0;
}

}  // namespace ashlar::node
