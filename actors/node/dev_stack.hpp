#pragma once

#include <memory>

#include "actors/node/process/child_process.hpp"
#include "actors/node/stack.hpp"

namespace ashlar::node {

/// What is proved of a development chain.
enum class dev_proofs : u8 {
  none,     ///< no prover: batches are committed
  in_node,  ///< each batch, with a worker in this process
  on_l1,    ///< for the verifier on L1, which is put there: batches are executed
};
constexpr dev_proofs proofs_wanted(bool prove, bool final) noexcept {
  return final ? dev_proofs::on_l1 : prove ? dev_proofs::in_node : dev_proofs::none;
}

struct dev_options {
  std::string folder;  ///< everything that is written goes below it
  u16 rpc_port = 0;    ///< 0: any free one
  u64 chain_id = 270;
  u32 l1_block_ms = 250;      ///< anvil's block time; 0: a block for each transaction
  std::string l1_endpoint;    ///< empty: an anvil of our own is started
  u32 batch_age_ms = 60'000;  ///< a batch is sealed at this age
  dev_proofs proofs = dev_proofs::none;
  /// When a run is proved on L1: with so many batches, or at this age; by default at once.
  u32 run_batches = 32, run_age_s = 0;
};

/// A whole ecosystem on this machine: anvil as L1, the contracts, one chain, every role in this
/// process. For `ashlar dev`, `ashlar demo` and tests.
struct dev_stack {
  child_process anvil;
  std::string l1_endpoint;
  hash256 rich_l1_key;  ///< anvil's first account
  l1::contract_artifacts artifacts;
  chain_spec spec;
  std::unique_ptr<stack> node;

  std::string l2_endpoint() const { return "http://127.0.0.1:" + std::to_string(node->rpc_port()); }
};

/// Puts this build's verifier, compiled at `path`, on L1 and has the governor name it, whose delay
/// is none. The error is a sentence.
status<std::string> set_up_verifier(l1::client& c, const l1::signer& rich, const chain_spec& spec,
                                    const std::string& path);

/// `say` gets a line for each step. The error is a sentence.
result<std::unique_ptr<dev_stack>, std::string> start_dev_stack(
    const dev_options& options, const std::function<void(const std::string&)>& say);

}  // namespace ashlar::node
