#pragma once

#include <string>
#include <vector>

#include "actors/node/chain/published_chain.hpp"
#include "runtime/base/bytes.hpp"

namespace ashlar::stark {
struct outer_proof;
}

/// What each subcommand of `ashlar` does. Each returns the exit code: 0 done, 1 failed, 2 bad usage
/// or configuration; and has said why on standard error.
namespace ashlar::node {

struct dev_command {
  std::string folder;
  u16 port = 8547;
  u64 chain_id = 270;
  std::string l1_endpoint;  ///< empty: an anvil of its own
  u32 batch_age_ms = 10'000;
  bool prove = false;
  bool final = false;  ///< with proofs for L1: batches are executed there
  bool json = false;
};
/// Runs until SIGINT or SIGTERM, or until the node cannot go on.
int run_dev(const dev_command& c);

struct demo_command {
  std::string folder;
  // At most one of these; else it ends when L1 has verified the proof and executed every batch, of
  // a smaller workload: minutes.
  bool commit_only = false;  ///< end when every batch is committed
  bool prove = false;        ///< and is proved and verified here, of a smaller workload
  bool escape = false;  ///< the scenario without an operator, with proofs for L1: it takes long
  bool json = false;
};
/// The main job end to end on this machine; fails where any check does.
int run_demo(const demo_command& c);

struct restore_command {
  chain_source chain;
  std::string l1_endpoint = "http://127.0.0.1:8545";
  u64 batch = 0;  ///< stop behind this one; 0: the last one that is committed
};
/// Prints the rebuilt state's root and commitment as one JSON object.
int run_restore(const restore_command& c);

struct escape_command {
  chain_source chain;
  std::string folder;     ///< where the work is kept: a command that was ended goes on there
  std::string contracts;  ///< of the generated verifier, compiled; empty: this build's
  std::string l1_endpoint = "http://127.0.0.1:8545";
  std::string key_file, passphrase_file;
  u32 fee_per_gas_max_gwei = 500;
  std::string guest;  ///< the guest's ELF file; empty: the one of this build
  u32 workers = 0;
  u32 memory_mib = 0;  ///< the most that proving may take; 0: what fits this machine
  bool json = false;
};
/// Settles what is overdue without the operator, from L1 alone. Where there is nothing to do it
/// says so and the exit code is 0.
int run_escape(const escape_command& c);

struct node_command {
  std::string config;
};
/// One cluster node from a configuration file, until it is asked to end.
int run_node(const node_command& c);

struct keys_command {
  enum class action { create, show, rotate };
  action what = action::show;
  std::string file, passphrase_file;
  std::string next_passphrase_file;  ///< of rotate
};
/// Makes a sealed key, opens one, or seals it anew under another passphrase; prints its account.
int run_keys(const keys_command& c);

struct verifier_command {
  /// Of a generated verifier, compiled: verifier.json. Empty: this build's.
  std::string contracts;
  std::string set_root;  ///< of the circuits whose proofs it takes; empty: those of this build
  std::string out;       ///< of `source`: the file; empty: standard output
  std::string l1_endpoint = "http://127.0.0.1:8545";
  std::string key_file, passphrase_file;
  std::string chain_folder;  ///< of `set`: with chain.toml
};
/// Writes the Solidity of this build's verifier.
int run_verifier_source(const verifier_command& c);
/// Prints the address that the verifier has on every L1.
int run_verifier_address(const verifier_command& c);
/// Puts the contracts on L1 that are not there yet and prints their addresses.
int run_verifier_deploy(const verifier_command& c);
/// Has a chain's governor name the verifier for the chain's protocol version: schedules it, or
/// executes what was scheduled and is due.
int run_verifier_set(const verifier_command& c);

struct prove_command {
  std::string witness;  ///< of `prove`: a file of the batch role's witnesses
  std::string out;      ///< the proof file: written by `prove`, read by `verify`
  std::string guest;    ///< the guest's ELF file; empty: the one of this build
  std::string params = "proven128";
  /// Of `verify`: its hash; of a proof for L1 those of all batches, in order.
  std::vector<std::string> public_inputs;
  std::string keys_folder;  ///< of `verify`: where keys of circuits are kept; empty: nowhere
  std::string profile;      ///< `prove`: no proof, but the cycles by function, folded, to this file
  std::string backend = "cpu";  ///< of `prove`: or cuda, on `device`
  u32 device = 0;
  u32 workers = 0;
  u32 memory_mib = 0;  ///< the most that proving may take; 0: what fits this machine
};
/// Proves a batch and checks the proof before it is written; prints one JSON object.
int run_prove(const prove_command& c);
/// Whether a proof file proves the batch with this public input, or is a proof for L1 of the
/// batches with these.
int run_verify(const prove_command& c);

struct retry_command {
  std::string config;  ///< the node's configuration file
  u64 batch = 0;
};
/// Tells a running node to try a batch again whose proofs failed; over its prover's socket.
int run_retry(const retry_command& c);

struct aggregate_command {
  std::vector<std::string> proofs;         ///< files of batches, in order
  std::vector<std::string> public_inputs;  ///< their hashes, in the same order
  std::string out;                         ///< where the proof for L1 goes
  std::string folder;                      ///< keeps what is made, so that it can be gone on with
  std::string guest;                       ///< as of prove_command
  u32 workers = 0;
  u32 memory_mib = 0;  ///< of tables, with cuda the device's; 0: no limit, or what is free there
  std::string backend = "cpu";  ///< or cuda, on `device`
  u32 device = 0;
};
/// Makes one proof for L1 of proofs of consecutive batches; prints one JSON object.
int run_aggregate(const aggregate_command& c);
/// Whether a proof for L1 proves the batches with these public inputs.
int run_verify_outer(const aggregate_command& c, const stark::outer_proof& proof);

struct proof_params_command {
  std::string params = "proven128";
  bool soundcalc = false;  ///< as the TOML that ethereum/soundcalc reads
};
/// The parameters' security by component, counted from the machine.
int run_proof_params(const proof_params_command& c);

struct status_command {
  std::string rpc_endpoint = "http://127.0.0.1:8547";
  bool json = false;
};
/// What every role is doing, asked of a running node.
int run_status(const status_command& c);

struct ecosystem_command {
  std::string folder = ".";
  std::string l1_endpoint = "http://127.0.0.1:8545";
  std::string key_file, passphrase_file;  ///< of the deployer
  u64 chain_id = 270;
  std::string operator_account;
  std::string guardian;  ///< empty: the deployer
  bool development = false;
};
/// Idempotent: what the folder says is there already is left alone.
int run_ecosystem_init(const ecosystem_command& c);
int run_ecosystem_add_chain(const ecosystem_command& c);
int run_ecosystem_status(const ecosystem_command& c);

}  // namespace ashlar::node
