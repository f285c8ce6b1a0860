#pragma once

#include "actors/gateway/config.hpp"
#include "net/rpc/backend.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/evm/transition.hpp"
#include "runtime/types/chain_config.hpp"

/// eth_call and what is built of it, on top of any block. No actors, no store.
namespace ashlar::gateway {

/// A block to execute on. As in geth the call sees the block itself (its number, time, base fee)
/// with the state that the block left.
struct call_base {
  const chain_config& chain;
  const block_header& at;
  evm::state_reader& state;
  evm::block_hashes& hashes;
  const clock& time;
  const gateway_config& config;
};

/// The EVM is bounded by gas alone, so the time limit is looked at between runs: one run may
/// exceed it by what its gas lasts (some hundred ms for 50 million).
rpc::answer<rpc::call_outcome> call(const call_base& base, const rpc::call_request& request,
                                    const rpc::state_overrides& accounts,
                                    const rpc::block_overrides& block,
                                    const rpc::call_limits& limits);

/// The least limit that was found to succeed, by trying what the run with the highest limit spent
/// and then by halving as geth does (1.5 % above the least at most), plus what the fee itself may
/// add to the transaction's pubdata, which a call does not pay.
rpc::answer<rpc::gas_estimate> estimate_gas(const call_base& base, const rpc::call_request& request,
                                            const rpc::state_overrides& accounts,
                                            const rpc::block_overrides& block,
                                            const rpc::call_limits& limits);

/// EIP-2930 list of what the call touches, run again until it does not change.
rpc::answer<rpc::access_list_outcome> create_access_list(const call_base& base,
                                                         const rpc::call_request& request,
                                                         const rpc::state_overrides& accounts,
                                                         const rpc::call_limits& limits);

}  // namespace ashlar::gateway
