// JSON-RPC alone: batches of sent transactions against a backend that takes them at no cost.
// Prints one JSON object a line: through the processor on one thread, then over loopback HTTP.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include "net/http/client.hpp"
#include "net/rpc/endpoint.hpp"
#include "test/unit/rpc/memory_backend.hpp"

namespace {

using namespace ashlar;
using namespace ashlar::rpc;

constexpr std::size_t batch = 200;
constexpr std::size_t txn_bytes = 112;  // a signed EIP-1559 transfer

/// Answers with the first 32 bytes of each transaction, at once.
class null_backend final : public test::memory_backend {
 public:
  void submit(std::span<const bytes_view> raw, submit_wait, submit_callback done) override {
    std::vector<submit_result> out;
    out.reserve(raw.size());
    for (const bytes_view r : raw) out.emplace_back(hash256::copy_of(r.data()));
    done(std::move(out));
  }
};

std::string batch_body() {
  std::string out = "[";
  for (std::size_t i = 0; i < batch; ++i) {
    if (i) out += ',';
    out += R"({"jsonrpc":"2.0","id":)" + std::to_string(i + 1) +
           R"(,"method":"eth_sendRawTransaction","params":["0x)";
    for (std::size_t k = 0; k < txn_bytes; ++k) {
      char digits[3];
      std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned>((i * 31 + k * 7) & 255));
      out += digits;
    }
    out += "\"]}";
  }
  return out + "]";
}

double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
double cpu_seconds() {
  rusage r{};
  getrusage(RUSAGE_SELF, &r);
  return static_cast<double>(r.ru_utime.tv_sec + r.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

std::size_t count(const std::string& text, const char* part) {
  std::size_t n = 0;
  for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++n;
  return n;
}

void check(bool ok, const char* what) {
  if (ok) return;
  std::fprintf(stderr, "bench_rpc: %s\n", what);
  std::exit(1);
}

void print(const char* name, std::size_t requests, double wall, double cpu) {
  std::printf(
      "{\"name\":\"%s\",\"batches_per_s\":%.0f,\"transactions_per_s\":%.0f,"
      "\"cpu_us_per_transaction\":%.3f}\n",
      name, static_cast<double>(requests) / wall, static_cast<double>(requests * batch) / wall,
      1e6 * cpu / static_cast<double>(requests * batch));
}

void bench_processor(std::size_t rounds) {
  null_backend chain;
  test::manual_clock time;
  test::counting_random random;
  rpc_config config;
  config.batch_max = batch;
  processor p(config, chain, time, random, nullptr);
  const std::string body = batch_body();
  check(count(handle(p, body), "\"result\":\"0x") == batch, "wrong answer");
  const double wall = seconds(), cpu = cpu_seconds();
  for (std::size_t i = 0; i < rounds; ++i) check(!handle(p, body).empty(), "no answer");
  print("processor, one thread", rounds, seconds() - wall, cpu_seconds() - cpu);
}

void bench_http(std::size_t rounds, std::size_t connections) {
  null_backend chain;
  test::manual_clock time;
  test::counting_random random;
  endpoint_config config;
  config.http.port = 0;
  config.http.cost_per_second = config.http.cost_burst = 1'000'000'000'000;
  config.rpc.batch_max = batch;
  auto node = endpoint::start(config, chain, time, random);
  check(node.ok(), "cannot listen");
  const std::string body = batch_body();
  const double wall = seconds(), cpu = cpu_seconds();
  std::vector<std::thread> threads;
  for (std::size_t c = 0; c < connections; ++c)
    threads.emplace_back([&] {
      http::http_client client({"127.0.0.1", (*node)->port(), "/"});
      for (std::size_t i = 0; i < rounds / connections; ++i) {
        const auto got = client.post("/", body);
        check(got.ok() && got->status == 200, "request failed");
        if (i == 0) check(count(got->body, "\"result\":\"0x") == batch, "wrong answer");
      }
    });
  for (auto& t : threads) t.join();
  print("HTTP on loopback, 4 connections, client included", rounds, seconds() - wall,
        cpu_seconds() - cpu);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t rounds = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 4000;
  bench_processor(rounds);
  bench_http(rounds, 4);
}
