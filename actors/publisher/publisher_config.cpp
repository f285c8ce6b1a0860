#include "actors/publisher/publisher_config.hpp"

namespace ashlar::publisher {

std::string publisher_config::validate() const {
  if (contract.is_zero()) return "publisher: contract is not set";
  if (l1_chain_id == 0) return "publisher: l1_chain_id is not set";
  if (poll_ms < 10 || poll_ms > 60'000) return "publisher: poll_ms must be 10 to 60000";
  if (resend_after_ms < poll_ms) return "publisher: resend_after_ms must not be under poll_ms";
  if (bump_after_ms < poll_ms) return "publisher: bump_after_ms must not be under poll_ms";
  if (attempts_max == 0 || attempts_max > 100) return "publisher: attempts_max must be 1 to 100";
  if (in_flight_max == 0 || in_flight_max > 16) return "publisher: in_flight_max must be 1 to 16";
  if (open_max < in_flight_max || open_max > 1'024)
    return "publisher: open_max must be in_flight_max to 1024";
  if (missing_polls_max == 0 || missing_polls_max > 100)
    return "publisher: missing_polls_max must be 1 to 100";
  if (commit_gas_execution < 100'000 || commit_gas_execution > gas_limit_max)
    return "publisher: commit_gas_execution must be 100000 to gas_limit_max";
  const u64 execute_gas =
      execute_gas_execution + u64{executions_max} * (execute_gas_a_batch + 20'000);
  if (executions_max == 0 || executions_max > 256 || execute_gas > gas_limit_max)
    return "publisher: executions_max must be 1 to 256, and their gas at most gas_limit_max";
  if (stages_max == 0 || stages_max > 1'024) return "publisher: stages_max must be 1 to 1024";
  if (auto why = run.validate(); !why.empty()) return "publisher: " + why;
  if (raw_kept_intents == 0 || raw_kept_intents > 1'024)
    return "publisher: raw_kept_intents must be 1 to 1024";
  if (fees.bump_percent < 10) return "publisher: a bump under 10 percent is refused by L1 nodes";
  if (fees.fee_per_gas_max < fees.tip) return "publisher: the fee cap is under the tip";
  if (signing().spend_max < fees.fee_per_gas_max * u256{gas_limit_max})
    return "publisher: spend_per_hour_max_wei is under what one transaction may cost at the fee "
           "cap";
  if (signatures_per_hour_max < 16 || signatures_per_hour_max > 100'000)
    return "publisher: signatures_per_hour_max must be 16 to 100000";
  if (backoff.initial.count() <= 0 || backoff.longest < backoff.initial ||
      backoff.jitter_percent > 100)
    return "publisher: back-off must satisfy 0 < initial <= longest, jitter up to 100 percent";
  return {};
}

signing_limits publisher_config::signing() const {
  constexpr u64 gas_an_hour = 200'000'000;
  return {
      spend_per_hour_max.is_zero() ? fees.fee_per_gas_max * u256{gas_an_hour} : spend_per_hour_max,
      fees.fee_per_gas_max, signatures_per_hour_max};
}

}  // namespace ashlar::publisher
