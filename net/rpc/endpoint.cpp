#include "net/rpc/endpoint.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <optional>
#include <system_error>

#include "net/rpc/encode.hpp"
#include "net/rpc/error.hpp"

namespace ashlar::rpc {
namespace {

constexpr std::chrono::milliseconds more_metrics_age_max{500};

/// HTTP's view of the processor.
class rpc_service final : public http::service {
 public:
  rpc_service(processor& p, backend& chain, std::function<std::string()> metrics)
      : processor_(p), chain_(chain), metrics_(std::move(metrics)) {}

  void on_request(http::request what, http::responder to) override {
    context from{what.connection, what.who, std::move(what.channel), std::move(what.charge),
                 std::move(what.owe)};
    processor_.handle(
        std::move(what.body), std::move(from),
        [to](processor::reply r) {
          to.send({r.http_status, "application/json", std::move(r.text),
                   r.http_status == 200 ? 0u : 1u, std::move(r.held)});
        },
        std::move(what.held));
  }
  void on_closed(u64 connection) override { processor_.connection_closed(connection); }
  std::string metrics() override { return metrics_(); }
  http::answer health() override {
    const health_report report = chain_.health();
    http::answer out;
    out.status = report.ready ? 200 : 503;
    append_health(out.body, report);
    return out;
  }
  std::string error_body(unsigned status, const std::string& text) override {
    return error_object(status == 429 || status == 503 ? code::limit : code::invalid_request, text);
  }

 private:
  processor& processor_;
  backend& chain_;
  const std::function<std::string()> metrics_;
};

struct metric {
  const char* name;
  const char* type;
  const char* help;
  u64 value;
};

void append_metric(std::string& out, const metric& m) {
  const std::string name = std::string("ashlar_") + m.name;
  out += "# HELP " + name + " " + m.help + "\n# TYPE " + name + " " + m.type + "\n" + name + " " +
         std::to_string(m.value) + "\n";
}

}  // namespace

status<std::string> endpoint_config::validate() const {
  if (const auto ok = http.validate(); !ok.ok()) return fail(ok.error().message());
  if (const auto ok = workers.validate(); !ok.ok()) return fail(ok.error().message());
  return rpc.validate();
}

class endpoint::impl {
 public:
  impl(const endpoint_config& config, backend& chain, const clock& time, random_source& random,
       std::function<std::string()> more_metrics)
      : pool_(std::make_shared<http::worker_pool>(config.workers)),
        processor_(config.rpc, chain, time, random, pool_),
        time_(time),
        more_metrics_(std::move(more_metrics)),
        service_(processor_, chain, [this] { return metrics(); }) {}
  ~impl() { stop(); }

  status<std::string> listen(const http::server_config& config) {
    auto made = http::server::start(config, *pool_, service_);
    if (!made) return fail(made.error().message());
    server_ = std::move(*made);
    live_ = server_.get();
    return nothing{};
  }

  void stop() {
    if (server_) server_->stop();
    pool_->stop();
  }

  const http::server& server() const noexcept { return *server_; }
  const processor& rpc() const noexcept { return processor_; }

 private:
  /// Roles are asked for it: by one caller at a time, who asks for those that wait, too.
  std::string more_metrics() {
    if (!more_metrics_) return {};
    const std::lock_guard lock(more_mutex_);
    if (!more_at_ || time_.steady() - *more_at_ > more_metrics_age_max) {
      more_ = more_metrics_();
      more_at_ = time_.steady();
    }
    return more_;
  }

  std::string metrics() {
    std::string out = more_metrics();
    const http::server* const live = live_;
    const http::server_stats h = live ? live->stats() : http::server_stats{};
    const processor_stats r = processor_.stats();
    const metric all[] = {
        {"http_connections", "gauge", "Open connections.", h.open_connections},
        {"http_websockets", "gauge", "Open WebSockets.", h.open_websockets},
        {"http_accepted_total", "counter", "Connections accepted.", h.accepted},
        {"http_refused_total", "counter", "Connections over a limit.", h.refused_connections},
        {"http_requests_total", "counter", "HTTP requests and messages.", h.requests},
        {"http_rate_limited_total", "counter", "Requests over the rate.", h.rate_limited},
        {"http_overloaded_total", "counter", "Requests shed.", h.overloaded},
        {"http_bad_requests_total", "counter", "Malformed, too large or slow.", h.bad_requests},
        {"http_slow_consumers_total", "counter", "WebSockets that did not read.", h.slow_consumers},
        {"http_received_bytes_total", "counter", "Bytes of bodies and messages.", h.bytes_in},
        {"http_sent_bytes_total", "counter", "Bytes of answers.", h.bytes_out},
        {"http_held_bytes", "gauge", "Bytes held by requests and answers.", h.held_bytes},
        {"rpc_requests_total", "counter", "JSON-RPC requests, of batches each.", r.requests},
        {"rpc_errors_total", "counter", "JSON-RPC errors answered.", r.errors},
        {"rpc_transactions_total", "counter", "Transactions submitted.", r.transactions},
        {"rpc_filters", "gauge", "Filters installed.", r.filters},
        {"rpc_subscriptions", "gauge", "Subscriptions.", r.subscriptions}};
    for (const metric& m : all) append_metric(out, m);
    return out;
  }

  const std::shared_ptr<http::worker_pool> pool_;
  processor processor_;
  const clock& time_;
  const std::function<std::string()> more_metrics_;
  std::mutex more_mutex_;
  std::string more_;  ///< as it was last
  std::optional<clock::duration> more_at_;
  rpc_service service_;
  std::unique_ptr<http::server> server_;
  std::atomic<http::server*> live_{nullptr};  ///< set once it listens: requests may come before
};

endpoint::endpoint(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
endpoint::~endpoint() = default;

result<std::unique_ptr<endpoint>, std::string> endpoint::start(
    endpoint_config config, backend& chain, const clock& time, random_source& random,
    std::function<std::string()> more_metrics) {
  ASHLAR_CHECK(config.validate());
  std::unique_ptr<impl> made;
  try {
    made = std::make_unique<impl>(config, chain, time, random, std::move(more_metrics));
  } catch (const std::system_error& e) {
    return fail(std::string("the system gives no threads for the RPC's workers: ") + e.what());
  }
  ASHLAR_CHECK(made->listen(config.http));
  return std::unique_ptr<endpoint>(new endpoint(std::move(made)));
}

u16 endpoint::port() const noexcept {
  return impl_->server().port();
}
void endpoint::stop() {
  impl_->stop();
}
http::server_stats endpoint::http_stats() const noexcept {
  return impl_->server().stats();
}
processor_stats endpoint::rpc_stats() const noexcept {
  return impl_->rpc().stats();
}

}  // namespace ashlar::rpc
