#pragma once

#include <string>

#include "actors/node/chain/chain_spec.hpp"

namespace ashlar::node {

/// What an operator chooses when a chain is added.
struct chain_choice {
  u64 chain_id = 270;
  address operator_account;  ///< commits and executes; proving is open to all
  address fee_vault;
  address guardian;
  address governor_proposer;  ///< proposes to the chain's timelock
  bool development = false;   ///< the governor does not wait; not on Ethereum itself
  u64 priority_deadline_s = 86'400;
  u64 escape_period_s = 7 * 86'400;
  u64 block_gas_limit = chain_config{}.block_gas_limit;
  u64 priority_gas_max = chain_config{}.priority_txn_gas_max;  ///< see priority_fit.hpp
  /// Accounts beside the system's that genesis gives a balance. Empty for a real chain: its ether
  /// comes from L1, and ether that did not cannot be withdrawn.
  std::vector<stf::genesis_account> extra_accounts;
};

/// Registers a chain with the ecosystem's factory, whole (published_chain.hpp), and gives the files
/// that its nodes need. The chain's configuration names its contract, so the address is computed
/// first; the factory's answer is checked against it.
result<chain_spec, std::string> add_chain(l1::client& c, const l1::signer& deployer,
                                          const l1::ecosystem_contracts& ecosystem,
                                          const l1::contract_artifacts& artifacts,
                                          const chain_choice& choice,
                                          const l1::fee_policy_config& fees);

/// FOLDER/ecosystem.toml.
status<std::string> write_ecosystem(const std::string& folder, const l1::ecosystem_contracts& e,
                                    u64 l1_chain_id);
struct ecosystem_file {
  l1::ecosystem_contracts contracts;
  u64 l1_chain_id = 0;
};
result<ecosystem_file, std::string> read_ecosystem(const std::string& folder);

/// artifacts.json of the contracts' build: $ASHLAR_ARTIFACTS, or contracts/artifacts.json in the
/// folder of this program or one above it.
result<l1::contract_artifacts, std::string> find_artifacts();

}  // namespace ashlar::node
