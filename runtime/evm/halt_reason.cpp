#include "runtime/evm/halt_reason.hpp"

namespace ashlar::evm {

const char* to_text(halt_reason reason) noexcept {
  switch (reason) {
    case halt_reason::success:
      return "success";
    case halt_reason::revert:
      return "execution reverted";
    case halt_reason::out_of_gas:
      return "out of gas";
    case halt_reason::stack_underflow:
      return "stack underflow";
    case halt_reason::stack_overflow:
      return "stack limit reached";
    case halt_reason::bad_jump:
      return "invalid jump destination";
    case halt_reason::undefined_instruction:
      return "undefined opcode";
    case halt_reason::invalid_instruction:
      return "invalid opcode: INVALID";
    case halt_reason::static_violation:
      return "write protection";
    case halt_reason::return_data_bounds:
      return "return data out of bounds";
    case halt_reason::call_depth:
      return "max call depth exceeded";
    case halt_reason::insufficient_balance:
      return "insufficient balance for transfer";
    case halt_reason::nonce_overflow:
      return "nonce uint64 overflow";
    case halt_reason::create_collision:
      return "contract address collision";
    case halt_reason::code_too_large:
      return "max code size exceeded";
    case halt_reason::code_prefix:
      return "invalid code: must not begin with 0xef";
    case halt_reason::initcode_too_large:
      return "max initcode size exceeded";
    case halt_reason::precompile_failure:
      return "precompile failed";
    case halt_reason::out_of_pubdata_gas:
      return "out of gas for pubdata";
    case halt_reason::pubdata_limit:
      return "pubdata limit exceeded: the transaction changes or sends more than one may publish";
    case halt_reason::proving_limit:
      return "proving limit exceeded: the transaction takes more proving than one may";
    case halt_reason::memory_limit:
      return "memory limit exceeded: the transaction touches, logs or loads more than one may";
  }
  return "unknown";
}

}  // namespace ashlar::evm
