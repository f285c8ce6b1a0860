#pragma once

#include <optional>
#include <string>

#include "actors/api/event_log.hpp"
#include "actors/supervision/restart_policy.hpp"
#include "net/l1/client.hpp"

namespace ashlar::l1_listener {

/// How L1 is followed. Node parameters: they may differ from node to node.
struct listener_config {
  address contract;                 ///< the chain's contract on L1
  u64 l1_chain_id = 0;              ///< an endpoint that serves another chain is refused
  l1::l1_block_number start_block;  ///< that of the contract's creation, 1 or more
  u32 poll_ms = 1'000;
  /// Blocks on top of a deposit's before it is credited: no reorg of so many takes it back. A
  /// credited deposit that L1 takes back ends the chain's way to L1.
  u32 confirmations = 64;
  u32 hash_window = 128;      ///< deepest reorg that is recovered from, in blocks
  u32 log_range_max = 1'000;  ///< blocks of one eth_getLogs
  u32 ranges_per_step = 8;
  u32 agreeing_polls = 2;  ///< polls that must agree before what was read is taken back
  /// A block is final with so many on top; none: the endpoint's `finalized` tag says.
  std::optional<u32> finality_depth;
  u32 operations_per_message = 256;
  u32 follower_queue_max = 1'024;  ///< events for one follower; over it, the present state only
  u32 answer_timeout_ms = 10'000;  ///< of the sequencer and of followers
  supervision::backoff_limits backoff{std::chrono::milliseconds(500), std::chrono::seconds(60), 20,
                                      std::chrono::seconds(60)};
  u64 jitter_seed = 2;
  api::event_log log;

  /// What is wrong; empty when nothing is.
  std::string validate() const;
};

}  // namespace ashlar::l1_listener
