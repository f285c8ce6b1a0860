#include "net/http/client.hpp"
#include "net/l1/client.hpp"

namespace ashlar::l1 {
namespace {

l1_error_code code_of(http::http_errc code) noexcept {
  switch (code) {
    case http::http_errc::timeout:
      return l1_error_code::timed_out;
    case http::http_errc::bad_response:
    case http::http_errc::response_too_large:
      return l1_error_code::malformed;
    default:
      return l1_error_code::unreachable;
  }
}

class http_transport final : public transport {
 public:
  http_transport(http::http_endpoint endpoint, http::client_options options)
      : client_(std::move(endpoint), options) {}

  l1_result<std::string> post(const std::string& body) override {
    auto response = client_.post("", body);
    if (!response) {
      const auto& error = response.error();
      return fail(l1_error{code_of(error.code), error.message(), 0, {}});
    }
    if (response->status == 429)
      return fail(l1_error{l1_error_code::rate_limited, "HTTP 429", 429, {}});
    if (response->status != 200)
      return fail(l1_error{l1_error_code::http_status,
                           "HTTP " + std::to_string(response->status),
                           static_cast<i64>(response->status),
                           {}});
    return std::move(response->body);
  }

 private:
  http::http_client client_;
};

}  // namespace

l1_result<std::unique_ptr<transport>> make_http_transport(const http_transport_config& config) {
  auto endpoint = http::parse_endpoint(config.endpoint);
  if (!endpoint)
    return fail(l1_error{l1_error_code::unreachable, endpoint.error().message(), 0, {}});
  http::client_options options;
  options.connect_timeout = std::chrono::milliseconds(config.connect_timeout_ms);
  options.request_timeout = std::chrono::milliseconds(config.request_timeout_ms);
  options.response_bytes_max = static_cast<std::size_t>(config.response_bytes_max);
  if (const auto valid = options.validate(); !valid)
    return fail(l1_error{l1_error_code::unreachable, valid.error().message(), 0, {}});
  return std::unique_ptr<transport>(
      std::make_unique<http_transport>(std::move(*endpoint), options));
}

}  // namespace ashlar::l1
