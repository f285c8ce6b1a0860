#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::evm {

/// Why a frame ended. Everything but `success` undoes the frame's effects; everything but
/// `success` and `revert` also takes its gas.
enum class halt_reason : u8 {
  success,
  revert,
  out_of_gas,
  stack_underflow,
  stack_overflow,
  bad_jump,
  undefined_instruction,
  invalid_instruction,  ///< opcode 0xfe
  static_violation,
  return_data_bounds,
  call_depth,
  insufficient_balance,
  nonce_overflow,
  create_collision,
  code_too_large,      ///< EIP-170
  code_prefix,         ///< EIP-3541: new code starts with 0xef
  initcode_too_large,  ///< EIP-3860
  precompile_failure,
  out_of_pubdata_gas,  ///< the gas that was left does not pay for the pubdata
  pubdata_limit,       ///< it publishes more than one transaction may
  memory_limit,   ///< its proof would hold more than one transaction's may, or this frame's share
  proving_limit,  ///< stopped, not failed: see cycle_meter.hpp. Never in a block
};

const char* to_text(halt_reason reason) noexcept;

}  // namespace ashlar::evm
