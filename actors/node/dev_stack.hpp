#pragma once

#include <memory>

#include "actors/node/child_process.hpp"
#include "actors/node/stack.hpp"

namespace ashlar::node {

struct dev_options {
  std::string folder;  ///< everything that is written goes below it
  u16 rpc_port = 0;    ///< 0: any free one
  u64 chain_id = 270;
  u32 l1_block_ms = 250;      ///< anvil's block time; 0: a block for each transaction
  std::string l1_endpoint;    ///< empty: an anvil of our own is started
  u32 batch_age_ms = 60'000;  ///< a batch is sealed at this age
  bool prove = false;         ///< with the prover role, and a worker in this process
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

/// `say` gets a line for each step. The error is a sentence.
result<std::unique_ptr<dev_stack>, std::string> start_dev_stack(
    const dev_options& options, const std::function<void(const std::string&)>& say);

}  // namespace ashlar::node
