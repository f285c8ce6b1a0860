#pragma once

#include <string>

#include <boost/asio/connect.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "runtime/base/bytes.hpp"

namespace ashlar::http::test {

/// Blocking. What fails closes it.
class ws_client {
 public:
  explicit ws_client(u16 port, const std::string& origin = "", const std::string& path = "/")
      : ws_(io_) {
    ws_.next_layer().connect({boost::asio::ip::address_v4::loopback(), port});
    if (!origin.empty())
      ws_.set_option(boost::beast::websocket::stream_base::decorator(
          [origin](boost::beast::websocket::request_type& r) {
            r.set(boost::beast::http::field::origin, origin);
          }));
    ws_.handshake(response_, "localhost", path, failed_);
    status_ = response_.result_int();
  }
  bool open() const { return !failed_; }
  unsigned status() const { return status_; }
  void send(const std::string& text) { ws_.write(boost::asio::buffer(text), failed_); }
  /// Empty when the connection ends.
  std::string receive() {
    boost::beast::flat_buffer buffer;
    ws_.read(buffer, failed_);
    return failed_ ? "" : boost::beast::buffers_to_string(buffer.data());
  }
  unsigned reason() const { return ws_.reason().code; }
  /// The beginning of a message that goes on.
  void send_part(const std::string& text) {
    ws_.write_some(false, boost::asio::buffer(text), failed_);
  }
  void cut() { ws_.next_layer().close(failed_); }
  void close() { ws_.close(boost::beast::websocket::close_code::normal, failed_); }

 private:
  boost::asio::io_context io_;
  boost::beast::websocket::stream<boost::asio::ip::tcp::socket> ws_;
  boost::beast::websocket::response_type response_;
  boost::system::error_code failed_;
  unsigned status_ = 0;
};

}  // namespace ashlar::http::test
