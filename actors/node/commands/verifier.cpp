#include <cstdio>

#include <fmt/format.h>

#include "actors/node/chain/ecosystem.hpp"
#include "actors/node/commands/commands.hpp"
#include "actors/node/commands/key_store.hpp"
#include "actors/node/commands/patient_l1.hpp"
#include "actors/node/process/whole_file.hpp"
#include "actors/node/proving/pinned_circuits.hpp"
#include "actors/node/proving/verifier_setup.hpp"
#include "net/l1/governance.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"
#include "runtime/stark/solidity/circuit_machine.hpp"

namespace ashlar::node {
namespace {

int complain(const std::string& why, int code) {
  fmt::print(stderr, "ashlar: {}\n", why);
  return code;
}

struct connection {
  std::unique_ptr<l1::client> client;
  std::unique_ptr<l1::signer> signer;
};

result<connection, std::string> connect(const verifier_command& c) {
  connection out;
  ASHLAR_TRY(out.client, connect_patiently(c.l1_endpoint));
  ASHLAR_TRY(const std::string passphrase, read_passphrase(c.passphrase_file));
  ASHLAR_TRY(const hash256 secret, open_secp256k1_key(c.key_file, passphrase));
  out.signer = l1::make_signer(secret);
  return out;
}

/// This build's verifier where nothing else is named: its contracts, for the pinned set.
result<verifier_contracts, std::string> contracts_of(const verifier_command& c) {
  std::optional<hash256> set_root = fixed_from_hex<32>(c.set_root);
  if (c.set_root.empty()) {
    const auto& pinned = pinned_circuits();
    if (!pinned) return fail(pinned.error());
    set_root = stark::l1_form(pinned->keys.set.root());
  }
  if (!set_root) return fail(std::string("--set-root: 32 bytes of hex are needed"));
  std::string path = c.contracts;
  if (path.empty()) {
    ASHLAR_TRY(path, find_verifier());
  }
  ASHLAR_TRY(const l1::contract_artifacts compiled, l1::contract_artifacts::load(path));
  ASHLAR_TRY(const std::string name, verifier_name(compiled));
  return link_verifier(compiled, name, *set_root);
}

}  // namespace

int run_verifier_source(const verifier_command& c) {
  const auto& pinned = pinned_circuits();
  if (!pinned) return complain(pinned.error(), 1);
  const std::string source = stark::outer_source(stark::recursion_outer_params, pinned->keys.outer);
  if (c.out.empty()) {
    std::fputs(source.c_str(), stdout);
    return 0;
  }
  const auto written = write_whole(c.out, source);
  return written ? 0 : complain(written.error(), 1);
}

int run_verifier_address(const verifier_command& c) {
  const auto contracts = contracts_of(c);
  if (!contracts) return complain(contracts.error(), 2);
  fmt::print("{}\n", to_hex(contracts->back().at));
  return 0;
}

int run_verifier_deploy(const verifier_command& c) {
  const auto contracts = contracts_of(c);
  if (!contracts) return complain(contracts.error(), 2);
  const auto at = connect(c);
  if (!at) return complain(at.error(), 2);
  const auto verifier = deploy_verifier(*at->client, *at->signer, *contracts, {});
  if (!verifier) return complain(verifier.error(), 1);
  for (const auto& one : *contracts) fmt::print("{} {}\n", one.symbol, to_hex(one.at));
  return 0;
}

int run_verifier_set(const verifier_command& c) {
  const auto contracts = contracts_of(c);
  if (!contracts) return complain(contracts.error(), 2);
  const auto spec = read_chain_spec(c.chain_folder);
  if (!spec) return complain(spec.error(), 2);
  const auto at = connect(c);
  if (!at) return complain(at.error(), 2);
  at->client->pin_chain(spec->config.l1_chain_id);
  const address verifier = contracts->back().at;
  const auto code = at->client->code(verifier);
  if (!code) return complain(code.error().text, 1);
  if (code->empty())
    return complain(fmt::format("verifier {} is not on L1; deploy it first", to_hex(verifier)), 1);
  const auto change = l1::set_verifier(*at->client, *at->signer, spec->contracts,
                                       spec->config.protocol_version, verifier, {});
  if (!change) return complain(change.error().text, 1);
  if (change->at == l1::governed_change::stage::in_force)
    fmt::print("in force: verifier {} of protocol version {}\n", to_hex(verifier),
               spec->config.protocol_version);
  else
    fmt::print("scheduled: verifier {} of protocol version {}; run this again at L1 time {}\n",
               to_hex(verifier), spec->config.protocol_version, change->ready_at);
  return 0;
}

}  // namespace ashlar::node
