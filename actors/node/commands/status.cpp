#include <fmt/format.h>

#include "actors/node/commands/commands.hpp"
#include "actors/node/commands/status_report.hpp"
#include "net/l1/client.hpp"

namespace ashlar::node {

int run_status(const status_command& c) {
  l1::http_transport_config config;
  config.endpoint = c.rpc_endpoint;
  auto transport = l1::make_http_transport(config);
  if (!transport) {
    fmt::print(stderr, "ashlar: {}: {}\n", c.rpc_endpoint, transport.error().text);
    return 2;
  }
  l1::client client(std::move(*transport));
  const auto health = client.raw("ashlar_health", "[]");
  const auto pipeline = client.raw("ashlar_pipeline", "[]");
  const auto fleet = client.raw("ashlar_proverFleet", "[]");
  if (!health || !pipeline || !fleet) {
    fmt::print(stderr, "ashlar: {}: {}\n", c.rpc_endpoint,
               (!health     ? health
                : !pipeline ? pipeline
                            : fleet)
                   .error()
                   .text);
    return 1;
  }
  if (c.json) {
    fmt::print("{{\"health\":{},\"pipeline\":{},\"proverFleet\":{}}}\n", *health, *pipeline,
               *fleet);
    return 0;
  }
  const auto report = status_report(*health, *pipeline, *fleet);
  if (!report) {
    fmt::print(stderr, "ashlar: {}: {}\n", c.rpc_endpoint, report.error());
    return 1;
  }
  fmt::print("{}", *report);
  return 0;
}

}  // namespace ashlar::node
