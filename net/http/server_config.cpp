#include "net/http/server_config.hpp"

namespace ashlar::http {
namespace {

template <class T>
status<http_error> within(const char* name, T value, T low, T high) {
  if (value >= low && value <= high) return nothing{};
  return fail(http_error{http_errc::bad_config, std::string(name) + " is " + std::to_string(value) +
                                                    ", must be " + std::to_string(low) + " to " +
                                                    std::to_string(high)});
}

status<http_error> within(const char* name, std::chrono::milliseconds value) {
  return within<long long>((std::string(name) + " (ms)").c_str(), value.count(), 1, 3'600'000);
}

}  // namespace

status<http_error> server_config::validate() const {
  if (bind_address.empty()) return fail(http_error{http_errc::bad_config, "bind_address is empty"});
  ASHLAR_CHECK(within<u32>("io_threads", io_threads, 1, 64));
  ASHLAR_CHECK(within<std::size_t>("body_bytes_max", body_bytes_max, 1024, 1u << 30));
  ASHLAR_CHECK(within<std::size_t>("header_bytes_max", header_bytes_max, 256, 1u << 20));
  ASHLAR_CHECK(within("header_timeout", header_timeout));
  ASHLAR_CHECK(within("body_timeout", body_timeout));
  ASHLAR_CHECK(within("idle_timeout", idle_timeout));
  ASHLAR_CHECK(within("write_timeout", write_timeout));
  ASHLAR_CHECK(within("drain_timeout", drain_timeout));
  ASHLAR_CHECK(within<u32>("connections_max", connections_max, 1, 1u << 20));
  ASHLAR_CHECK(
      within<u32>("connections_per_address_max", connections_per_address_max, 1, connections_max));
  ASHLAR_CHECK(within<u64>("held_bytes_max", held_bytes_max, 1u << 16, 1ull << 40));
  // So that the largest body fits alone, whatever document it is, with as much left to others.
  ASHLAR_CHECK(within<u64>("held_bytes_per_address_max", held_bytes_per_address_max,
                           64 * static_cast<u64>(body_bytes_max), held_bytes_max / 2));
  ASHLAR_CHECK(within<u64>("cost_per_second", cost_per_second, 1, 1'000'000'000'000));
  ASHLAR_CHECK(within<u64>("cost_burst", cost_burst, 1, 1'000'000'000'000));
  ASHLAR_CHECK(within<u32>("rate_addresses_max", rate_addresses_max, 1, 1u << 24));
  ASHLAR_CHECK(within<std::size_t>("ws_buffer_bytes_max", ws_buffer_bytes_max, 1024, 1u << 30));
  ASHLAR_CHECK(within<u32>("ws_in_flight_max", ws_in_flight_max, 1, 4096));
  ASHLAR_CHECK(within("ws_idle_timeout", ws_idle_timeout));
  ASHLAR_CHECK(within<u32>("static_files_max", static_files_max, 1, 1'000'000));
  ASHLAR_CHECK(within<std::size_t>("static_bytes_max", static_bytes_max, 1024, 1u << 30));
  return nothing{};
}

}  // namespace ashlar::http
