#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "net/http/connection_ledger.hpp"
#include "net/http/rate_limiter.hpp"
#include "net/http/server.hpp"
#include "net/http/service.hpp"
#include "net/http/static_files.hpp"

/// Internal to net/http: what its .cpp files share. Includes Boost.Asio.
namespace ashlar::http {

class session;

/// Closed for good before the io_contexts go away: who holds it shared and finds it open may post
/// to a session's executor.
struct gate {
  std::shared_mutex mutex;
  bool open = true;
};

/// The open sessions by connection id.
class session_registry {
 public:
  void put(u64 id, std::shared_ptr<session> s);
  void remove(u64 id);
  std::vector<std::shared_ptr<session>> all() const;
  /// False: some were still open when the time was over.
  bool wait_empty(std::chrono::milliseconds limit);
  void clear();

 private:
  mutable std::mutex mutex_;
  std::condition_variable empty_;
  std::unordered_map<u64, std::shared_ptr<session>> open_;
};

struct server_counters {
  std::atomic<u64> open_websockets{0}, accepted{0}, refused_connections{0}, requests{0},
      rate_limited{0}, overloaded{0}, bad_requests{0}, slow_consumers{0}, bytes_in{0}, bytes_out{0};
};

/// What all sessions use; outlives them.
struct server_parts {
  server_parts(server_config c, worker_pool& p, service& s, static_files f)
      : config(std::move(c)),
        pool(p),
        to(s),
        files(std::move(f)),
        limiter(config.cost_per_second, config.cost_burst, config.rate_addresses_max),
        ledger(config.connections_max, config.connections_per_address_max),
        bytes(std::make_shared<byte_ledger>(config.held_bytes_max,
                                            config.held_bytes_per_address_max)),
        reserve(std::make_shared<byte_ledger>(config.held_bytes_max / 4,
                                              config.held_bytes_per_address_max / 4)) {}

  bool origin_allowed(std::string_view origin) const;

  const server_config config;
  worker_pool& pool;
  service& to;
  const static_files files;
  rate_limiter limiter;
  connection_ledger ledger;
  /// Shared: answers outlive the server.
  const std::shared_ptr<byte_ledger> bytes;
  /// For what is pushed and what is asked without a body: no request takes its place.
  const std::shared_ptr<byte_ledger> reserve;
  server_counters counters;
  session_registry registry;
  /// Set before any session is told to drain: no answer from then on keeps its connection.
  std::atomic<bool> draining{false};
  std::shared_ptr<gate> open_gate = std::make_shared<gate>();
};

/// What a request holds beside its text.
inline constexpr u64 request_bytes = 4096;

rate_limiter::time steady_now() noexcept;
/// One IPv4 address or one IPv6 /64; never the zero key.
address_key key_of(const boost::asio::ip::address& a) noexcept;

/// What identifies a connection, moved along when it becomes a WebSocket.
struct connection_identity {
  u64 id = 0;
  std::string address;
  address_key who;
  connection_ledger::ticket place;
};

/// One connection. Its functions run on its executor (one thread) unless said otherwise.
class session : public std::enable_shared_from_this<session> {
 public:
  session(server_parts& parts, connection_identity identity, boost::asio::any_io_executor executor)
      : parts_(parts), identity_(std::move(identity)), executor_(std::move(executor)) {}
  virtual ~session() = default;

  /// Any thread.
  const boost::asio::any_io_executor& executor() const noexcept { return executor_; }
  /// Finish what is under way, then close.
  virtual void drain() = 0;
  /// Close now.
  virtual void cut() noexcept = 0;
  /// The service's answer to the request dispatched.
  virtual void on_answer(answer what) = 0;

 protected:
  bool charge(u64 cost) { return parts_.limiter.take(identity_.who, cost, steady_now()); }
  byte_hold make_hold() const { return {parts_.bytes, identity_.who}; }
  request make_request(std::string body, byte_hold held);
  /// Gives the request to the service on a worker thread; answers 503 itself when there is no room.
  void dispatch(request what);
  responder make_responder();
  /// There is no room for the bytes of a request.
  answer no_room();

  server_parts& parts_;
  connection_identity identity_;

 private:
  boost::asio::any_io_executor executor_;
};

std::shared_ptr<session> make_http_session(server_parts& parts, connection_identity identity,
                                           boost::asio::ip::tcp::socket socket);

}  // namespace ashlar::http
