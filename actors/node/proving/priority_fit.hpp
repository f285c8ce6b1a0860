#pragma once

#include <string>

#include "runtime/stark/params/params.hpp"
#include "runtime/types/chain_config.hpp"

/// What the chain's contract lets through its queue, against what a node can do with it. Nobody may
/// refuse an operation from L1, so that one which no worker may prove would hold up the chain.
namespace ashlar::node {

/// Largest gas limit of an operation (`priorityGasMax`) that new chains get: its proof fits the
/// default limits whatever it does, and it does what users force, twenty times a withdrawal.
inline constexpr u64 priority_gas_max_default = 1'200'000;

/// Of the proof of the batch that the operation has alone, whatever it does. Bytes: about.
struct operation_proof {
  u64 cycles = 0;
  u64 bytes = 0;
};
operation_proof largest_operation_proof(u64 gas_limit, const stark::proof_params& params);

/// The largest gas limit whose proof, at the worst, has at most so many bytes; 0 where none has.
u64 provable_operation_gas(u64 proof_bytes_max, const stark::proof_params& params);

/// What provers use where their configuration names none.
const stark::proof_params& default_proof_params();

/// What is wrong with a contract's `priorityGasMax`, and what to do, as a sentence; empty where
/// nothing is. `proof_bytes_max`: of a proof that a worker may make; 0: this node proves nothing.
std::string check_priority_gas(u64 priority_gas_max, const chain_config& chain, u64 proof_bytes_max,
                               const stark::proof_params& params);

}  // namespace ashlar::node
