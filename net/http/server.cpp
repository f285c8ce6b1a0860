#include "net/http/server.hpp"

#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "net/http/session.hpp"

namespace ashlar::http {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using boost::system::error_code;

namespace {
/// When the process is out of file descriptors, accepting at once again would only spin.
constexpr std::chrono::milliseconds accept_pause{50};
}  // namespace

/// One io_context and one thread each: a connection lives on one thread and needs no strand.
class server::core {
 public:
  core(server_config config, worker_pool& pool, service& to, static_files files)
      : parts_(std::move(config), pool, to, std::move(files)) {
    for (u32 i = 0; i < parts_.config.io_threads; ++i)
      lanes_.push_back(std::make_unique<io_lane>());
    acceptor_.emplace(lanes_[0]->io);
    pause_.emplace(lanes_[0]->io);
  }
  ~core() { stop(); }

  status<http_error> listen() {
    const auto bad = [&](const std::string& what) {
      return fail(http_error{
          http_errc::bind_failed,
          parts_.config.bind_address + ":" + std::to_string(parts_.config.port) + ": " + what});
    };
    error_code e;
    const auto address = asio::ip::make_address(parts_.config.bind_address, e);
    if (e) return bad("bind_address must be an IP address");
    const tcp::endpoint at(address, parts_.config.port);
    acceptor_->open(at.protocol(), e);
    if (!e) acceptor_->set_option(tcp::acceptor::reuse_address(true), e);
    if (!e) acceptor_->bind(at, e);
    if (!e) acceptor_->listen(asio::socket_base::max_listen_connections, e);
    if (e) return bad(e.message());
    port_ = acceptor_->local_endpoint().port();
    accept();
    for (auto& l : lanes_) l->thread = std::thread([&io = l->io] { io.run(); });
    return nothing{};
  }

  void stop() {
    if (stopped_) return;
    stopped_ = true;
    on_io([this] {
      error_code ignored;
      acceptor_->close(ignored);
      pause_->cancel();
    });
    parts_.draining.store(true);
    for (const auto& s : parts_.registry.all()) asio::post(s->executor(), [s] { s->drain(); });
    if (started()) parts_.registry.wait_empty(parts_.config.drain_timeout);
    {
      const std::unique_lock lock(parts_.open_gate->mutex);
      parts_.open_gate->open = false;
    }
    for (const auto& s : parts_.registry.all()) asio::post(s->executor(), [s] { s->cut(); });
    for (auto& l : lanes_) l->work.reset();
    for (auto& l : lanes_)
      if (l->thread.joinable()) l->thread.join();
    parts_.registry.clear();
  }

  u16 port() const noexcept { return port_; }
  server_stats stats() const noexcept {
    const server_counters& c = parts_.counters;
    return {parts_.ledger.open(), c.open_websockets,
            c.accepted,           c.refused_connections,
            c.requests,           c.rate_limited,
            c.overloaded,         c.bad_requests,
            c.slow_consumers,     c.bytes_in,
            c.bytes_out,          parts_.bytes->held() + parts_.reserve->held()};
  }

 private:
  struct io_lane {
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
    std::thread thread;
  };

  bool started() const { return lanes_[0]->thread.joinable(); }
  template <class F>
  void on_io(F f) {
    if (started()) asio::post(lanes_[0]->io, std::move(f));
  }

  void accept() {
    io_lane& to = *lanes_[next_++ % lanes_.size()];
    acceptor_->async_accept(to.io, [this](error_code e, tcp::socket s) {
      if (e == asio::error::operation_aborted || !acceptor_->is_open()) return;
      if (e) {
        pause_->expires_after(accept_pause);
        pause_->async_wait([this](error_code cancelled) {
          if (!cancelled) accept();
        });
        return;
      }
      admit(std::move(s));
      accept();
    });
  }

  void admit(tcp::socket s) {
    error_code e;
    const auto from = s.remote_endpoint(e);
    if (e) return;
    connection_identity who;
    who.who = key_of(from.address());
    who.place = parts_.ledger.admit(who.who);
    if (!who.place) {
      parts_.counters.refused_connections.fetch_add(1, std::memory_order_relaxed);
      static constexpr std::string_view text =
          "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 21\r\nConnection: close\r\n\r\n"
          "too many connections\n";
      s.non_blocking(true, e);
      s.write_some(asio::buffer(text), e);
      s.shutdown(tcp::socket::shutdown_send, e);
      return;
    }
    parts_.counters.accepted.fetch_add(1, std::memory_order_relaxed);
    s.set_option(tcp::no_delay(true), e);
    who.id = ++ids_;
    who.address = from.address().to_string();
    make_http_session(parts_, std::move(who), std::move(s));
  }

  server_parts parts_;
  std::vector<std::unique_ptr<io_lane>> lanes_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> pause_;
  std::size_t next_ = 0;
  u64 ids_ = 0;
  u16 port_ = 0;
  bool stopped_ = false;
};

server::server(std::unique_ptr<core> c) : core_(std::move(c)) {}
server::~server() = default;

result<std::unique_ptr<server>, http_error> server::start(server_config config, worker_pool& pool,
                                                          service& to) {
  ASHLAR_CHECK(config.validate());
  static_files files;
  if (!config.static_folder.empty()) {
    ASHLAR_TRY(files, static_files::load(config.static_folder, config.static_files_max,
                                         config.static_bytes_max));
  }
  auto made = std::make_unique<core>(std::move(config), pool, to, std::move(files));
  ASHLAR_CHECK(made->listen());
  return std::unique_ptr<server>(new server(std::move(made)));
}

u16 server::port() const noexcept {
  return core_->port();
}
void server::stop() {
  core_->stop();
}
server_stats server::stats() const noexcept {
  return core_->stats();
}

}  // namespace ashlar::http
