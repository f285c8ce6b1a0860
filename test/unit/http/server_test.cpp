#include <filesystem>
#include <fstream>
#include <future>
#include <thread>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "net/http/client.hpp"
#include "net/http/static_files.hpp"
#include "test/unit/http/echo_service.hpp"

using namespace ashlar;
using namespace ashlar::http;
using namespace ashlar::http::test;
using namespace std::chrono_literals;

namespace {

http_client client_of(const server_fixture& f) {
  return http_client({"127.0.0.1", f.live->port(), "/"});
}

}  // namespace

TEST_CASE("a POST is answered, many on one connection") {
  server_fixture f;
  auto client = client_of(f);
  for (int i = 0; i < 50; ++i) {
    const std::string body(static_cast<std::size_t>(i) * 500, 'b');
    const auto got = client.post("/", body);
    REQUIRE(got.ok());
    CHECK(got->status == 200);
    CHECK(got->body == "echo:" + body);
  }
  CHECK(f.live->stats().accepted == 1);
  CHECK(f.live->stats().requests == 50);
}

TEST_CASE("pipelined requests are answered in order") {
  server_fixture f;
  raw_client c(f.live->port());
  c.send(post_text("1") + post_text("2") + post_text("3"));
  for (const char* body : {"echo:1", "echo:2", "echo:3"}) CHECK(c.receive().ends_with(body));
}

TEST_CASE("a request may come a byte at a time") {
  server_fixture f;
  raw_client c(f.live->port());
  for (const char byte : post_text("slow")) c.send(std::string(1, byte));
  CHECK(c.receive().ends_with("echo:slow"));
}

TEST_CASE("Connection: close and HTTP/1.0 end after the answer") {
  server_fixture f;
  raw_client a(f.live->port());
  a.send(post_text("x", "Connection: close\r\n"));
  const std::string first = a.rest();
  CHECK(first.ends_with("echo:x"));
  CHECK(has(first, "Connection: close"));
  raw_client b(f.live->port());
  b.send("POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\ny");
  CHECK(b.rest().ends_with("echo:y"));
}

TEST_CASE("a body over the limit is 413, announced or chunked") {
  server_fixture f(server_config{.body_bytes_max = 2000});
  CHECK(client_of(f).post("/", std::string(2000, 'x'))->status == 200);
  CHECK(client_of(f).post("/", std::string(2001, 'x'))->status == 413);
  raw_client c(f.live->port());
  c.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d1\r\n" +
         std::string(2001, 'x') + "\r\n0\r\n\r\n");
  const std::string got = c.rest();
  CHECK(is_status(got, 413));
  CHECK(got.ends_with("413:request too large"));
  CHECK(f.live->stats().bad_requests == 2);
}

TEST_CASE("the client hears the 413 though it sends a great body first") {
  server_fixture f(server_config{.body_bytes_max = 2000});
  const auto got = client_of(f).post("/", std::string(4u << 20, 'x'));
  REQUIRE(got.ok());
  CHECK(got->status == 413);
}

TEST_CASE("a header over the limit is 431") {
  server_fixture f(server_config{.header_bytes_max = 1000});
  raw_client c(f.live->port());
  c.send("POST / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n");
  CHECK(is_status(c.rest(), 431));
}

TEST_CASE("what is not HTTP is 400") {
  server_fixture f;
  raw_client c(f.live->port());
  c.send("\x16\x03\x01 garbage\r\n\r\n");
  CHECK(is_status(c.rest(), 400));
}

TEST_CASE("a header that does not end in time is cut off") {
  server_fixture f(server_config{.header_timeout = 50ms});
  raw_client c(f.live->port());
  c.send("POST / HTTP/1.1\r\nHo");
  CHECK(c.rest().empty());
  f.live->stop();
  CHECK(f.live->stats().bad_requests == 1);
}

TEST_CASE("a body that does not end in time is cut off") {
  server_fixture f(server_config{.body_timeout = 50ms});
  raw_client c(f.live->port());
  c.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc");
  CHECK(c.rest().empty());
  f.live->stop();
  CHECK(f.live->stats().bad_requests == 1);
}

TEST_CASE("an idle connection is closed after the idle time") {
  server_fixture f(server_config{.idle_timeout = 500ms});
  raw_client c(f.live->port());
  c.send(post_text("x"));
  CHECK(c.receive().ends_with("echo:x"));
  CHECK(c.rest().empty());
}

TEST_CASE("connections over the total are refused until one closes") {
  server_fixture f(server_config{.connections_max = 2, .connections_per_address_max = 2});
  auto a = std::make_unique<raw_client>(f.live->port());
  raw_client b(f.live->port());
  a->send(post_text("a"));
  b.send(post_text("b"));
  CHECK(a->receive().ends_with("echo:a"));
  CHECK(b.receive().ends_with("echo:b"));
  raw_client c(f.live->port());
  const std::string got = c.rest();
  CHECK((got.empty() || is_status(got, 503)));
  CHECK(f.live->stats().refused_connections == 1);
  a.reset();
  // The server sees the close on its own time: try until there is room.
  for (int tries = 0;; ++tries) {
    REQUIRE(tries < 10'000);
    const auto again = client_of(f).post("/", "d");
    if (again.ok() && again->status == 200) break;
  }
}

TEST_CASE("connections of one address over its share are refused") {
  server_fixture f(server_config{.connections_max = 10, .connections_per_address_max = 1});
  raw_client a(f.live->port());
  a.send(post_text("a"));
  CHECK(a.receive().ends_with("echo:a"));
  raw_client b(f.live->port());
  const std::string got = b.rest();
  CHECK((got.empty() || is_status(got, 503)));
}

TEST_CASE("requests over the rate are 429, and say when to come back") {
  server_fixture f(server_config{.cost_per_second = 1, .cost_burst = 3});
  raw_client c(f.live->port());
  for (int i = 0; i < 3; ++i) {
    c.send(post_text("x"));
    CHECK(is_status(c.receive(), 200));
  }
  c.send(post_text("x"));
  const std::string got = c.receive();
  CHECK(is_status(got, 429));
  CHECK(has(got, "Retry-After: 1"));
  CHECK(f.live->stats().rate_limited == 1);
}

TEST_CASE("the service charges from the same bucket") {
  server_fixture f(server_config{.cost_per_second = 1, .cost_burst = 100});
  auto client = client_of(f);
  CHECK(client.post("/", "charge 90")->body == "yes");
  CHECK(client.post("/", "charge 90")->body == "no");
}

TEST_CASE("more waiting requests than the queue holds are 503") {
  server_fixture f({}, worker_config{.quick_threads = 1, .heavy_threads = 1, .queue_max = 1});
  // One task occupies the only thread, one waits: the next has no room.
  std::promise<void> started, go;
  auto gone = go.get_future().share();
  REQUIRE(f.pool->post(lane::quick, [&started, gone] {
    started.set_value();
    gone.wait();
  }));
  started.get_future().wait();
  REQUIRE(f.pool->post(lane::quick, [] {}));
  const auto got = client_of(f).post("/", "x");
  go.set_value();
  REQUIRE(got.ok());
  CHECK(got->status == 503);
  CHECK(f.live->stats().overloaded == 1);
}

TEST_CASE("a slow request holds up no other connection") {
  server_fixture f;
  raw_client slow(f.live->port());
  slow.send(post_text("hold"));
  f.service.wait_held(1);
  CHECK(client_of(f).post("/", "x")->body == "echo:x");
  f.service.release();
  CHECK(slow.receive().ends_with("released"));
}

TEST_CASE("a request that the service forgets is a 500") {
  server_fixture f;
  CHECK(client_of(f).post("/", "drop")->status == 500);
}

TEST_CASE("metrics and health have their paths, and others are 404") {
  server_fixture f;
  auto client = client_of(f);
  const auto metrics = client.get("/metrics");
  CHECK(metrics->body == "up 1\n");
  CHECK(metrics->content_type.starts_with("text/plain; version=0.0.4"));
  CHECK(client.get("/health")->status == 200);
  f.service.healthy = false;
  CHECK(client.get("/health")->status == 503);
  CHECK(client.get("/nothing")->status == 404);
  CHECK(client.post("/nothing", "x")->status == 404);
  server_fixture closed(server_config{.serve_metrics = false});
  CHECK(client_of(closed).get("/metrics")->status == 404);
}

TEST_CASE("other methods are 405, other content types 415") {
  server_fixture f;
  raw_client c(f.live->port());
  c.send("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n");
  const std::string got = c.receive();
  CHECK(is_status(got, 405));
  CHECK(has(got, "Allow: GET, HEAD, OPTIONS, POST"));
  auto client = client_of(f);
  CHECK(client.post("/", "x", "text/plain")->status == 415);
  CHECK(client.post("/", "x", "application/json; charset=utf-8")->status == 200);
}

TEST_CASE("HEAD has the length and no body") {
  server_fixture f;
  raw_client c(f.live->port());
  c.send("HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string got = c.rest();
  CHECK(has(got, "Content-Length: 5"));
  CHECK(got.ends_with("\r\n\r\n"));
}

TEST_CASE("Expect: 100-continue is answered before the body") {
  server_fixture f;
  raw_client c(f.live->port());
  c.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(c.receive() == "HTTP/1.1 100 Continue\r\n\r\n");
  c.send("hi");
  CHECK(c.receive().ends_with("echo:hi"));
}

TEST_CASE("browsers of allowed origins may read the answer, others may not") {
  server_fixture f(server_config{.origins_allowed = {"https://a.example"}});
  raw_client c(f.live->port());
  c.send(post_text("x", "Origin: https://a.example\r\n"));
  CHECK(has(c.receive(), "Access-Control-Allow-Origin: https://a.example\r\n"));
  c.send(post_text("x", "Origin: https://b.example\r\n"));
  CHECK_FALSE(has(c.receive(), "Access-Control-Allow-Origin"));
  c.send(
      "OPTIONS / HTTP/1.1\r\nHost: x\r\nOrigin: https://a.example\r\n"
      "Access-Control-Request-Method: POST\r\n\r\n");
  const std::string preflight = c.receive();
  CHECK(is_status(preflight, 204));
  CHECK(has(preflight, "Access-Control-Allow-Origin: https://a.example\r\n"));
  CHECK(has(preflight, "Access-Control-Allow-Headers: Content-Type\r\n"));
}

TEST_CASE("the static folder is served and nothing outside it") {
  namespace fs = std::filesystem;
  const fs::path folder =
      fs::temp_directory_path() / ("ashlar_static_" + std::to_string(::getpid()));
  fs::create_directories(folder / "js");
  std::ofstream(folder / "index.html") << "<h1>";
  std::ofstream(folder / "js" / "app.js") << "let a";
  std::ofstream(folder / ".secret") << "no";
  {
    server_fixture f(server_config{.static_folder = folder.string()});
    auto client = client_of(f);
    const auto index = client.get("/");
    CHECK(index->body == "<h1>");
    CHECK(index->content_type == "text/html; charset=utf-8");
    CHECK(client.get("/js/app.js?v=1")->body == "let a");
    for (const char* path : {"/.secret", "/js/../.secret", "/../../etc/passwd", "//etc/passwd",
                             "/%2e%2e/etc/passwd", "/js", "/js/"})
      CHECK(client.get(path)->status == 404);
  }
  const auto few = static_files::load(folder.string(), 1, 1 << 20);
  REQUIRE_FALSE(few.ok());
  CHECK(has(few.error().detail, "static_files_max"));
  const auto small = static_files::load(folder.string(), 10, 3);
  REQUIRE_FALSE(small.ok());
  CHECK(has(small.error().detail, "static_bytes_max"));
  fs::remove_all(folder);
  CHECK_FALSE(static_files::load(folder.string(), 10, 10).ok());
}

TEST_CASE("stop lets the request under way be answered and closes the idle ones") {
  server_fixture f;
  raw_client busy(f.live->port()), idle(f.live->port());
  idle.send(post_text("x"));
  CHECK(idle.receive().ends_with("echo:x"));
  busy.send(post_text("hold"));
  f.service.wait_held(1);
  std::thread stopping([&] { f.live->stop(); });
  CHECK(idle.rest().empty());
  f.service.release();
  const std::string got = busy.rest();
  CHECK(got.ends_with("released"));
  CHECK(has(got, "Connection: close"));
  stopping.join();
  CHECK(f.live->stats().open_connections == 0);
}

TEST_CASE("stop waits no longer than drain_timeout, and a late answer goes nowhere") {
  server_fixture f(server_config{.drain_timeout = 20ms});
  raw_client c(f.live->port());
  c.send(post_text("hold"));
  f.service.wait_held(1);
  f.live->stop();
  CHECK(c.rest().empty());
  f.service.release();
}

TEST_CASE("a client that leaves in the middle harms nothing") {
  server_fixture f;
  for (int i = 0; i < 20; ++i) {
    raw_client c(f.live->port());
    c.send(post_text("hold"));
  }
  f.service.wait_held(20);
  f.service.release();
  CHECK(client_of(f).post("/", "x")->body == "echo:x");
}

TEST_CASE("a port in use and a bad address are errors that say so") {
  server_fixture f;
  server_config taken;
  taken.port = f.live->port();
  const auto again = server::start(taken, *f.pool, f.service);
  REQUIRE_FALSE(again.ok());
  CHECK(again.error().code == http_errc::bind_failed);
  server_config name;
  name.bind_address = "localhost";
  const auto named = server::start(name, *f.pool, f.service);
  REQUIRE_FALSE(named.ok());
  CHECK(named.error().code == http_errc::bind_failed);
}

TEST_CASE("server limits out of range are refused by name") {
  CHECK(server_config{}.validate().ok());
  const auto bad = [](const char* name, auto set) {
    server_config c;
    set(c);
    const auto got = c.validate();
    return !got.ok() && has(got.error().detail, name);
  };
  CHECK(bad("bind_address", [](auto& c) { c.bind_address.clear(); }));
  CHECK(bad("io_threads", [](auto& c) { c.io_threads = 0; }));
  CHECK(bad("body_bytes_max", [](auto& c) { c.body_bytes_max = 1; }));
  CHECK(bad("header_bytes_max", [](auto& c) { c.header_bytes_max = 1; }));
  CHECK(bad("header_timeout", [](auto& c) { c.header_timeout = 0ms; }));
  CHECK(bad("body_timeout", [](auto& c) { c.body_timeout = 0ms; }));
  CHECK(bad("idle_timeout", [](auto& c) { c.idle_timeout = 0ms; }));
  CHECK(bad("write_timeout", [](auto& c) { c.write_timeout = 0ms; }));
  CHECK(bad("drain_timeout", [](auto& c) { c.drain_timeout = 0ms; }));
  CHECK(bad("connections_max", [](auto& c) { c.connections_max = 0; }));
  CHECK(bad("connections_per_address_max", [](auto& c) { c.connections_per_address_max = 0; }));
  CHECK(bad("cost_per_second", [](auto& c) { c.cost_per_second = 0; }));
  CHECK(bad("cost_burst", [](auto& c) { c.cost_burst = 0; }));
  CHECK(bad("rate_addresses_max", [](auto& c) { c.rate_addresses_max = 0; }));
  CHECK(bad("ws_buffer_bytes_max", [](auto& c) { c.ws_buffer_bytes_max = 0; }));
  CHECK(bad("ws_in_flight_max", [](auto& c) { c.ws_in_flight_max = 0; }));
  CHECK(bad("ws_idle_timeout", [](auto& c) { c.ws_idle_timeout = 0ms; }));
  CHECK(bad("static_files_max", [](auto& c) { c.static_files_max = 0; }));
  CHECK(bad("static_bytes_max", [](auto& c) { c.static_bytes_max = 0; }));
  CHECK_FALSE(worker_config{.quick_threads = 0}.validate().ok());
  CHECK_FALSE(worker_config{.heavy_threads = 0}.validate().ok());
  CHECK_FALSE(worker_config{.asking_threads = 0}.validate().ok());
  CHECK_FALSE(worker_config{.queue_max = 0}.validate().ok());
}
