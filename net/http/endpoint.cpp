#include "net/http/endpoint.hpp"

#include <algorithm>
#include <charconv>

namespace ashlar::http {
namespace {

constexpr std::string_view scheme = "http://";

failure<http_error> bad(std::string_view url, std::string_view why) {
  return fail(http_error{http_errc::bad_url, std::string(url) + ": " + std::string(why)});
}

}  // namespace

std::string http_endpoint::authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

result<http_endpoint, http_error> parse_endpoint(std::string_view url) {
  if (std::any_of(url.begin(), url.end(),
                  [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; }))
    return bad("(url)", "holds a space or control character");
  if (url.starts_with("https://")) return bad(url, "https is not supported, use http");
  if (!url.starts_with(scheme)) return bad(url, "must start with http://");
  if (url.find('#') != std::string_view::npos) return bad(url, "must not hold a fragment (#)");
  std::string_view rest = url.substr(scheme.size());
  const std::size_t path_at = std::min(rest.find('/'), rest.find('?'));
  std::string_view authority = rest.substr(0, path_at);
  http_endpoint out;
  if (path_at < rest.size()) {
    out.path = rest.substr(path_at);
    if (out.path[0] == '?') out.path.insert(0, 1, '/');
  }
  if (authority.find('@') != std::string_view::npos) return bad(url, "must not hold a user name");
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return bad(url, "unclosed [ in host");
    out.host = authority.substr(1, end - 1);
    std::string_view tail = authority.substr(end + 1);
    if (!tail.empty() && tail[0] != ':') return bad(url, "garbage behind ]");
    port = tail;
  } else {
    const std::size_t colon = authority.find(':');
    out.host = authority.substr(0, colon);
    if (colon != std::string_view::npos) port = authority.substr(colon);
  }
  if (out.host.empty()) return bad(url, "host is missing");
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
    if (error != std::errc{} || end != port.data() + port.size() || out.port == 0)
      return bad(url, "port must be 1 to 65535");
  }
  return out;
}

}  // namespace ashlar::http
