#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include "net/http/server.hpp"
#include "test/unit/http/scripted_server.hpp"

namespace ashlar::http::test {

/// Answers "echo:" + body. "hold..." is kept until release(); "charge N" says whether N tokens were
/// there; "push N" sends N bytes to the WebSocket and answers what send() said; "drop" forgets the
/// responder.
class echo_service final : public service {
 public:
  void on_request(request what, responder to) override {
    if (what.body.starts_with("hold")) {
      const std::lock_guard lock(mutex_);
      held_.emplace_back(to, std::move(what.held));
      changed_.notify_all();
      return;
    }
    if (what.body == "drop") return;
    answer out;
    out.content_type = "text/plain";
    if (what.body.starts_with("charge ")) {
      out.body = what.charge(std::stoull(what.body.substr(7))) ? "yes" : "no";
    } else if (what.body.starts_with("push ")) {
      const std::size_t bytes = std::stoull(what.body.substr(5));
      out.body = what.channel->send(std::string(bytes, 'p')) ? "sent" : "closed";
    } else {
      out.body = "echo:" + what.body;
    }
    if (what.channel) {
      const std::lock_guard lock(mutex_);
      channel_ = what.channel;
    }
    to.send(std::move(out));
  }
  void on_closed(u64) override {
    const std::lock_guard lock(mutex_);
    ++closed_;
    changed_.notify_all();
  }
  std::string metrics() override { return "up 1\n"; }
  answer health() override { return {healthy ? 200u : 503u, "application/json", "{}", 0}; }
  std::string error_body(unsigned status, const std::string& text) override {
    return std::to_string(status) + ":" + text;
  }

  /// Until n requests are held.
  void wait_held(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return held_.size() >= n; });
  }
  void release() {
    std::vector<std::pair<responder, byte_hold>> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(held_);
    }
    for (auto& [to, held] : all) to.send({200, "text/plain", "released", 0, std::move(held)});
  }
  void wait_closed(std::size_t n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ >= n; });
  }
  std::shared_ptr<ws_channel> channel() {
    const std::lock_guard lock(mutex_);
    return channel_;
  }

  std::atomic<bool> healthy{true};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::pair<responder, byte_hold>> held_;
  std::size_t closed_ = 0;
  std::shared_ptr<ws_channel> channel_;
};

/// A server on a free loopback port.
struct server_fixture {
  explicit server_fixture(server_config config = {}, worker_config workers = {})
      : pool(std::make_unique<worker_pool>(workers)) {
    config.port = 0;
    auto made = server::start(config, *pool, service);
    ensure(made.ok());
    live = std::move(*made);
  }
  ~server_fixture() {
    live->stop();
    pool->stop();
  }

  echo_service service;
  std::unique_ptr<worker_pool> pool;
  std::unique_ptr<server> live;
};

/// A bare connection.
class raw_client {
 public:
  /// `from`: another address of this machine.
  explicit raw_client(u16 port, const char* from = "127.0.0.1") : socket_(io_) {
    socket_.open(boost::asio::ip::tcp::v4());
    socket_.bind({boost::asio::ip::make_address(from), 0});
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
  }
  void send(const std::string& text) { boost::asio::write(socket_, boost::asio::buffer(text)); }
  /// One answer: head and body by Content-Length. What comes behind stays for the next call.
  std::string receive() {
    boost::system::error_code failed;
    while (buffer_.find("\r\n\r\n") == std::string::npos && !failed) more(failed);
    const std::size_t head = buffer_.find("\r\n\r\n");
    if (head == std::string::npos) return std::exchange(buffer_, {});
    std::size_t bytes = 0;
    const std::size_t at = buffer_.find("Content-Length: ");
    if (at < head) bytes = std::stoull(buffer_.substr(at + 16));
    while (buffer_.size() < head + 4 + bytes && !failed) more(failed);
    std::string out = buffer_.substr(0, head + 4 + bytes);
    buffer_.erase(0, out.size());
    return out;
  }
  /// Whatever comes until the peer closes.
  std::string rest() {
    boost::system::error_code failed;
    while (!failed) more(failed);
    return std::exchange(buffer_, {});
  }
  peer& socket() { return socket_; }

 private:
  void more(boost::system::error_code& failed) {
    char some[4096];
    const std::size_t n = socket_.read_some(boost::asio::buffer(some), failed);
    buffer_.append(some, n);
  }
  boost::asio::io_context io_;
  peer socket_;
  std::string buffer_;
};

inline std::string post_text(const std::string& body, const std::string& headers = "") {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
inline bool is_status(const std::string& answer, unsigned status) {
  return answer.starts_with("HTTP/1.1 " + std::to_string(status) + " ");
}

}  // namespace ashlar::http::test
