#include "net/rpc/config.hpp"

namespace ashlar::rpc {
namespace {

status<std::string> within(const char* name, u64 value, u64 low, u64 high) {
  if (value >= low && value <= high) return nothing{};
  return fail(std::string(name) + " is " + std::to_string(value) + ", must be " +
              std::to_string(low) + " to " + std::to_string(high));
}

}  // namespace

status<std::string> rpc_config::validate() const {
  const auto ms = [](std::chrono::milliseconds t) {
    return t.count() < 0 ? 0 : static_cast<u64>(t.count());
  };
  ASHLAR_CHECK(within("batch_max", batch_max, 1, 100'000));
  ASHLAR_CHECK(within("json_depth_max", json_depth_max, 4, 256));
  ASHLAR_CHECK(within("response_bytes_max", response_bytes_max, 1024, 1u << 30));
  ASHLAR_CHECK(within("log_blocks_max", log_blocks_max, 1, 100'000'000));
  ASHLAR_CHECK(within("log_results_max", log_results_max, 1, 10'000'000));
  ASHLAR_CHECK(within("log_time_max (ms)", ms(log_time_max), 1, 600'000));
  ASHLAR_CHECK(within("log_alternatives_max", log_alternatives_max, 1, 100'000));
  ASHLAR_CHECK(within("log_alternatives_per_address_max", log_alternatives_per_address_max,
                      log_alternatives_max, 10'000'000));
  ASHLAR_CHECK(within("filters_max", filters_max, 1, 10'000'000));
  ASHLAR_CHECK(within("filters_per_address_max", filters_per_address_max, 1, filters_max));
  ASHLAR_CHECK(within("filter_timeout (ms)", ms(filter_timeout), 1, 86'400'000));
  ASHLAR_CHECK(within("pending_hashes_max", pending_hashes_max, 1, 10'000'000));
  ASHLAR_CHECK(
      within("subscriptions_per_connection_max", subscriptions_per_connection_max, 1, 100'000));
  ASHLAR_CHECK(within("event_queue_max", event_queue_max, 1, 1'000'000));
  ASHLAR_CHECK(within("call_gas_max", call_gas_max, 21'000, 100'000'000'000));
  ASHLAR_CHECK(within("call_gas_per_cost", call_gas_per_cost, 1, 1'000'000'000));
  ASHLAR_CHECK(within("call_time_max (ms)", ms(call_time_max), 1, 600'000));
  ASHLAR_CHECK(within("fee_history_blocks_max", fee_history_blocks_max, 1, 100'000));
  ASHLAR_CHECK(within("fee_percentiles_max", fee_percentiles_max, 1, 1000));
  ASHLAR_CHECK(within("proof_slots_max", proof_slots_max, 1, 100'000));
  ASHLAR_CHECK(within("sync_timeout_max (ms)", ms(sync_timeout_max), 1, 600'000));
  ASHLAR_CHECK(
      within("sync_timeout_default (ms)", ms(sync_timeout_default), 1, ms(sync_timeout_max)));
  return nothing{};
}

}  // namespace ashlar::rpc
