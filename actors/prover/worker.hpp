#pragma once

#include <functional>
#include <stop_token>
#include <string>

#include "actors/api/event_log.hpp"
#include "actors/prover/frame_channel.hpp"
#include "actors/prover/proof_engine.hpp"
#include "runtime/base/strong.hpp"

namespace ashlar::prover {

struct worker_config {
  std::string name = "local";  ///< 1 to 32 of a-z, 0-9, '.', '_', '-'
  u32 threads = 0;             ///< of its engine, for the report; 0: one a processor
  u32 poll_ms = 250;           ///< wait after "no job"
  u32 retry_ms = 1'000;        ///< wait before a lost coordinator is dialled again
  u32 answer_ms_max = 10'000;  ///< longest wait for an answer, but for a proof's verdict
  u32 verdict_ms_max = 600'000;
  u64 witness_bytes_max = u64{1} << 30;
  u32 engine_failures_max = 5;  ///< in a row to get its engine ready, until the worker ends
  api::event_log log;

  /// What is wrong; empty when nothing is.
  std::string validate() const;
};

/// Makes a connection to the coordinator; the error is a sentence.
using connector = std::function<result<frame_channel, std::string>()>;

/// Registers, asks, proves and delivers until it is asked to stop; a coordinator that is gone, or
/// does not take it, is dialled again. While its engine proves, the lease is renewed beside it; a
/// lease that was lost stops the engine at its next segment. An engine that is not ready costs the
/// connection, so that the coordinator counts on others, and is tried again after `retry_ms`, twice
/// that, and so on; the error, a sentence, is that it was not in time (a GPU whose driver has lost
/// it may want a new process). Blocks; for a thread of its own, which starts one more.
status<std::string> run_worker(const worker_config& config, proof_engine& engine,
                               const connector& connect, std::stop_token stop);

/// How long it waits after its engine failed for so many times in a row, at least once: `retry_ms`,
/// doubled each time, ten minutes at most.
u32 engine_retry_ms(u32 retry_ms, u32 failures);

/// An operator's word to the coordinator at the other end: try this batch again at once. The error,
/// a sentence, is its answer, or that there was none.
status<std::string> ask_retry(frame_channel channel, batch_number batch, u32 answer_ms_max);

}  // namespace ashlar::prover
