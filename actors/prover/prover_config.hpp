#pragma once

#include <string>

#include "actors/api/event_log.hpp"
#include "actors/supervision/restart_policy.hpp"
#include "runtime/base/bytes.hpp"

namespace ashlar::prover {

/// How batches are given to workers. Node parameters: they may differ from node to node.
struct prover_config {
  u32 tick_ms = 250;                 ///< how often leases and waits are looked at
  u32 lease_ms = 4'000;              ///< without a word for so long, the job is another worker's
  u32 stall_ms_max = 900'000;        ///< words, but no segment further for so long: the same
  u32 prove_ms_max = 21'600'000;     ///< of one lease, whatever its worker says
  u32 in_flight_max = 16;            ///< jobs leased or being checked
  u32 open_max = 1'024;              ///< jobs known; later batches are taken up as these are proved
  u32 scan_max = 64;                 ///< batches looked at in one tick for whether they are proved
  u32 workers_max = 16;              ///< connected at once
  u32 workers_remembered_max = 256;  ///< names with their counts
  u32 lies_max = 3;  ///< results refused by the verifier until a worker is suspended
  u32 suspension_ms = 600'000;
  u32 attempts_max = 5;          ///< failures of a job until it is shown as stuck
  u32 stuck_retry_ms = 600'000;  ///< how often a stuck job is tried again
  /// Wait before a job is leased again that a worker gave up, and before a proof that could not be
  /// written is written again.
  supervision::backoff_limits backoff{std::chrono::milliseconds(1'000), std::chrono::seconds(60),
                                      20, std::chrono::seconds(60)};
  u64 proof_bytes_max = u64{5} << 29;  ///< of one proof: some 340 segments
  u64 held_bytes_max =
      u64{5} << 29;  ///< of all proofs that are received, checked or wait for the disk
  u32 proofs_kept_max =
      1'000;  ///< of last batches; besides, all of batches that L1 has not executed
  u32 check_timeout_ms = 300'000;  ///< of a proof's check, until it is checked anew
  u32 proved_shown_max = 64;       ///< last proofs that the fleet report names
  u64 jitter_seed = 1;
  api::event_log log;

  /// What is wrong; empty when nothing is.
  std::string validate() const;
};

}  // namespace ashlar::prover
