#include "net/http/client.hpp"

#include <optional>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

namespace ashlar::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using tcp = asio::ip::tcp;
using boost::system::error_code;

status<http_error> client_options::validate() const {
  using std::chrono::milliseconds;
  const auto time_ok = [](milliseconds t) {
    return t >= milliseconds{1} && t <= std::chrono::minutes{10};
  };
  const auto size_ok = [](std::size_t n) { return n >= 1024 && n <= (1u << 30); };
  const auto bad = [](const char* what) { return fail(http_error{http_errc::bad_config, what}); };
  if (!time_ok(connect_timeout)) return bad("connect_timeout must be 1 ms to 10 min");
  if (!time_ok(request_timeout)) return bad("request_timeout must be 1 ms to 10 min");
  if (!size_ok(response_bytes_max)) return bad("response_bytes_max must be 1 KiB to 1 GiB");
  if (!size_ok(header_bytes_max)) return bad("header_bytes_max must be 1 KiB to 1 GiB");
  return nothing{};
}

/// One private io_context drives one asynchronous step at a time, because only asynchronous
/// operations have timeouts.
class http_client::connection {
 public:
  connection(http_endpoint endpoint, client_options options)
      : endpoint_(std::move(endpoint)), options_(options), stream_(io_) {}

  result<http_response, http_error> roundtrip(bhttp::request<bhttp::string_body>& request) {
    const bool reused = open_;
    if (!open_) ASHLAR_CHECK(connect());
    auto first = exchange(request);
    if (first.ok() || !reused || answered_ || first.error().code == http_errc::timeout)
      return first;
    ASHLAR_CHECK(connect());
    return exchange(request);
  }

  bhttp::request<bhttp::string_body> make(bhttp::verb verb, std::string_view path) const {
    bhttp::request<bhttp::string_body> request{verb, {}, 11};
    const std::string_view target = path.empty() ? std::string_view(endpoint_.path) : path;
    request.target({target.data(), target.size()});
    request.set(bhttp::field::host, endpoint_.authority());
    request.set(bhttp::field::user_agent, "ashlar");
    request.keep_alive(true);
    return request;
  }

  void close() noexcept {
    error_code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.socket().close(ignored);
    buffer_.clear();
    open_ = false;
  }

  const http_endpoint& endpoint() const noexcept { return endpoint_; }
  bool open() const noexcept { return open_; }

 private:
  status<http_error> connect() {
    close();
    stream_.expires_after(options_.connect_timeout);
    tcp::resolver resolver(io_);
    tcp::resolver::results_type found;
    error_code failed = asio::error::timed_out;
    resolver.async_resolve(endpoint_.host, std::to_string(endpoint_.port),
                           [&](error_code e, tcp::resolver::results_type r) {
                             failed = e;
                             found = std::move(r);
                           });
    run_for(options_.connect_timeout, [&] { resolver.cancel(); });
    if (failed == asio::error::operation_aborted || failed == asio::error::timed_out)
      return fail(http_error{http_errc::timeout, "resolving " + endpoint_.host});
    if (failed) return fail(http_error{http_errc::resolve_failed, endpoint_.host});
    stream_.expires_after(options_.connect_timeout);
    stream_.async_connect(found, [&](error_code e, const tcp::endpoint&) { failed = e; });
    run();
    if (failed == beast::error::timeout)
      return fail(http_error{http_errc::timeout, "connecting to " + endpoint_.authority()});
    if (failed)
      return fail(
          http_error{http_errc::connect_failed, endpoint_.authority() + ": " + failed.message()});
    error_code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    open_ = true;
    return nothing{};
  }

  result<http_response, http_error> exchange(bhttp::request<bhttp::string_body>& request) {
    answered_ = false;
    error_code failed;
    stream_.expires_after(options_.request_timeout);
    bhttp::async_write(stream_, request, [&](error_code e, std::size_t) { failed = e; });
    run();
    if (failed) return broken("sending", failed);
    bhttp::response_parser<bhttp::string_body> parser;
    parser.body_limit(options_.response_bytes_max);
    parser.header_limit(static_cast<std::uint32_t>(options_.header_bytes_max));
    bhttp::async_read(stream_, buffer_, parser, [&](error_code e, std::size_t) { failed = e; });
    run();
    answered_ = parser.got_some();
    if (failed) return broken("waiting for the answer", failed);
    stream_.expires_never();
    bhttp::response<bhttp::string_body> got = parser.release();
    if (!got.keep_alive()) close();
    const auto type = got[bhttp::field::content_type];
    return http_response{got.result_int(), std::string(type.data(), type.size()),
                         std::move(got.body())};
  }

  failure<http_error> broken(const char* step, const error_code& e) {
    close();
    const std::string where = endpoint_.authority() + ", " + step;
    if (e == beast::error::timeout) return fail(http_error{http_errc::timeout, where});
    if (e == bhttp::error::body_limit || e == bhttp::error::header_limit ||
        e == bhttp::error::buffer_overflow)
      return fail(http_error{http_errc::response_too_large, where});
    if (e == bhttp::error::end_of_stream || e == bhttp::error::partial_message ||
        e == asio::error::eof || e == asio::error::connection_reset ||
        e == asio::error::broken_pipe)
      return fail(http_error{http_errc::closed, where});
    if (e.category() == bhttp::make_error_code(bhttp::error::bad_version).category())
      return fail(http_error{http_errc::bad_response, where + ": " + e.message()});
    return fail(http_error{http_errc::io, where + ": " + e.message()});
  }

  void run() {
    io_.restart();
    io_.run();
  }
  template <class OnTimeout>
  void run_for(std::chrono::milliseconds limit, OnTimeout on_timeout) {
    io_.restart();
    io_.run_for(limit);
    if (io_.stopped()) return;
    on_timeout();
    run();
  }

  http_endpoint endpoint_;
  client_options options_;
  asio::io_context io_{1};
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  bool open_ = false;
  bool answered_ = false;  ///< a byte of the current answer has come
};

http_client::http_client(http_endpoint endpoint, client_options options)
    : connection_(std::make_unique<connection>(std::move(endpoint), options)) {
  ensure(options.validate().ok());
}
http_client::~http_client() = default;
http_client::http_client(http_client&&) noexcept = default;
http_client& http_client::operator=(http_client&&) noexcept = default;

result<http_response, http_error> http_client::post(std::string_view path, std::string_view body,
                                                    std::string_view content_type) {
  auto request = connection_->make(bhttp::verb::post, path);
  request.set(bhttp::field::content_type, {content_type.data(), content_type.size()});
  request.body().assign(body);
  request.prepare_payload();
  return connection_->roundtrip(request);
}

result<http_response, http_error> http_client::get(std::string_view path) {
  auto request = connection_->make(bhttp::verb::get, path);
  return connection_->roundtrip(request);
}

const http_endpoint& http_client::endpoint() const noexcept {
  return connection_->endpoint();
}
bool http_client::connected() const noexcept {
  return connection_->open();
}
void http_client::close() noexcept {
  connection_->close();
}

}  // namespace ashlar::http
