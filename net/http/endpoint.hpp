#pragma once

#include <string>
#include <string_view>

#include "net/http/error.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

namespace ashlar::http {

/// Where an HTTP service listens.
struct http_endpoint {
  std::string host;        ///< name, IPv4, or IPv6 without brackets
  u16 port = 80;           ///< never 0 when parsed
  std::string path = "/";  ///< with the query; starts with '/'
  friend bool operator==(const http_endpoint&, const http_endpoint&) = default;

  /// "host:port", brackets around IPv6: the Host header.
  std::string authority() const;
};

/// "http://host[:port][/path[?query]]". Schemes other than http, user names in the URL, fragments,
/// spaces and control characters are errors.
result<http_endpoint, http_error> parse_endpoint(std::string_view url);

}  // namespace ashlar::http
