#include "actors/publisher/run_policy.hpp"

namespace ashlar::publisher {

std::string run_policy::validate() const {
  if (batches_max == 0 || batches_max > 256) return "run.batches_max must be 1 to 256";
  if (overdue_s < age_max_s) return "run.overdue_s must not be under run.age_max_s";
  if (base_fee_dear < base_fee_cheap) return "run.base_fee_dear must not be under base_fee_cheap";
  return {};
}

std::string waits_to_begin(const run_policy& policy, const run_outlook& outlook) {
  if (outlook.ready == 0) return "its own proof";
  const bool cheap = !policy.base_fee_cheap.is_zero() && outlook.base_fee <= policy.base_fee_cheap;
  if (outlook.ready >= policy.batches_max || outlook.ended || outlook.age_s >= policy.age_max_s ||
      cheap)
    return {};
  std::string out = "more batches to prove with it: " + std::to_string(outlook.ready) + " of " +
                    std::to_string(policy.batches_max) + " ready, begins in " +
                    std::to_string(policy.age_max_s - outlook.age_s) + " s at the latest";
  if (!policy.base_fee_cheap.is_zero())
    out += ", or at a base fee of " + to_decimal(policy.base_fee_cheap) + " wei a gas (" +
           to_decimal(outlook.base_fee) + " now)";
  return out;
}

std::string waits_to_send(const run_policy& policy, u64 age_s, const u256& base_fee) {
  if (base_fee <= policy.base_fee_dear || age_s >= policy.overdue_s) return {};
  return "cheaper gas on L1: the base fee is " + to_decimal(base_fee) +
         " wei a gas, its proof is sent at " + to_decimal(policy.base_fee_dear) + ", or in " +
         std::to_string(policy.overdue_s - age_s) + " s";
}

}  // namespace ashlar::publisher
