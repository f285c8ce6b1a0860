#include "actors/node/proving/priority_fit.hpp"

#include <algorithm>

#include "actors/node/proving/engine_config.hpp"
#include "actors/prover/batch_prover.hpp"
#include "runtime/evm/cycle_meter.hpp"
#include "runtime/riscv/trace.hpp"

namespace ashlar::node {
namespace {

u64 proof_bytes(u64 cycles, const stark::proof_params& params) {
  const u64 segments = cycles / riscv::segment_cycles_expected + 1;
  return prover::expected_proof_bytes(params, static_cast<u32>(std::min<u64>(segments, ~0u)));
}

}  // namespace

operation_proof largest_operation_proof(u64 gas_limit, const stark::proof_params& params) {
  // Pubdata and leaves that it uses are paid by gas, and less than what is counted here for that.
  const u64 cycles = evm::proof_cycles(evm::operation_cycles_max(gas_limit), 1, 0, {}, 0);
  return {cycles, proof_bytes(cycles, params)};
}

u64 provable_operation_gas(u64 proof_bytes_max, const stark::proof_params& params) {
  u64 fits = 0, most = txn_gas_highest;
  while (fits < most) {
    const u64 gas = fits + (most - fits + 1) / 2;
    if (largest_operation_proof(gas, params).bytes <= proof_bytes_max)
      fits = gas;
    else
      most = gas - 1;
  }
  return fits;
}

const stark::proof_params& default_proof_params() {
  return *prover::find_params(engine_config{}.params);
}

std::string check_priority_gas(u64 priority_gas_max, const chain_config& chain, u64 proof_bytes_max,
                               const stark::proof_params& params) {
  const std::string says =
      "L1 takes operations of up to " + std::to_string(priority_gas_max) + " gas (priorityGasMax)";
  if (priority_gas_max > chain.block_gas_limit)
    return says + ", a block of this chain holds " + std::to_string(chain.block_gas_limit) +
           ": a larger one could never be taken; the governor must lower it (setParameters)";
  if (proof_bytes_max == 0) return {};
  const operation_proof largest = largest_operation_proof(priority_gas_max, params);
  if (largest.bytes <= proof_bytes_max) return {};
  return says + ", and proving one may take " + std::to_string(largest.cycles) +
         " cycles and a proof of about " + std::to_string(largest.bytes) +
         " bytes, over prover.proof_bytes_max (" + std::to_string(proof_bytes_max) +
         "): such an operation would wait until that is raised; what fits is a priorityGasMax of " +
         std::to_string(provable_operation_gas(proof_bytes_max, params)) +
         ", by the governor's setParameters";
}

}  // namespace ashlar::node
