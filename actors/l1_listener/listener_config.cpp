#include "actors/l1_listener/listener_config.hpp"

namespace ashlar::l1_listener {

std::string listener_config::validate() const {
  if (contract.is_zero()) return "l1_listener: contract is not set";
  if (l1_chain_id == 0) return "l1_listener: l1_chain_id is not set";
  if (start_block.value == 0) return "l1_listener: start_block must be 1 or more";
  if (poll_ms < 10 || poll_ms > 60'000) return "l1_listener: poll_ms must be 10 to 60000";
  if (hash_window < 8 || hash_window > 4'096) return "l1_listener: hash_window must be 8 to 4096";
  if (confirmations >= hash_window) return "l1_listener: confirmations must be under hash_window";
  if (log_range_max == 0 || log_range_max > 100'000)
    return "l1_listener: log_range_max must be 1 to 100000";
  if (ranges_per_step == 0 || ranges_per_step > 1'000)
    return "l1_listener: ranges_per_step must be 1 to 1000";
  if (agreeing_polls == 0 || agreeing_polls > 100)
    return "l1_listener: agreeing_polls must be 1 to 100";
  if (finality_depth && *finality_depth > 100'000)
    return "l1_listener: finality_depth must be at most 100000";
  if (operations_per_message == 0 || operations_per_message > 10'000)
    return "l1_listener: operations_per_message must be 1 to 10000";
  if (follower_queue_max < 16 || follower_queue_max > 100'000)
    return "l1_listener: follower_queue_max must be 16 to 100000";
  if (answer_timeout_ms < 100 || answer_timeout_ms > 600'000)
    return "l1_listener: answer_timeout_ms must be 100 to 600000";
  if (backoff.initial.count() <= 0 || backoff.longest < backoff.initial ||
      backoff.jitter_percent > 100)
    return "l1_listener: back-off must satisfy 0 < initial <= longest, jitter up to 100 percent";
  return {};
}

}  // namespace ashlar::l1_listener
