#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/node/commands.hpp"
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
  if (!health || !pipeline) {
    fmt::print(stderr, "ashlar: {}: {}\n", c.rpc_endpoint,
               (!health ? health : pipeline).error().text);
    return 1;
  }
  if (c.json) {
    fmt::print("{{\"health\":{},\"pipeline\":{}}}\n", *health, *pipeline);
    return 0;
  }
  const auto text_of = [](const boost::json::object& o, std::string_view key) {
    const auto* v = o.if_contains(key);
    return v && v->is_string() ? std::string(v->as_string()) : std::string("-");
  };
  boost::system::error_code ec;
  const auto h = boost::json::parse(*health, ec);
  const auto p = boost::json::parse(*pipeline, ec);
  if (ec || !h.is_object() || !p.is_object()) {
    fmt::print(stderr, "ashlar: {}: not an ashlar node\n", c.rpc_endpoint);
    return 1;
  }
  if (const auto* roles = h.as_object().if_contains("roles"); roles && roles->is_array())
    for (const auto& role : roles->as_array())
      if (role.is_object())
        fmt::print("{:<14} {:<9} {}\n", text_of(role.as_object(), "role"),
                   text_of(role.as_object(), "state"), text_of(role.as_object(), "detail"));
  fmt::print("pipeline       {}\n", *pipeline);
  return 0;
}

}  // namespace ashlar::node
