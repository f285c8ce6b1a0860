#include <chrono>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "test/unit/http/echo_service.hpp"
#include "test/unit/http/ws_client.hpp"

using namespace ashlar;
using namespace ashlar::http;
using namespace ashlar::http::test;
using namespace std::chrono_literals;

namespace {

/// Of one address 20 requests of 1,000 bytes, beside what each holds itself; of all twice that.
server_config few_bytes() {
  server_config c;
  c.body_bytes_max = 1024;
  c.held_bytes_per_address_max = 20 * (4096 + 1000);
  c.held_bytes_max = 2 * c.held_bytes_per_address_max;
  return c;
}

std::string held_text() {
  return "hold" + std::string(996, 'x');
}

using clients = std::vector<std::unique_ptr<raw_client>>;

/// `n` more requests of `from`, kept by the service.
void hold(server_fixture& f, clients& all, const char* from, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    all.push_back(std::make_unique<raw_client>(f.live->port(), from));
    all.back()->send(post_text(held_text()));
  }
  f.service.wait_held(all.size());
}

/// The answer to one more, of the size of those held.
std::string one_more(server_fixture& f, const char* from) {
  raw_client c(f.live->port(), from);
  c.send(post_text(held_text()));
  return c.rest();
}

}  // namespace

TEST_CASE("what requests of one address hold has a limit, and others are served beside it") {
  server_fixture f(few_bytes());
  std::vector<std::unique_ptr<raw_client>> clients;
  for (int i = 0; i < 20; ++i) {
    clients.push_back(std::make_unique<raw_client>(f.live->port()));
    clients.back()->send(post_text(held_text()));
  }
  f.service.wait_held(20);
  CHECK(f.live->stats().held_bytes == few_bytes().held_bytes_per_address_max);
  // Refused when its header is read: the body does not even come.
  raw_client more(f.live->port());
  more.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
  const std::string got = more.rest();
  CHECK(is_status(got, 503));
  CHECK(has(got, "limit exceeded"));
  raw_client chunked(f.live->port());
  chunked.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(is_status(chunked.rest(), 503));
  CHECK(f.live->stats().overloaded == 2);
  raw_client other(f.live->port(), "127.0.0.2");
  other.send(post_text("x"));
  CHECK(other.receive().ends_with("echo:x"));
  f.service.release();
  for (auto& c : clients) CHECK(c->receive().ends_with("released"));
  raw_client after(f.live->port());
  after.send(post_text("y"));
  CHECK(after.receive().ends_with("echo:y"));
}

TEST_CASE("an address holds at most what it leaves to others") {
  server_fixture f(few_bytes());
  clients all;
  hold(f, all, "127.0.0.1", 20);
  hold(f, all, "127.0.0.2", 10);
  CHECK(is_status(one_more(f, "127.0.0.2"), 503));
  hold(f, all, "127.0.0.3", 5);
  CHECK(is_status(one_more(f, "127.0.0.3"), 503));
  CHECK(is_status(one_more(f, "127.0.0.1"), 503));
  hold(f, all, "127.0.0.4", 2);
  f.service.release();
  for (auto& c : all) CHECK(c->receive().ends_with("released"));
  CHECK(f.live->stats().overloaded == 3);
}

TEST_CASE("what headers announce shuts nobody out") {
  // Four addresses announce all that may be held, exactly, and send none of it.
  server_config config;
  config.body_bytes_max = 16u << 10;
  config.held_bytes_per_address_max = 64 * (4096 + (16u << 10));
  config.held_bytes_max = 4 * config.held_bytes_per_address_max;
  config.body_timeout = 60s;
  server_fixture f(config);
  ws_client subscriber(f.live->port());
  subscriber.send("x");
  REQUIRE(subscriber.receive() == "echo:x");
  clients all;
  for (const char* from : {"127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5"})
    for (int i = 0; i < 64; ++i) {
      all.push_back(std::make_unique<raw_client>(f.live->port(), from));
      const char* announced = i % 2 ? "Content-Length: 16384" : "Transfer-Encoding: chunked";
      all.back()->send(std::string("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n") +
                       announced + "\r\n\r\n");
      CHECK(is_status(all.back()->receive(), 100));
    }
  CHECK(f.live->stats().held_bytes == 4 * 64 * 4096);
  raw_client fifth(f.live->port(), "127.0.0.6");
  fifth.send("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(is_status(fifth.receive(), 200));
  fifth.send(post_text(std::string(16u << 10, 'y')));
  CHECK(fifth.receive().ends_with("yyy"));
  CHECK(f.service.channel()->send("head"));
  CHECK(subscriber.receive() == "head");
  CHECK(f.live->stats().overloaded == 0);
}

TEST_CASE("what is asked without a body and what is pushed has its place beside what is held") {
  server_fixture f(few_bytes());
  ws_client subscriber(f.live->port());
  subscriber.send("x");
  REQUIRE(subscriber.receive() == "echo:x");
  clients all;
  hold(f, all, "127.0.0.1", 20);
  CHECK(is_status(one_more(f, "127.0.0.1"), 503));
  raw_client c(f.live->port());
  for (const char* path : {"/health", "/metrics"}) {
    c.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(is_status(c.receive(), 200));
  }
  CHECK(f.service.channel()->send(std::string(5000, 'h')));
  CHECK(subscriber.receive() == std::string(5000, 'h'));
  f.service.release();
}

TEST_CASE("a body for which there is no more room is refused while it comes") {
  server_config config = few_bytes();
  config.body_bytes_max = 1500;
  server_fixture f(config);
  clients all;
  hold(f, all, "127.0.0.1", 19);
  raw_client c(f.live->port());
  c.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1500\r\n\r\n");
  REQUIRE(is_status(c.receive(), 100));
  c.send(std::string(1001, 'x'));
  const std::string got = c.rest();
  CHECK(is_status(got, 503));
  CHECK(has(got, "limit exceeded"));
  f.service.release();
}

TEST_CASE("a message that does not end in time closes its WebSocket, others go on") {
  server_fixture f(server_config{.body_timeout = 500ms});
  ws_client slow(f.live->port()), other(f.live->port());
  // For longer than a message may take: a deadline goes with its message.
  const auto end = std::chrono::steady_clock::now() + 1s;
  while (std::chrono::steady_clock::now() < end) {
    slow.send_part("be");
    slow.send("gin");
    REQUIRE(slow.receive() == "echo:begin");
  }
  slow.send_part("begin");
  CHECK(slow.receive().empty());
  f.service.wait_closed(1);
  CHECK(f.live->stats().bad_requests == 1);
  other.send("x");
  CHECK(other.receive() == "echo:x");
}
