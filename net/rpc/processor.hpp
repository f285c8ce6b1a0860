#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "net/http/service.hpp"
#include "net/http/worker_pool.hpp"
#include "net/rpc/backend.hpp"
#include "net/rpc/config.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/random.hpp"

namespace ashlar::rpc {

/// Who asks, and over what.
struct context {
  u64 connection = 0;
  http::address_key who;
  std::shared_ptr<http::ws_channel> channel;  ///< null: no subscriptions (HTTP)
  std::function<bool(u64 cost)> charge;       ///< empty: free
  std::function<void(u64 cost)> owe{};        ///< for what was used already; empty: free
};

struct processor_stats {
  u64 requests = 0;      ///< single ones, those of batches counted each
  u64 errors = 0;        ///< of which answered with an error
  u64 transactions = 0;  ///< given to the backend
  u64 filters = 0;
  u64 subscriptions = 0;
};

/// JSON-RPC 2.0: bytes in, bytes out. Requests of a batch run in order; neighbouring
/// eth_sendRawTransaction go to the backend in one call. Thread-safe.
class processor {
 public:
  /// Empty text: nothing to send (all were notifications).
  struct reply {
    std::string text;
    unsigned http_status = 200;  ///< 429: the client is over its rate; 503: over its bytes
    http::byte_hold held{};      ///< for the text, until the client has it
  };
  using reply_callback = std::function<void(reply)>;

  /// What is passed by reference must outlive the processor and the last answer of the backend;
  /// `pool` null runs all work on the caller's thread. Precondition: config.validate() is ok.
  processor(rpc_config config, backend& chain, const clock& time, random_source& random,
            std::shared_ptr<http::worker_pool> pool);
  ~processor();
  processor(const processor&) = delete;
  processor& operator=(const processor&) = delete;

  /// Calls `done` exactly once, now or later, on any thread. What the request needs of memory is
  /// taken through `held`, which holds its body.
  void handle(std::string body, context from, reply_callback done, http::byte_hold held = {});
  void connection_closed(u64 connection);

  processor_stats stats() const noexcept;
  std::vector<std::string> method_names() const;

  class core;

 private:
  std::shared_ptr<core> core_;
};

/// {"jsonrpc":"2.0","id":null,"error":{"code":code,"message":message}}
std::string error_object(int code, std::string_view message);

/// Answers on the calling thread: for fuzzing and tests. Precondition: `p` has no pool and its
/// backend calls back before submit returns.
std::string handle(processor& p, std::string_view body, const context& from = {});

}  // namespace ashlar::rpc
