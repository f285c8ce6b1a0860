#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "actors/node/chain/chain_spec.hpp"
#include "actors/node/demo/report.hpp"
#include "net/l1/deployment.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::node {

/// A message of L2 as L1 wants it proved.
struct withdrawal_proof {
  u64 batch = 0;
  u32 index = 0;       ///< of its log in the batch
  u16 txn_number = 0;  ///< in the batch
  bytes message;
  std::vector<hash256> siblings;
};

/// A chain's state as L1 alone gives it.
struct state_from_l1 {
  hash256 root;            ///< after the last committed batch
  hash256 sequencer_root;  ///< the sequencer's own, of that batch
  u256 ether;              ///< of all accounts on L2, in wei
};

/// What the scenario of `ashlar demo` runs against: two JSON-RPC endpoints, and the few things that
/// only an operator can do.
struct demo_surroundings {
  std::string l1_endpoint, l2_endpoint;
  chain_spec spec;
  const l1::contract_artifacts& artifacts;
  hash256 rich_l1_key;  ///< of an account with 100 ETH and more on L1
  /// Makes the sequencer refuse transactions of these senders.
  std::function<void(std::vector<address>)> censor;
  /// Seals the open batch now; an error text, or nothing.
  std::function<std::optional<std::string>()> seal;
  std::function<result<state_from_l1, std::string>()> restore;
  /// Every batch so far, in order; an open one has the stage "open" or is left out.
  std::function<std::vector<batch_row>()> batches;
  /// Whether the node holds a proof of a batch that it has verified, and what it does for one.
  /// Empty where the node does not prove: then the scenario has no such step.
  struct proof_state {
    bool proved = false;
    std::string doing;
    hash256 proof_hash;
  };
  std::function<result<proof_state, std::string>(u64 batch)> proof_of = {};
  /// Whether the node takes batches to their execution on L1: then the scenario ends when all are,
  /// and what was withdrawn is paid out.
  bool is_final = false;
  /// What the node does for a proof for L1, in a few words; empty: nothing now. May be empty.
  std::function<std::string()> l1_proving = {};
  /// L1 gas of the verifications so far, by what the node has sent; may be empty.
  std::function<u64()> verification_gas = {};
  /// The scenario of `--escape`, whose operator goes: then it has other steps.
  struct without_operator {
    /// Ends the operator for good, and moves L1's clock to when anyone may settle.
    std::function<status<std::string>()> abandon;
    /// Settles from L1 alone. Gives what may be paid out on L1 by it.
    std::function<result<std::vector<withdrawal_proof>, std::string>()> escape;
  };
  std::optional<without_operator> leaves = {};
  /// Why the scenario should go no further; asked before each step, may be empty.
  std::function<std::optional<std::string>()> interrupted = {};
};

/// How much the scenario does, and how long it waits.
struct demo_limits {
  u32 transfers = 400;          ///< plain ones, sent in JSON-RPC batches; 8 to 10,000
  u32 serial_transfers = 200;   ///< one by one, for the latency; 10 to 10,000
  u32 rpc_batch = 100;          ///< requests in one JSON-RPC batch; at most what the node takes
  u32 deposit_patience_s = 90;  ///< from L1's receipt to L2's
  u32 receipt_patience_s = 30;  ///< from sending to the receipt, on either chain
  u32 commit_patience_s = 180;  ///< from sealing the last batch to its commit on L1
  u32 proof_patience_s = 900;   ///< without any progress of any proof, also for L1
};

/// Drives the workload through the public RPC as wallets would, and checks what comes of it.
/// `progress` gets one line a step. The report is there also where something was not as it should
/// be: then its `ok` is false. An error: the scenario could not begin.
result<demo_report, std::string> run_demo(const demo_surroundings& around,
                                          const std::function<void(const std::string&)>& progress,
                                          const demo_limits& limits = {});

}  // namespace ashlar::node
