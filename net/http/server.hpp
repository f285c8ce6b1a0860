#pragma once

#include <memory>

#include "net/http/error.hpp"
#include "net/http/server_config.hpp"
#include "net/http/service.hpp"
#include "net/http/worker_pool.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::http {

/// Counters since the start, but `open_*` and `held_bytes`.
struct server_stats {
  u64 open_connections = 0;
  u64 open_websockets = 0;
  u64 accepted = 0;
  u64 refused_connections = 0;  ///< over a connection limit
  u64 requests = 0;             ///< answered or under way, WebSocket messages too
  u64 rate_limited = 0;         ///< 429
  u64 overloaded = 0;           ///< 503: the worker queue or held_bytes_max was full
  u64 bad_requests = 0;         ///< malformed, too large or too slow
  u64 slow_consumers = 0;       ///< WebSockets closed for not reading
  u64 bytes_in = 0;             ///< bodies and messages
  u64 bytes_out = 0;
  u64 held_bytes = 0;  ///< now, by requests and answers
};

/// HTTP/1.1 and WebSocket on one port. POST / and WebSocket messages go to the service; GET
/// /metrics, /health and the static folder; OPTIONS for browsers. Requests of one HTTP connection
/// are answered in order, one at a time, pipelined ones from the buffer.
class server {
 public:
  /// Listens and serves when it returns. `pool` and `to` must outlive the server.
  static result<std::unique_ptr<server>, http_error> start(server_config config, worker_pool& pool,
                                                           service& to);
  /// Stops.
  ~server();

  u16 port() const noexcept;
  /// Accepts no more, lets what is under way be answered within drain_timeout, then closes. Not
  /// from a worker or io thread.
  void stop();
  server_stats stats() const noexcept;

  class core;

 private:
  explicit server(std::unique_ptr<core> c);
  std::unique_ptr<core> core_;
};

}  // namespace ashlar::http
