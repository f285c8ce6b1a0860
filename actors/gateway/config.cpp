#include "actors/gateway/config.hpp"

namespace ashlar::gateway {
namespace {

status<std::string> in_range(const char* name, u64 value, u64 least, u64 most) {
  if (value >= least && value <= most) return nothing{};
  return fail("gateway." + std::string(name) + " is " + std::to_string(value) + ", want " +
              std::to_string(least) + " to " + std::to_string(most));
}

status<std::string> in_range(const char* name, std::chrono::milliseconds value, u64 least,
                             u64 most) {
  return in_range(name, value.count() < 0 ? 0 : static_cast<u64>(value.count()), least, most);
}

}  // namespace

status<std::string> gateway_config::validate() const {
  ASHLAR_CHECK(in_range("threads", threads, 0, 256));
  ASHLAR_CHECK(in_range("submissions_in_flight_max", submissions_in_flight_max, 1, 10'000'000));
  ASHLAR_CHECK(in_range("asks_in_flight_max", asks_in_flight_max, 1, 1'000'000));
  ASHLAR_CHECK(in_range("ask_timeout_ms", ask_timeout, 1, 600'000));
  ASHLAR_CHECK(in_range("submit_timeout_ms", submit_timeout, 1, 600'000));
  ASHLAR_CHECK(in_range("confirm_timeout_ms", confirm_timeout, 1, 600'000));
  ASHLAR_CHECK(in_range("health_timeout_ms", health_timeout, 1, 60'000));
  ASHLAR_CHECK(in_range("health_age_max_ms", health_age_max, 0, 60'000));
  ASHLAR_CHECK(in_range("explanations_max", explanations_max, 1, 1'000'000));
  ASHLAR_CHECK(in_range("call_gas_max", call_gas_max, 21'000, 10'000'000'000));
  ASHLAR_CHECK(in_range("estimate_runs_max", estimate_runs_max, 2, 256));
  ASHLAR_CHECK(in_range("access_list_runs_max", access_list_runs_max, 1, 64));
  ASHLAR_CHECK(
      in_range("call_code_cache_bytes_max", call_code_cache_bytes_max, 1u << 16, 1u << 30));
  ASHLAR_CHECK(in_range("blocks_cache_bytes_max", blocks_cache_bytes_max, 1u << 16, 1ull << 40));
  ASHLAR_CHECK(in_range("feed_blocks_max", feed_blocks_max, 1, 1'000'000));
  ASHLAR_CHECK(in_range("tick_ms", tick, 1, 60'000));
  ASHLAR_CHECK(in_range("tip_age_max_ms", tip_age_max, 0, 60'000));
  ASHLAR_CHECK(in_range("tip_blocks", tip_blocks, 1, 1'024));
  ASHLAR_CHECK(in_range("pipeline_batches_max", pipeline_batches_max, 1, 1'000'000));
  return nothing{};
}

}  // namespace ashlar::gateway
