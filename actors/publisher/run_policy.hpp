#pragma once

#include <string>

#include "runtime/base/u256.hpp"

namespace ashlar::publisher {

/// How many batches one proof on L1 covers, and when it is sent. Verifying costs the same gas for
/// one batch as for many, so a longer run is cheaper a batch and final later.
///
/// A run is begun with all batches that are ready, as soon as one holds:
/// - it is full: `batches_max`, or the next batch belongs to another protocol version;
/// - its oldest batch was sealed `age_max_s` ago;
/// - gas is cheap: L1's base fee is at most `base_fee_cheap`.
/// A finished proof is sent at once, unless the base fee is over `base_fee_dear`; then it waits for
/// that to fall until its oldest batch is `overdue_s` old. What was begun on L1 is always finished.
struct run_policy {
  u32 batches_max = 32;  ///< at most 256: what the contract takes
  u32 age_max_s = 3'600;
  u256 base_fee_cheap;                  ///< wei a gas; 0: never by price
  u256 base_fee_dear{200'000'000'000};  ///< wei a gas
  u32 overdue_s = 14'400;

  /// What is wrong; empty when nothing is.
  std::string validate() const;
};

/// What the policy is asked about: the batches that could be proved together now.
struct run_outlook {
  u32 ready = 0;       ///< from the first that is not proved, without a gap
  bool ended = false;  ///< the batch behind them can never join
  u64 age_s = 0;       ///< of the oldest
  u256 base_fee;       ///< on L1 now
};

/// What a run waits for before it is begun; empty: begin. Nothing ready waits, too.
std::string waits_to_begin(const run_policy& policy, const run_outlook& outlook);
/// What a finished proof waits for before its first transaction; empty: send.
std::string waits_to_send(const run_policy& policy, u64 age_s, const u256& base_fee);

}  // namespace ashlar::publisher
