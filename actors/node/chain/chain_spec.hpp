#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/l1/deployment.hpp"
#include "runtime/base/result.hpp"
#include "runtime/stf/genesis.hpp"
#include "runtime/types/chain_config.hpp"

namespace ashlar::node {

/// All that every node of a chain must have alike: the files chain.toml and genesis.json.
struct chain_spec {
  chain_config config;
  /// What the genesis block was made by, where the governor gave another configuration since.
  std::optional<chain_config> genesis_config;
  unix_seconds genesis_time;
  std::vector<stf::genesis_account> accounts;  ///< without the history contract
  l1::ecosystem_contracts ecosystem;
  l1::chain_contracts contracts;
  u64 l1_start_block = 0;       ///< no event of the chain is older
  u64 priority_deadline_s = 0;  ///< as the contract has it
};

/// The system contracts that genesis installs (net/contracts/README.md), from the contracts' build.
/// Errors: a contract that the artifacts lack.
result<std::vector<stf::genesis_account>, std::string> system_accounts(
    const l1::contract_artifacts& artifacts, const address& l1_vault, u64 l1_chain_id);

/// Whether a genesis may have this account: it is not as if it were not there, and where it has
/// storage, no contract can be created at its address. A creation begins without storage and reads
/// none, so what lay there before would come back where the state is rebuilt from L1.
bool can_begin(const stf::genesis_account& a);

/// Commitment of batch 0: what the chain's contract starts from.
struct genesis_state {
  evm::state_diff diff;
  block_header block;
  hash256 commitment;
};
genesis_state make_genesis(const chain_spec& spec);

/// Writes FOLDER/chain.toml and FOLDER/genesis.json, each whole or not at all. The first
/// configuration is in genesis.json, which stays as it is when chain.toml gets another one.
status<std::string> write_chain_spec(const std::string& folder, const chain_spec& spec);
/// Errors name file, key and what is wrong; also where the genesis does not have the hash that
/// chain.toml gives, or the configuration is not valid. Whoever joins the chain asks for more
/// (validate_chain); whoever restores or leaves it does not.
result<chain_spec, std::string> read_chain_spec(const std::string& folder);

}  // namespace ashlar::node
