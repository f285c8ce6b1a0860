#pragma once

#include "net/l1/deployment.hpp"

/// What a chain's governor, a timelock, is asked to do.
namespace ashlar::l1 {

/// How far a change is on its way through the timelock.
struct governed_change {
  enum class stage : u8 {
    in_force,  ///< the contract has it
    waiting,   ///< scheduled; `ready_at` says for when
  };
  stage at = stage::waiting;
  u64 ready_at = 0;  ///< L1 time, seconds
};

/// Brings a verifier into force for a protocol version, as far as it goes now: schedules the
/// change, or executes it where its delay is over. Asked again it goes on from where L1 is, so an
/// operator calls it until the change is in force. The sender must be a proposer of the timelock's,
/// and for the execution one of its executors (0: anyone).
l1_result<governed_change> set_verifier(client& c, const signer& from, const chain_contracts& chain,
                                        u32 protocol_version, const address& verifier,
                                        const fee_policy_config& fees);

}  // namespace ashlar::l1
