#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "net/http/endpoint.hpp"
#include "net/http/error.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::http {

struct client_options {
  std::chrono::milliseconds connect_timeout{3000};
  /// From the first byte written to the last byte read.
  std::chrono::milliseconds request_timeout{10000};
  std::size_t response_bytes_max = 64u << 20;
  std::size_t header_bytes_max = 16u << 10;

  /// Every timeout 1 ms to 10 min, every size 1 KiB to 1 GiB.
  status<http_error> validate() const;
};

/// Whatever the status code: a 500 is an answer, not an error.
struct http_response {
  unsigned status = 0;
  std::string content_type;
  std::string body;
};

/// Blocking HTTP/1.1 over one kept-alive connection, made on the first request and again when it
/// was lost. A request that fails on a kept connection before any byte of an answer came is sent
/// once more on a new one (the peer had closed it while idle). Not thread-safe; movable.
class http_client {
 public:
  /// Precondition: options.validate() is ok.
  explicit http_client(http_endpoint endpoint, client_options options = {});
  ~http_client();
  http_client(http_client&&) noexcept;
  http_client& operator=(http_client&&) noexcept;

  /// POST to `path`, or to the endpoint's own path where it is empty.
  result<http_response, http_error> post(std::string_view path, std::string_view body,
                                         std::string_view content_type = "application/json");
  result<http_response, http_error> get(std::string_view path);

  const http_endpoint& endpoint() const noexcept;
  bool connected() const noexcept;
  void close() noexcept;

 private:
  class connection;
  std::unique_ptr<connection> connection_;
};

}  // namespace ashlar::http
