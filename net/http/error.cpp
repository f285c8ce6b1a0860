#include "net/http/error.hpp"

namespace ashlar::http {

const char* to_text(http_errc code) noexcept {
  switch (code) {
    case http_errc::bad_url:
      return "bad URL";
    case http_errc::bad_config:
      return "bad configuration";
    case http_errc::resolve_failed:
      return "cannot resolve host";
    case http_errc::connect_failed:
      return "connect failed";
    case http_errc::timeout:
      return "timeout";
    case http_errc::closed:
      return "connection closed by peer";
    case http_errc::response_too_large:
      return "response too large";
    case http_errc::bad_response:
      return "bad response";
    case http_errc::bind_failed:
      return "cannot listen";
    case http_errc::io:
      return "input/output error";
  }
  return "unknown error";
}

std::string http_error::message() const {
  std::string out = to_text(code);
  if (!detail.empty()) out += ": " + detail;
  return out;
}

}  // namespace ashlar::http
