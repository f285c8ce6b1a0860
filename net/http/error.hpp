#pragma once

#include <string>

#include "runtime/base/bytes.hpp"

namespace ashlar::http {

enum class http_errc : u8 {
  bad_url,             ///< detail says what is wrong with it
  bad_config,          ///< detail names the field and its range
  resolve_failed,      ///< no address for the host name
  connect_failed,      ///< refused or unreachable
  timeout,             ///< detail names the step
  closed,              ///< the peer closed before the answer was complete
  response_too_large,  ///< more than response_bytes_max, or a header over header_bytes_max
  bad_response,        ///< not HTTP/1.1
  bind_failed,         ///< the address or port cannot be listened on
  io,                  ///< any other error of the system
};

const char* to_text(http_errc code) noexcept;

struct http_error {
  http_errc code{};
  std::string detail;
  /// "connect failed: 127.0.0.1:8545: Connection refused"
  std::string message() const;
};

}  // namespace ashlar::http
