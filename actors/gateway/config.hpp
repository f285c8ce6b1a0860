#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::gateway {

/// Node parameters of the edge. Every limit on what strangers can make it hold is here or in
/// rpc_config.
struct gateway_config {
  /// Helpers that decode transactions and recover senders beside the thread that submits; 0..256.
  u32 threads = 2;
  /// Transactions between submission and answer; more are refused as unavailable.
  std::size_t submissions_in_flight_max = 20'000;
  /// Questions to roles between question and answer; more are refused as unavailable.
  std::size_t asks_in_flight_max = 1'000;
  /// Longest answer of a role to a question.
  std::chrono::milliseconds ask_timeout{2'000};
  /// Longest answer of the sequencer that a submission was taken.
  std::chrono::milliseconds submit_timeout{10'000};
  /// With submit_wait::confirmed: how long to wait; later the hash is answered all the same, the
  /// transaction still being in the pool.
  std::chrono::milliseconds confirm_timeout{20'000};
  /// Longest answer of a role to `status`, and how long the answers, and those about a batch, are
  /// used again.
  std::chrono::milliseconds health_timeout{1'000};
  std::chrono::milliseconds health_age_max{500};
  std::size_t explanations_max = 256;  ///< batches of which is kept what roles said
  /// Gas of one eth_call or one try of an estimate, whatever the caller's limits are.
  u64 call_gas_max = 50'000'000;
  u32 estimate_runs_max = 48;
  u32 access_list_runs_max = 8;
  std::size_t call_code_cache_bytes_max = 16u << 20;  ///< prepared codes, of each calling thread
  u64 call_hash_seed = 0;  ///< see evm::workspace_config; drawn by who starts the process
  std::size_t blocks_cache_bytes_max = 128u << 20;  ///< blocks as JSON-RPC wants them
  /// Blocks that one head event feeds to observers; those before the last so many are skipped
  /// where the gateway has fallen behind further.
  u64 feed_blocks_max = 4'096;
  /// How often the heads are compared and lost roles looked for again.
  std::chrono::milliseconds tick{1'000};
  /// Suggested tip while blocks are not full, wei per gas.
  u256 tip_min{1'000'000};
  /// Blocks whose tips are looked at when they are full.
  u32 tip_blocks = 20;
  std::chrono::milliseconds tip_age_max{1'000};  ///< how long that look is used again
  /// Batches looked at for the last committed, proved and executed one.
  u32 pipeline_batches_max = 4'096;
  /// Roles that `health` reports as down while nobody plays them.
  std::vector<std::string> expected_roles{"sequencer"};

  /// The error is a sentence that names the field, its value and its range.
  status<std::string> validate() const;
};

}  // namespace ashlar::gateway
