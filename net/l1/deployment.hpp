#pragma once

#include <map>
#include <string>

#include "net/l1/client.hpp"

/// Puts the ecosystem's contracts on L1 (net/contracts/README.md).
namespace ashlar::l1 {

/// What the contracts' build wrote: artifacts.json.
class contract_artifacts {
 public:
  struct artifact {
    bytes creation, runtime;
  };
  static result<contract_artifacts, std::string> load(const std::string& path);
  static result<contract_artifacts, std::string> parse(std::string_view json);
  /// Null where there is no contract of that name.
  const artifact* find(std::string_view name) const;
  /// Of all contracts, sorted.
  std::vector<std::string> names() const;

 private:
  std::map<std::string, artifact, std::less<>> all_;
};

struct ecosystem_contracts {
  address hub, vault, implementation, factory;
  friend bool operator==(const ecosystem_contracts&, const ecosystem_contracts&) = default;
};

/// Deploys hub, vault, the chains' implementation and the factory, and ties them together. The
/// sender owns hub and factory.
l1_result<ecosystem_contracts> deploy_ecosystem(client& c, const signer& from,
                                                const contract_artifacts& artifacts,
                                                const fee_policy_config& fees);

struct chain_registration {
  u64 chain_id = 0;
  hash256 genesis_state;
  /// What the chain's nodes must have alike, whole, as L1 shall have it: the configuration, whose
  /// hash the contract takes, and the genesis. Neither is empty.
  bytes config, genesis;
  u32 protocol_version = 0;
  address committer, prover, executor, guardian;
  u64 priority_deadline_s = 86'400;
  u64 escape_period_s = 7 * 86'400;
  u64 past_window_s = 86'400;
  u64 future_window_s = 600;
  /// What operations pay for a unit of gas where L1's own gas is cheap. By 100 cycles a gas,
  /// 340,000 cycles a second of two cores, 0.1 USD an hour for them and 3,000 USD an ether, proving
  /// costs 0.003 gwei: who fills the queue pays for the provers that empty it beside the others'
  /// work.
  u256 minimal_l2_gas_price{100'000'000};
  u64 priority_gas_max = 16'000'000;
  std::vector<address> proposers, executors_of_timelock;
  /// The factory demands the age that opens the escape and two days, but of a development chain,
  /// of which there is none on Ethereum itself.
  u64 timelock_delay_s = 9 * 86'400;
  bool development = false;
};
/// The delay that the factory demands for these times; see Factory.sol, `_checkDelay`.
u64 least_timelock_delay_s(const chain_registration& r);

struct chain_contracts {
  address chain, governor;
  friend bool operator==(const chain_contracts&, const chain_contracts&) = default;
};

/// Where the factory will put its next chain (EIP-1014's elder sibling: the address follows from
/// the factory's nonce). The chain's configuration names its contract, so it must be known first.
l1_result<chain_contracts> next_chain_contracts(client& c, const address& factory);
/// Registers a chain. An error where the factory put it elsewhere than `expected`.
l1_result<chain_contracts> create_chain(client& c, const signer& from,
                                        const ecosystem_contracts& ecosystem,
                                        const chain_registration& r,
                                        const chain_contracts& expected,
                                        const fee_policy_config& fees);

/// Whether the chain's governor may act before its users can leave.
l1_result<bool> is_development_chain(client& c, const address& factory, u64 chain_id);

/// The address of the contract that `creator` makes with this nonce: keccak256(rlp([creator,
/// nonce])).
address created_address(const address& creator, u64 nonce);

}  // namespace ashlar::l1
