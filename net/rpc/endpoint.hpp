#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/http/server.hpp"
#include "net/rpc/processor.hpp"

namespace ashlar::rpc {

struct endpoint_config {
  http::server_config http;
  http::worker_config workers;
  rpc_config rpc;

  /// The error is a sentence that names the field, its value and its range.
  status<std::string> validate() const;
};

/// A node's public face: JSON-RPC over HTTP and WebSocket, /metrics, /health, static files; with
/// its own io and worker threads.
class endpoint {
 public:
  /// Serves when it returns. The references must outlive the endpoint, and the backend must not
  /// call back once it is destroyed. `more_metrics` (may be empty) is Prometheus text that goes
  /// before the endpoint's own; it may wait for others, and is asked twice a second at most.
  static result<std::unique_ptr<endpoint>, std::string> start(
      endpoint_config config, backend& chain, const clock& time, random_source& random,
      std::function<std::string()> more_metrics = {});
  /// Stops.
  ~endpoint();

  u16 port() const noexcept;
  /// Lets what is under way be answered, within http.drain_timeout.
  void stop();
  http::server_stats http_stats() const noexcept;
  processor_stats rpc_stats() const noexcept;

 private:
  class impl;
  explicit endpoint(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace ashlar::rpc
