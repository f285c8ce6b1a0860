#include "actors/node/chain/ecosystem.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/node/chain/published_chain.hpp"
#include "actors/node/chain/toml_reader.hpp"
#include "actors/node/process/child_process.hpp"
#include "actors/node/process/whole_file.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {

result<chain_spec, std::string> add_chain(l1::client& c, const l1::signer& deployer,
                                          const l1::ecosystem_contracts& ecosystem,
                                          const l1::contract_artifacts& artifacts,
                                          const chain_choice& choice,
                                          const l1::fee_policy_config& fees) {
  const auto text = [](const l1::l1_error& e) {
    return fmt::format("L1: {}: {}", to_text(e.code), e.text);
  };
  const auto l1_chain = c.chain_id();
  if (!l1_chain) return fail(text(l1_chain.error()));
  const auto head = c.latest();
  if (!head) return fail(text(head.error()));
  const auto expected = l1::next_chain_contracts(c, ecosystem.factory);
  if (!expected) return fail(text(expected.error()));

  chain_spec spec;
  spec.ecosystem = ecosystem;
  spec.contracts = *expected;
  spec.genesis_time = head->timestamp;
  spec.l1_start_block = head->number.value;
  spec.priority_deadline_s = choice.priority_deadline_s;
  spec.config.chain_id = choice.chain_id;
  spec.config.l1_chain_id = *l1_chain;
  spec.config.chain_contract = expected->chain;
  spec.config.fee_vault = choice.fee_vault;
  spec.config.block_gas_limit = choice.block_gas_limit;
  spec.config.priority_txn_gas_max = choice.priority_gas_max;
  if (const auto valid = validate_chain(spec.config); !valid)
    return fail(std::string(to_text(valid.error())));
  ASHLAR_TRY(spec.accounts, system_accounts(artifacts, ecosystem.vault, *l1_chain));
  spec.accounts.insert(spec.accounts.end(), choice.extra_accounts.begin(),
                       choice.extra_accounts.end());

  l1::chain_registration r;
  r.chain_id = choice.chain_id;
  r.genesis_state = make_genesis(spec).commitment;
  r.config = encode_chain_config(spec.config);
  r.genesis = encode_genesis(spec);
  // What no reader takes is not put on L1, where it cannot be mended.
  if (const auto readable = decode_genesis(r.genesis); !readable) return fail(readable.error());
  r.protocol_version = spec.config.protocol_version;
  r.committer = choice.operator_account;
  r.executor = choice.operator_account;
  r.guardian = choice.guardian;
  r.proposers = {choice.governor_proposer};
  r.executors_of_timelock = {address{}};
  r.development = choice.development;
  r.priority_deadline_s = choice.priority_deadline_s;
  r.escape_period_s = choice.escape_period_s;
  r.timelock_delay_s = choice.development ? 0 : least_timelock_delay_s(r);
  r.minimal_l2_gas_price = std::max(r.minimal_l2_gas_price, u256{spec.config.base_fee_min});
  r.priority_gas_max = spec.config.priority_txn_gas_max;
  const auto made = l1::create_chain(c, deployer, ecosystem, r, *expected, fees);
  if (!made) return fail(text(made.error()));
  return spec;
}

status<std::string> write_ecosystem(const std::string& folder, const l1::ecosystem_contracts& e,
                                    u64 l1_chain_id) {
  return write_whole(
      folder + "/ecosystem.toml",
      fmt::format("# The ecosystem's contracts on L1.\nl1_chain_id = {}\nhub = \"{}\"\nvault = "
                  "\"{}\"\nimplementation = \"{}\"\nfactory = \"{}\"\n",
                  l1_chain_id, to_hex(e.hub), to_hex(e.vault), to_hex(e.implementation),
                  to_hex(e.factory)));
}

result<ecosystem_file, std::string> read_ecosystem(const std::string& folder) {
  auto file = toml_reader::open(folder + "/ecosystem.toml",
                                "`ashlar ecosystem init` makes it, --dir says where it is");
  if (!file) return fail(file.error().text);
  ecosystem_file out;
  file->read("l1_chain_id", out.l1_chain_id);
  file->read("hub", out.contracts.hub);
  file->read("vault", out.contracts.vault);
  file->read("implementation", out.contracts.implementation);
  file->read("factory", out.contracts.factory);
  if (auto done = file->finish(); !done) return fail(done.error().text);
  return out;
}

result<l1::contract_artifacts, std::string> find_artifacts() {
  const std::string path = find_program("ASHLAR_ARTIFACTS", "contracts/artifacts.json", "");
  if (path.empty())
    return fail(
        std::string("contracts/artifacts.json is nowhere above this program; run "
                    "net/contracts/build or set ASHLAR_ARTIFACTS"));
  return l1::contract_artifacts::load(path);
}

}  // namespace ashlar::node
