#pragma once

#include "net/l1/deployment.hpp"
#include "runtime/stark/solidity/link.hpp"

namespace ashlar::node {

/// A verifier's contracts, linked, in the order of their deployment; the last one is the verifier.
using verifier_contracts = std::vector<stark::verifier_contract>;

/// Where this build's verifier is, compiled: contracts/verifier.json.
result<std::string, std::string> find_verifier();

/// The compiled contracts of a generated verifier (runtime/stark/solidity/compile), linked for a
/// set of programs. Their addresses follow from their code, so the same on every L1.
result<verifier_contracts, std::string> link_verifier(const l1::contract_artifacts& compiled,
                                                      std::string_view name,
                                                      const hash256& set_root);

/// The name that all contracts of the file start with: that of the one which ends in "Verifier".
result<std::string, std::string> verifier_name(const l1::contract_artifacts& compiled);

/// Puts on L1 what is not there yet, through the deployer of CREATE2; returns the verifier's
/// address. Can be repeated, by anyone, after any failure.
result<address, std::string> deploy_verifier(l1::client& c, const l1::signer& from,
                                             const verifier_contracts& contracts,
                                             const l1::fee_policy_config& fees);

}  // namespace ashlar::node
