#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/api/event_log.hpp"
#include "actors/api/messages.hpp"
#include "actors/batch/batch_layer.hpp"
#include "actors/gateway/config.hpp"
#include "actors/l1_listener/listener_config.hpp"
#include "actors/node/chain/chain_spec.hpp"
#include "actors/node/proving/proving.hpp"
#include "actors/publisher/publisher_config.hpp"
#include "actors/sequencer/engine.hpp"
#include "net/rpc/endpoint.hpp"

namespace ashlar::node {

/// One process with every role of one chain.
struct stack_config {
  std::string data_folder;
  chain_spec chain;
  l1::http_transport_config l1;
  store::chain_store_config store;  ///< its folder is set from data_folder
  sequencer::engine_config sequencer;
  batch::batch_config batches;
  publisher::publisher_config publisher;  ///< contract and chain id are set from `chain`
  l1_listener::listener_config listener;  ///< likewise
  proving_config proving;
  gateway::gateway_config gateway;
  rpc::endpoint_config rpc;
  u32 actor_threads = 2;
  api::log_level log_level = api::log_level::info;
  api::log_format log_format = api::log_format::text;
  hash256 sequencer_key;  ///< signs soft confirmations
  hash256 operator_key;   ///< pays on L1
  /// Fills in the two keys, where opening them takes long: called once, when the stores are open.
  /// Empty, or why there are none. May be empty: the keys are there.
  std::function<std::string(stack_config&)> open_keys;
  /// For tests alone: `inject_fault` works. No configuration file can set it.
  bool faults_allowed = false;
  /// For tests alone, likewise: what proofs for L1 come from, over the node's batches and their
  /// proofs. It lies in a folder of its own.
  std::function<std::unique_ptr<publisher::proof_source>(
      const store::batch_store&, const prover::proof_archive&, const std::string& folder)>
      test_proofs;
};

/// Tells the L1 roles of the chain: its contract, L1's chain id, where to begin reading.
void name_chain(stack_config& c);

/// A line of `ashlar status`.
struct role_line {
  std::string role;
  bool healthy = false;
  u32 restarts = 0;
  std::string doing, waits_for;
  std::vector<std::pair<std::string, u64>> counters;
};

struct batch_line {
  u64 number = 0, blocks = 0, txns = 0, gas = 0, pubdata_bytes = 0;
  std::string stage, seal_reason;
  u64 l1_gas_commit = 0, l1_gas_prove = 0, l1_gas_execute = 0;
  hash256 tree_root;
};

/// Stores, engine, supervised actors and the public endpoint of one chain, in this process. The
/// only place that wires them together.
class stack {
 public:
  /// Opens or creates the chain's data, replays what must be, starts every role. The error is a
  /// sentence for the operator.
  static result<std::unique_ptr<stack>, std::string> start(const stack_config& config);
  /// Orderly: no new transactions, blocks and batches made durable, roles ended in reverse order.
  ~stack();

  u16 rpc_port() const noexcept;
  const chain_spec& chain() const noexcept;

  std::vector<role_line> roles();
  std::vector<batch_line> batches();
  /// Whether a batch is proved here; nothing where this node does not prove, or the role does not
  /// answer.
  std::optional<api::batch_proof_status> proof_of(batch_number number);
  /// What is being done for a proof for L1; empty: nothing, or this node makes none.
  std::string l1_proving_doing() const;
  /// L1 gas of all verifications of proofs that this node has sent, as far as they are mined.
  u64 verification_gas() const;
  /// Refuses these senders from now on.
  void censor(std::vector<address> senders);
  /// Seals the open batch; empty, or why not.
  std::string seal();
  /// Prometheus text of all roles.
  std::string metrics();

  /// Makes a role throw. Precondition: `faults_allowed`. False where nobody plays the role now.
  bool inject_fault(const std::string& role, const std::string& why);

  /// Called once when the stack cannot go on: exit code and message. Set before anything fails.
  void on_end(std::function<void(int, std::string)> ended);

 private:
  struct parts;
  explicit stack(std::unique_ptr<parts> p);
  std::unique_ptr<parts> parts_;
};

}  // namespace ashlar::node
