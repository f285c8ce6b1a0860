#pragma once

#include "runtime/base/u256.hpp"
#include "runtime/evm/halt_reason.hpp"

namespace ashlar::evm {

enum class call_kind : u8 { call, callcode, delegatecall, staticcall, create, create2 };

/// A call or creation, as its frame sees it.
struct message {
  call_kind kind = call_kind::call;
  bool is_static = false;
  u32 depth = 0;
  u64 gas = 0;
  address sender;        ///< CALLER
  address recipient;     ///< ADDRESS; for creations known only after the address is computed
  address code_address;  ///< whose code runs, before an EIP-7702 delegation is followed
  u256 value;            ///< CALLVALUE
  bytes_view input;      ///< calldata, or the initcode of a creation
  u256 salt;             ///< CREATE2
};

/// One instruction about to run.
struct trace_step {
  u32 pc;
  u8 opcode;
  u32 depth;
  u64 gas;
  std::span<const u256> stack;  ///< bottom first
  bytes_view memory;
  bytes_view return_data;
  const address& recipient;
};

/// Watches an execution. With none given the interpreter runs its fastest loop; with one it runs
/// an exact loop, one instruction at a time.
class tracer {
 public:
  virtual ~tracer() = default;
  virtual void on_enter(const message&) {}
  virtual void on_exit(const message&, halt_reason, u64 /*gas_left*/, bytes_view /*output*/) {}
  virtual void on_step(const trace_step&) {}
  virtual bool wants_steps() const { return true; }
};

}  // namespace ashlar::evm
