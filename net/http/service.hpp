#pragma once

#include <functional>
#include <memory>
#include <string>

#include "net/http/byte_ledger.hpp"
#include "net/http/rate_limiter.hpp"
#include "runtime/base/bytes.hpp"

namespace ashlar::http {

struct answer {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  unsigned retry_after_s = 0;  ///< 0: no Retry-After header
  byte_hold held{};            ///< kept until the client has taken the answer
};

/// The right to answer one request, once, from any thread, at any time: also after the connection
/// or the server is gone, then nothing happens. Copies share the right. When the last copy goes
/// unanswered, the client gets a 500 (on a WebSocket: nothing).
class responder {
 public:
  using sink = std::function<void(answer)>;
  responder() = default;
  explicit responder(sink to);

  /// The first call counts.
  void send(answer what) const;

 private:
  struct state;
  std::shared_ptr<state> state_;
};

/// One open WebSocket, to push to. Thread-safe; outlives the connection harmlessly.
class ws_channel {
 public:
  virtual ~ws_channel() = default;
  /// Queues a text message. False: closed, or closed now because the client reads too slowly.
  virtual bool send(std::string text) = 0;
  virtual bool open() const noexcept = 0;
  virtual void close() = 0;
};

/// A POST to "/" or one WebSocket message.
struct request {
  std::string body;
  std::string address;  ///< the client's, as text
  address_key who;
  u64 connection = 0;                   ///< of this server, never used again
  std::shared_ptr<ws_channel> channel;  ///< null over HTTP
  /// Takes tokens from the client's bucket; false: over the limit.
  std::function<bool(u64 cost)> charge;
  /// Takes tokens for what was used beyond what was charged, into debt where it must.
  std::function<void(u64 cost)> owe;
  byte_hold held;  ///< for the body; the service keeps it for what it makes of it
};

/// What the server serves. Called on worker threads (quick lane), several at a time.
class service {
 public:
  virtual ~service() = default;
  /// May answer later. An answer with an empty body sends nothing on a WebSocket.
  virtual void on_request(request what, responder to) = 0;
  /// After the last request of that WebSocket was given to on_request.
  virtual void on_closed(u64 connection) = 0;
  /// GET /metrics, Prometheus text.
  virtual std::string metrics() = 0;
  /// GET /health: 200 or 503 and a JSON object.
  virtual answer health() = 0;
  /// The body for an answer that the server gives by itself (413, 429, 503, ...).
  virtual std::string error_body(unsigned status, const std::string& text) = 0;
};

}  // namespace ashlar::http
