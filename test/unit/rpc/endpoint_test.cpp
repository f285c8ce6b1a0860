#include "net/rpc/endpoint.hpp"

#include <algorithm>
#include <condition_variable>
#include <future>
#include <thread>

#include "net/http/client.hpp"
#include "test/unit/rpc/allocation_watch.hpp"
#include "test/unit/rpc/fixture.hpp"

using namespace ashlar;
using namespace ashlar::rpc;
using namespace ashlar::rpc::test;

namespace {

template <class Chain = memory_backend>
struct live_over {
  explicit live_over(endpoint_config config = {}, std::function<std::string()> metrics = {}) {
    config.http.port = 0;
    auto made = endpoint::start(config, chain, time, random, std::move(metrics));
    REQUIRE(made.ok());
    node = std::move(*made);
  }
  http::http_client client() const { return http::http_client({"127.0.0.1", node->port(), "/"}); }

  Chain chain;
  manual_clock time;
  counting_random random;
  std::unique_ptr<endpoint> node;
};
using live = live_over<>;

std::string one(int id, const std::string& method, const std::string& params = "[]") {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method +
         R"(","params":)" + params + "}";
}

}  // namespace

TEST_CASE("JSON-RPC over HTTP: quick, heavy and sent in one batch, in order") {
  live n;
  auto client = n.client();
  const auto got = client.post("/", "[" + one(1, "eth_chainId") + "," + one(2, "eth_call", "[{}]") +
                                        "," + one(3, "eth_sendRawTransaction", R"(["0x01"])") +
                                        "," + one(4, "eth_getLogs", R"([{"fromBlock":"0x0"}])") +
                                        "," + one(5, "net_version") + "]");
  REQUIRE(got.ok());
  CHECK(got->status == 200);
  CHECK(got->content_type == "application/json");
  const json::array list = json::parse(got->body).as_array();
  REQUIRE(list.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(list[i].at("id") == i + 1);
    CHECK(list[i].as_object().contains("result"));
  }
  CHECK(n.node->rpc_stats().requests == 5);
  CHECK(n.node->rpc_stats().transactions == 1);
}

TEST_CASE("many clients at once get their own answers") {
  live n;
  std::vector<std::thread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      auto client = n.client();
      for (int i = 0; i < 100; ++i) {
        const int id = t * 1000 + i;
        const auto got =
            client.post("/", one(id, i % 2 ? "eth_call" : "eth_chainId", i % 2 ? "[{}]" : "[]"));
        if (got.ok() && json::parse(got->body).at("id") == id) ++right;
      }
    });
  for (auto& t : threads) t.join();
  CHECK(right == 400);
}

TEST_CASE("a request over the rate is HTTP 429 with the JSON-RPC error") {
  endpoint_config config;
  config.http.cost_per_second = 1;
  config.http.cost_burst = 15;
  live n(config);
  auto client = n.client();
  CHECK(client.post("/", one(1, "eth_call", "[{}]"))->status == 200);
  const auto got = client.post("/", one(2, "eth_call", "[{}]"));
  CHECK(got->status == 429);
  CHECK(json::parse(got->body).at("error").at("code") == -32005);
}

namespace {

/// Calls wait until they are let go.
class latched_backend final : public memory_backend {
 public:
  answer<call_outcome> call(const call_request& request, block_number, const state_overrides&,
                            const block_overrides&, const call_limits&) override {
    wait();
    const std::lock_guard lock(mutex_);
    values.push_back(request.value.low());
    return call_outcome{};
  }
  std::optional<batch_status> explained_batch(batch_number n) override {
    wait();
    return batch(n);
  }
  health_report health() override {
    wait();
    return memory_backend::health();
  }
  std::vector<u64> values;  ///< of the calls, in the order in which they ran

  /// Until so many wait, or were let go.
  void wait_for_calls(int n) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return waiting_ >= n; });
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  void wait() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return open_; });
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

}  // namespace

TEST_CASE("who asks no role is answered while roles keep those who ask them waiting") {
  live_over<latched_backend> n;
  std::vector<std::thread> askers;
  std::atomic<int> told{0};
  for (int i = 0; i < 8; ++i)
    askers.emplace_back([&, i] {
      auto client = n.client();
      const auto got = i < 7 ? client.post("/", one(i, "ashlar_batchStatus", R"(["0x1"])"))
                             : client.get("/health");
      if (got.ok() && got->status == 200) ++told;
    });
  n.chain.wait_for_calls(2);
  auto client = n.client();
  const auto sent = client.post("/", one(9, "eth_sendRawTransaction", R"(["0x01"])"));
  const auto heavy = client.post("/", one(10, "eth_getLogs", R"([{"fromBlock":"0x0"}])"));
  const auto stored = client.post("/", one(11, "zks_getL1BatchDetails", "[1]"));
  CHECK(told == 0);
  n.chain.let_go();
  for (auto& t : askers) t.join();
  REQUIRE(sent.ok());
  CHECK(json::parse(sent->body).as_object().contains("result"));
  REQUIRE(heavy.ok());
  REQUIRE(stored.ok());
  CHECK(json::parse(stored->body).at("result").at("number") == 1);
  CHECK(told == 8);
}

TEST_CASE("a call is answered while metrics wait for roles, who are asked once for all scrapers") {
  std::promise<void> asking, told;
  const std::shared_future<void> answer = told.get_future().share();
  std::atomic<int> asked{0};
  endpoint_config config;
  config.workers.heavy_threads = 1;
  live n(config, [&] {
    if (++asked == 1) asking.set_value();
    answer.wait();
    return std::string("of_roles 1\n");
  });
  std::vector<std::future<std::string>> scrapes;
  for (int i = 0; i < 4; ++i)
    scrapes.push_back(
        std::async(std::launch::async, [&] { return n.client().get("/metrics")->body; }));
  asking.get_future().wait();
  const auto got = n.client().post("/", one(1, "eth_call", "[{}]"));
  told.set_value();
  REQUIRE(got.ok());
  CHECK(json::parse(got->body).as_object().contains("result"));
  for (auto& s : scrapes) CHECK_THAT(s.get(), Catch::StartsWith("of_roles 1\n"));
  CHECK(asked == 1);
}

TEST_CASE("requests that wait for a heavy thread hold no more than their budget") {
  latched_backend chain;
  manual_clock time;
  counting_random random;
  constexpr std::size_t budget = 8u << 20;
  const auto ledger = std::make_shared<http::byte_ledger>(2 * budget, budget);
  const auto pool = std::make_shared<http::worker_pool>(http::worker_config{.heavy_threads = 1});
  std::atomic<int> refused{0}, answered{0};
  {
    processor rpc({}, chain, time, random, pool);
    // A text of 16 KiB whose document is 12 times as large.
    std::string zeros = "0";
    for (int i = 0; i < 8000; ++i) zeros += ",0";
    const std::string body = one(1, "eth_call", "[{},\"latest\",{},{\"x\":[" + zeros + "]}]");
    REQUIRE(body.size() < 17'000);
    const auto send = [&](const std::string& text, processor::reply_callback done) {
      http::byte_hold held(ledger, {});
      if (!held.set(4096 + text.size())) return done({{}, 503, {}});
      rpc.handle(text, {}, std::move(done), std::move(held));
    };
    allocation_watch::restart();
    const std::size_t before = allocation_watch::now();
    for (int i = 0; i < 2000; ++i)
      send(body, [&](processor::reply r) { ++(r.http_status == 503 ? refused : answered); });
    CHECK(allocation_watch::peak() - before < budget + (2u << 20));
    CHECK(ledger->held() <= budget);
    CHECK(refused > 1900);
    std::string id;
    send(one(2, "eth_chainId"), [&](processor::reply r) { id = r.text; });
    CHECK(json::parse(id).at("result") == "0x10f");
    chain.let_go();
    pool->stop();
    CHECK(refused + answered == 2000);
  }
  CHECK(ledger->held() == 0);
}

namespace {

/// A batch of calls, each with that value.
std::string calls(int n, const std::string& value) {
  std::string out;
  for (int i = 0; i < n; ++i)
    out += (i ? "," : "") + one(i, "eth_call", R"([{"value":")" + value + R"("}])");
  return "[" + out + "]";
}

context from_address(u8 n) {
  context out;
  out.who[15] = n;
  return out;
}

}  // namespace

TEST_CASE("a call is run between those of another's batches") {
  latched_backend chain;
  manual_clock time;
  counting_random random;
  const auto pool = std::make_shared<http::worker_pool>(http::worker_config{.heavy_threads = 1});
  processor rpc({}, chain, time, random, pool);
  std::atomic<int> missing{11};
  std::promise<void> all_came;
  const auto count = [&](const processor::reply&) {
    if (--missing == 0) all_came.set_value();
  };
  for (int i = 0; i < 10; ++i) rpc.handle(calls(20, "0xa"), from_address(1), count);
  chain.wait_for_calls(1);
  rpc.handle(calls(1, "0xb"), from_address(2), count);
  chain.let_go();
  all_came.get_future().wait();
  pool->stop();
  REQUIRE(chain.values.size() == 201);
  const auto at = std::find(chain.values.begin(), chain.values.end(), 0xb) - chain.values.begin();
  CHECK(at <= 2);
}

TEST_CASE("who waited too long for a heavy thread is refused when it is taken") {
  latched_backend chain;
  manual_clock time;
  counting_random random;
  const auto pool = std::make_shared<http::worker_pool>(http::worker_config{.heavy_threads = 1});
  const rpc_config config;
  processor rpc(config, chain, time, random, pool);
  rpc.handle(calls(1, "0xa"), from_address(1), [](const processor::reply&) {});
  chain.wait_for_calls(1);
  std::string got;
  rpc.handle("[" + one(1, "eth_call", "[{}]") + "," + one(2, "eth_chainId") + "," +
                 one(3, "eth_call", "[{}]") + "]",
             from_address(2), [&](const processor::reply& r) { got = r.text; });
  time.now += config.call_time_max + std::chrono::milliseconds{1};
  chain.let_go();
  pool->stop();
  const json::array list = json::parse(got).as_array();
  REQUIRE(list.size() == 3);
  CHECK(list[0].at("error").at("code") == -32005);
  CHECK(list[1].as_object().contains("result"));
  CHECK(list[2].at("error").at("code") == -32005);
  CHECK(chain.values.size() == 1);
}

TEST_CASE("gas that a call ran is owed, and paid before anything more") {
  endpoint_config config;
  config.http.cost_per_second = 1;
  config.http.cost_burst = 100;
  live n(config);
  n.chain.call_answer.gas_used = 200 * config.rpc.call_gas_per_cost;
  auto client = n.client();
  CHECK(client.post("/", one(1, "eth_chainId"))->status == 200);
  CHECK(client.post("/", one(2, "eth_estimateGas", "[{}]"))->status == 200);
  CHECK(client.post("/", one(3, "eth_chainId"))->status == 429);
}

TEST_CASE("an answer that there is no room for is refused, and the rest of its batch") {
  memory_backend chain;
  manual_clock time;
  counting_random random;
  processor rpc({}, chain, time, random, nullptr);
  chain.call_answer.output = bytes(100'000, 0xab);
  const auto ledger = std::make_shared<http::byte_ledger>(300'000, 150'000);
  http::byte_hold held(ledger, {});
  REQUIRE(held.set(8192));
  processor::reply got;
  rpc.handle(
      "[" + one(1, "eth_chainId") + "," + one(2, "eth_call", "[{}]") + "," + one(3, "eth_chainId") +
          "]",
      {}, [&](processor::reply r) { got = std::move(r); }, std::move(held));
  const json::array list = json::parse(got.text).as_array();
  REQUIRE(list.size() == 3);
  CHECK(list[0].as_object().contains("result"));
  CHECK(list[1].at("error").at("code") == -32005);
  CHECK(list[2].as_object().contains("error"));
  // The answer is held until its receiver lets it go.
  CHECK(ledger->held() == got.text.size());
  got = {};
  CHECK(ledger->held() == 0);
}

TEST_CASE("notifications over HTTP have an empty answer") {
  live n;
  const auto got = n.client().post("/", R"({"jsonrpc":"2.0","method":"eth_chainId"})");
  CHECK(got->status == 200);
  CHECK(got->body.empty());
}

TEST_CASE("health is the backend's, metrics are both") {
  live n({}, [] { return std::string("# TYPE own gauge\nown 1\n"); });
  auto client = n.client();
  CHECK(client.get("/health")->status == 200);
  CHECK(json::parse(client.get("/health")->body).at("ready") == true);
  n.chain.ready = false;
  CHECK(client.get("/health")->status == 503);
  REQUIRE(client.post("/", one(1, "eth_chainId")).ok());
  const std::string metrics = client.get("/metrics")->body;
  CHECK(metrics.starts_with("# TYPE own gauge\nown 1\n"));
  CHECK(metrics.find("\nashlar_rpc_requests_total 1\n") != std::string::npos);
  CHECK(metrics.find("# TYPE ashlar_http_connections gauge\n") != std::string::npos);
}

TEST_CASE("a configuration out of range is refused in words") {
  memory_backend chain;
  manual_clock time;
  counting_random random;
  endpoint_config config;
  config.rpc.batch_max = 0;
  const auto got = endpoint::start(config, chain, time, random);
  REQUIRE_FALSE(got.ok());
  CHECK(got.error() == "batch_max is 0, must be 1 to 100000");
}
