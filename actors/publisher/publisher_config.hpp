#pragma once

#include <string>

#include "actors/api/event_log.hpp"
#include "actors/publisher/run_policy.hpp"
#include "actors/publisher/signing_policy.hpp"
#include "actors/supervision/restart_policy.hpp"
#include "net/l1/fees.hpp"
#include "runtime/base/bytes.hpp"

namespace ashlar::publisher {

/// Who settles. The operator commits, proves and executes. Anyone may, while the contract's escape
/// is open, have a proof of the batch behind the last executed one verified, and then replace by it
/// all that is not executed, in one transaction.
enum class settlement_way : u8 { operates, escapes };

/// How a chain's batches are taken to L1. Node parameters: they may differ from node to node.
struct publisher_config {
  settlement_way way = settlement_way::operates;
  address contract;     ///< the chain's contract on L1
  u64 l1_chain_id = 0;  ///< an endpoint that serves another chain is refused
  u32 poll_ms = 1'000;
  u32 resend_after_ms = 15'000;  ///< not mined for so long: the very same bytes again
  u32 bump_after_ms = 45'000;    ///< not mined for so long: a replacement with a better fee
  u32 attempts_max = 10;         ///< of one intent at that pace; then each waits twice as long
  u32 in_flight_max = 4;         ///< sent and not mined
  u32 open_max = 64;             ///< in flight, or mined and not settled
  u32 confirmations = 6;         ///< blocks on top of the one that holds it
  u32 missing_polls_max = 2;     ///< polls that must agree that a transaction lost its place
  // Gas beside intrinsic gas and calldata, with head-room (net/contracts/README.md has figures).
  u64 commit_gas_execution = 300'000;
  u64 prove_gas_execution = 150'000;
  u64 prove_gas_a_batch = 5'000;
  u64 execute_gas_execution = 150'000;
  u64 execute_gas_a_batch = 80'000;
  u32 executions_max = 64;           ///< batches in one execution
  u32 stages_max = 64;               ///< a proof that takes more transactions is refused
  u32 stage_bytes_max = 130'000;     ///< nodes refuse a transaction of 128 KiB
  u64 gas_limit_max = u64{1} << 24;  ///< EIP-7825
  bool prover_runs = false;          ///< this node proves; for what the status says, no more
  u32 raw_kept_intents = 64;         ///< settled intents whose bytes are kept against deep reorgs
  /// Wei that what the operator's key signs within an hour may cost; 0: 200 million gas at the fee
  /// cap.
  u256 spend_per_hour_max;
  u32 signatures_per_hour_max = 1'600;  ///< the last quarter is for replacements alone
  run_policy run;
  l1::fee_policy_config fees;
  supervision::backoff_limits backoff{std::chrono::milliseconds(500), std::chrono::seconds(60), 20,
                                      std::chrono::seconds(60)};
  u64 jitter_seed = 1;
  api::event_log log;

  /// What is wrong; empty when nothing is.
  std::string validate() const;
  signing_limits signing() const;
};

}  // namespace ashlar::publisher
