#include "actors/node/commands/patient_l1.hpp"

#include <thread>

#include <fmt/format.h>

#include "actors/node/chain/l1_history.hpp"

namespace ashlar::node {

l1::patience make_patience(const l1_patience& limits, std::function<void(const std::string&)> say,
                           std::function<void(supervision::duration)> wait) {
  return [limits, say = std::move(say), wait = std::move(wait),
          jitter = supervision::jitter_source(limits.jitter_seed)](const l1::l1_error& why,
                                                                   u32 failures) mutable {
    if (failures >= limits.tries_max) return false;
    const auto delay = backoff_delay(limits.backoff, failures - 1, jitter);
    say(fmt::format("{}; asked again in {:.1f} s", l1_text(why),
                    std::chrono::duration<double>(delay).count()));
    wait(delay);
    return true;
  };
}

result<std::unique_ptr<l1::client>, std::string> connect_patiently(const std::string& endpoint) {
  l1::http_transport_config config;
  config.endpoint = endpoint;
  auto transport = l1::make_http_transport(config);
  if (!transport) return fail(endpoint + ": " + transport.error().text);
  return std::make_unique<l1::client>(
      std::move(*transport),
      make_patience(
          {}, [](const std::string& line) { fmt::print(stderr, "ashlar: {}\n", line); },
          [](supervision::duration delay) { std::this_thread::sleep_for(delay); }));
}

}  // namespace ashlar::node
