#pragma once

#include <functional>
#include <string>
#include <thread>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "runtime/base/bytes.hpp"

namespace ashlar::http::test {

using peer = boost::asio::ip::tcp::socket;

/// Listens on a free loopback port and gives the n-th accepted connection to `script(n, socket)`,
/// one after another, on its own thread, `connections` times.
class scripted_server {
 public:
  scripted_server(int connections, std::function<void(int, peer&)> script)
      : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    thread_ = std::thread([this, connections, script = std::move(script)] {
      for (int i = 0; i < connections; ++i) {
        peer s(io_);
        boost::system::error_code failed;
        acceptor_.accept(s, failed);
        if (failed) return;
        try {
          script(i, s);
        } catch (const boost::system::system_error&) {
        }
      }
    });
  }
  ~scripted_server() { thread_.join(); }

  u16 port() const { return acceptor_.local_endpoint().port(); }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

/// One request without a body, or with one of `body_bytes`.
inline std::string read_request(peer& s, std::size_t body_bytes = 0) {
  std::string in;
  const std::size_t head = boost::asio::read_until(s, boost::asio::dynamic_buffer(in), "\r\n\r\n");
  while (in.size() < head + body_bytes) {
    char more[4096];
    in.append(more, s.read_some(boost::asio::buffer(more)));
  }
  return in;
}

inline void write_text(peer& s, const std::string& text) {
  boost::asio::write(s, boost::asio::buffer(text));
}

/// Until the peer closes.
inline std::string read_all(peer& s) {
  std::string out;
  char some[4096];
  boost::system::error_code failed;
  while (!failed) out.append(some, s.read_some(boost::asio::buffer(some), failed));
  return out;
}

}  // namespace ashlar::http::test
