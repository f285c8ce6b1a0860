#include <array>
#include <optional>
#include <utility>

#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "net/http/held_body.hpp"
#include "net/http/session.hpp"
#include "net/http/ws_session.hpp"

namespace ashlar::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds linger_time{2000};
constexpr std::size_t linger_bytes_max = 8u << 20;
constexpr std::size_t read_bytes = 16u << 10;

std::string_view view_of(beast::string_view s) {
  return {s.data(), s.size()};
}

/// As geth: browsers cannot send these types across origins without asking first.
bool is_json(std::string_view type) {
  const std::string_view bare = type.substr(0, type.find(';'));
  return bare.empty() || bare == "application/json" || bare == "application/json-rpc" ||
         bare == "application/jsonrequest";
}

class http_session final : public session {
 public:
  http_session(server_parts& parts, connection_identity identity, asio::ip::tcp::socket socket)
      : session(parts, std::move(identity), socket.get_executor()), stream_(std::move(socket)) {}

  void start() { await_request(); }

  void drain() override {
    draining_ = true;
    if (idle_) cut();
  }
  void cut() noexcept override {
    if (handed_over_) return;
    error_code ignored;
    stream_.socket().close(ignored);
  }
  void on_answer(answer what) override { write(std::move(what), keep_); }

 private:
  std::shared_ptr<http_session> self() {
    return std::static_pointer_cast<http_session>(shared_from_this());
  }

  void await_request() {
    if (draining_) return end();
    if (buffer_.size() > 0) return read_header();
    idle_ = true;
    stream_.expires_after(parts_.config.idle_timeout);
    stream_.async_read_some(buffer_.prepare(read_bytes),
                            [me = self()](error_code e, std::size_t n) {
                              me->idle_ = false;
                              if (e) return me->end();
                              me->buffer_.commit(n);
                              me->read_header();
                            });
  }

  void read_header() {
    request_read_ = false;
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(parts_.config.header_bytes_max));
    parser_->body_limit(parts_.config.body_bytes_max);
    stream_.expires_after(parts_.config.header_timeout);
    bhttp::async_read_header(stream_, buffer_, *parser_, [me = self()](error_code e, std::size_t) {
      if (e) return me->refuse(e);
      me->on_header();
    });
  }

  void on_header() {
    const auto& head = parser_->get();
    keep_ = head.keep_alive();
    head_only_ = head.method() == bhttp::verb::head;
    origin_.clear();
    const std::string_view origin = view_of(head[bhttp::field::origin]);
    const bool origin_ok = origin.empty() || parts_.origin_allowed(origin);
    if (origin_ok) origin_ = origin;
    if (beast::websocket::is_upgrade(head)) return upgrade(origin_ok);
    if (!head.chunked() && parser_->content_length().value_or(0) == 0) {
      // As many as there are connections: they are of the server itself.
      hold_ = {parts_.reserve, identity_.who};
    } else {
      hold_ = make_hold();
      if (!hold_.set(request_bytes)) return write(no_room(), false);
    }
    parser_->get().body().hold = &hold_;
    parser_->get().body().beside = request_bytes;
    if (beast::iequals(head[bhttp::field::expect], "100-continue")) return send_continue();
    read_body();
  }

  void send_continue() {
    static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
    stream_.expires_after(parts_.config.write_timeout);
    asio::async_write(stream_, asio::buffer(text), [me = self()](error_code e, std::size_t) {
      if (e) return me->end();
      me->read_body();
    });
  }

  void read_body() {
    stream_.expires_after(parts_.config.body_timeout);
    bhttp::async_read(stream_, buffer_, *parser_, [me = self()](error_code e, std::size_t) {
      if (e) return me->refuse(e);
      me->stream_.expires_never();
      me->request_read_ = true;
      me->route();
    });
  }

  void upgrade(bool origin_ok) {
    const std::string_view target = view_of(parser_->get().target());
    const std::string_view path = target.substr(0, target.find('?'));
    if (!origin_ok) return write_error(403, "origin not allowed");
    if (path != "/" && path != "/ws") return write_error(404, "no such path");
    // The registry's entry goes over to the WebSocket; this object ends with the last handler.
    handed_over_ = true;
    auto asked = parser_->release();
    make_ws_session(parts_, std::move(identity_), std::move(stream_),
                    bhttp::request<bhttp::string_body>(std::move(asked.base())));
  }

  void route() {
    const auto& head = parser_->get();
    const std::string_view target = view_of(head.target());
    const std::string_view path = target.substr(0, target.find('?'));
    switch (head.method()) {
      case bhttp::verb::post:
        return post(path);
      case bhttp::verb::get:
      case bhttp::verb::head:
        return get(path);
      case bhttp::verb::options:
        return write({204, "", "", 0}, keep_,
                     "Allow: GET, HEAD, OPTIONS, POST\r\n"
                     "Access-Control-Allow-Methods: GET, POST, OPTIONS\r\n"
                     "Access-Control-Allow-Headers: Content-Type\r\n"
                     "Access-Control-Max-Age: 86400\r\n");
      default:
        return write({405, "application/json", parts_.to.error_body(405, "method not allowed"), 0},
                     keep_, "Allow: GET, HEAD, OPTIONS, POST\r\n");
    }
  }

  void post(std::string_view path) {
    if (path != "/") return write_error(404, "no such path");
    if (!is_json(view_of(parser_->get()[bhttp::field::content_type])))
      return write_error(415, "content type must be application/json");
    if (!charge(1)) {
      parts_.counters.rate_limited.fetch_add(1, std::memory_order_relaxed);
      return write({429, "application/json", parts_.to.error_body(429, "rate limit exceeded"), 1},
                   keep_);
    }
    dispatch(
        make_request(std::move(parser_->get().body().text), std::exchange(hold_, make_hold())));
  }

  void get(std::string_view path) {
    if (!charge(1)) {
      parts_.counters.rate_limited.fetch_add(1, std::memory_order_relaxed);
      return write({429, "text/plain", "rate limit exceeded\n", 1}, keep_);
    }
    if (path == "/metrics" && parts_.config.serve_metrics)
      return ask(lane::asking, [](service& s) {
        return answer{200, "text/plain; version=0.0.4; charset=utf-8", s.metrics(), 0};
      });
    if (path == "/health") return ask(lane::asking, [](service& s) { return s.health(); });
    if (const static_file* file = parts_.files.find(path)) {
      hold_ = make_hold();  // it may be large, and pushes come first
      return write({200, file->content_type, *file->body, 0}, keep_, "Cache-Control: no-cache\r\n");
    }
    if (path == "/")
      return write({200, "text/plain", "JSON-RPC: POST or WebSocket here\n", 0}, keep_);
    write({404, "text/plain", "not found\n", 0}, keep_);
  }

  template <class F>
  void ask(lane where, F f) {
    responder to = make_responder();
    if (!parts_.pool.post(
            where, [to, f, &s = parts_.to] { to.send(f(s)); }, identity_.who))
      to.send({503, "text/plain", "overloaded\n", 1});
  }

  /// Reading failed: says why where the client can still hear it.
  void refuse(error_code e) {
    if (parser_->get().body().no_room) return write(no_room(), false);
    if (e == bhttp::error::end_of_stream || e == bhttp::error::partial_message ||
        e.category() != bhttp::make_error_code(bhttp::error::bad_method).category()) {
      if (e == beast::error::timeout)
        parts_.counters.bad_requests.fetch_add(1, std::memory_order_relaxed);
      return end();
    }
    keep_ = false;
    if (e == bhttp::error::header_limit || e == bhttp::error::buffer_overflow)
      return write_error(431, "header too large");
    if (e == bhttp::error::body_limit) return write_error(413, "request too large");
    write_error(400, "malformed HTTP request");
  }

  void write_error(unsigned status, const std::string& text) {
    parts_.counters.bad_requests.fetch_add(1, std::memory_order_relaxed);
    write({status, "application/json", parts_.to.error_body(status, text), 0}, false);
  }

  /// Holds the answer until it is written. A short one needs no room: it is of the server itself.
  void weigh(answer& what) {
    if (what.held)
      hold_ = std::move(what.held);
    else if (!hold_.set(what.body.size()) && what.body.size() > request_bytes)
      what = no_room();
    hold_.shrink_to(what.body.size());
  }

  void write(answer what, bool keep, std::string_view extra = {}) {
    keep = keep && !draining_ && !parts_.draining.load();
    // Of a request that was refused, or may have no body: no longer held.
    std::string().swap(parser_->get().body().text);
    weigh(what);
    body_ = std::move(what.body);
    head_.clear();
    head_ += "HTTP/1.1 " + std::to_string(what.status) + " ";
    head_ += view_of(bhttp::obsolete_reason(static_cast<bhttp::status>(what.status)));
    head_ += "\r\n";
    if (what.status != 204) {
      head_ += "Content-Type: " + what.content_type + "\r\n";
      head_ += "Content-Length: " + std::to_string(body_.size()) + "\r\n";
    }
    if (!origin_.empty()) {
      head_ += "Access-Control-Allow-Origin: " + origin_ + "\r\nVary: Origin\r\n";
    }
    if (what.retry_after_s) head_ += "Retry-After: " + std::to_string(what.retry_after_s) + "\r\n";
    head_ += extra;
    head_ += keep ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
    head_ += "X-Content-Type-Options: nosniff\r\n\r\n";
    if (head_only_) body_.clear();
    const std::array<asio::const_buffer, 2> out{asio::buffer(head_), asio::buffer(body_)};
    stream_.expires_after(parts_.config.write_timeout);
    asio::async_write(stream_, out, [me = self(), keep](error_code e, std::size_t n) {
      me->parts_.counters.bytes_out.fetch_add(n, std::memory_order_relaxed);
      if (e) return me->end();
      me->forget_answer();
      if (keep) return me->await_request();
      if (me->request_read_) return me->end();
      me->linger();
    });
  }

  void forget_answer() {
    std::string().swap(body_);
    hold_ = make_hold();
  }

  /// Closing while bytes of the request are unread would reset the connection and lose the answer:
  /// says that nothing more comes, and drops what the client still sends, for a while.
  void linger() {
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(linger_time);
    drop_input();
  }
  void drop_input() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(read_bytes),
                            [me = self()](error_code e, std::size_t n) {
                              me->lingered_ += n;
                              if (e || me->lingered_ > linger_bytes_max) return me->end();
                              me->drop_input();
                            });
  }

  void end() {
    if (handed_over_) return;
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    cut();
    parts_.registry.remove(identity_.id);
  }

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  std::optional<bhttp::request_parser<held_body>> parser_;  ///< of the request last begun
  std::string head_, body_, origin_;
  byte_hold hold_ = make_hold();  ///< of the request being read, of the answer being written
  std::size_t lingered_ = 0;
  bool request_read_ = false;  ///< to its end
  bool keep_ = false;
  bool head_only_ = false;
  bool idle_ = false;
  bool draining_ = false;
  bool handed_over_ = false;
};

}  // namespace

std::shared_ptr<session> make_http_session(server_parts& parts, connection_identity identity,
                                           asio::ip::tcp::socket socket) {
  const u64 id = identity.id;
  auto made = std::make_shared<http_session>(parts, std::move(identity), std::move(socket));
  parts.registry.put(id, made);
  asio::post(made->executor(), [made] { made->start(); });
  return made;
}

}  // namespace ashlar::http
