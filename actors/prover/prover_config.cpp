#include "actors/prover/prover_config.hpp"

namespace ashlar::prover {

std::string prover_config::validate() const {
  struct range {
    const char* name;
    u64 value, least, most;
  };
  for (const range& r :
       {range{"tick_ms", tick_ms, 10, 10'000}, range{"lease_ms", lease_ms, 100, 600'000},
        range{"stall_ms_max", stall_ms_max, lease_ms, 86'400'000},
        range{"prove_ms_max", prove_ms_max, stall_ms_max, 604'800'000},
        range{"in_flight_max", in_flight_max, 1, 256},
        range{"open_max", open_max, in_flight_max, 65'536}, range{"scan_max", scan_max, 1, 65'536},
        range{"workers_max", workers_max, 1, 256},
        range{"workers_remembered_max", workers_remembered_max, workers_max + 1, 65'536},
        range{"lies_max", lies_max, 1, 1'000},
        range{"suspension_ms", suspension_ms, 1'000, 86'400'000},
        range{"attempts_max", attempts_max, 1, 1'000},
        range{"stuck_retry_ms", stuck_retry_ms, 1'000, 86'400'000},
        range{"proof_bytes_max", proof_bytes_max, 1'024, u64{4} << 30},
        range{"held_bytes_max", held_bytes_max, proof_bytes_max, u64{1} << 40},
        range{"check_timeout_ms", check_timeout_ms, 1'000, 3'600'000},
        range{"proved_shown_max", proved_shown_max, 1, 4'096}})
    if (r.value < r.least || r.value > r.most)
      return "prover: " + std::string(r.name) + " is " + std::to_string(r.value) + ", must be " +
             std::to_string(r.least) + " to " + std::to_string(r.most);
  if (backoff.initial.count() <= 0 || backoff.longest < backoff.initial ||
      backoff.jitter_percent > 100)
    return "prover: back-off must satisfy 0 < initial <= longest, jitter up to 100 percent";
  return {};
}

}  // namespace ashlar::prover
