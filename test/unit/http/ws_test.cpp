#include <memory>
#include <set>
#include <thread>

#include <catch2/catch.hpp>

#include "test/unit/http/echo_service.hpp"
#include "test/unit/http/ws_client.hpp"

using namespace ashlar;
using namespace ashlar::http;
using namespace ashlar::http::test;
using namespace std::chrono_literals;
namespace websocket = boost::beast::websocket;

TEST_CASE("messages are answered on the same port as HTTP") {
  server_fixture f;
  ws_client c(f.live->port());
  REQUIRE(c.open());
  for (const char* text : {"a", "bb", ""}) {
    c.send(text);
    CHECK(c.receive() == std::string("echo:") + text);
  }
  CHECK(f.live->stats().open_websockets == 1);
  c.close();
  f.service.wait_closed(1);
  CHECK(ws_client(f.live->port(), "", "/ws").open());
}

TEST_CASE("another path and a foreign origin are refused at the handshake") {
  server_fixture f(server_config{.origins_allowed = {"https://a.example"}});
  CHECK(ws_client(f.live->port(), "", "/other").status() == 404);
  CHECK(ws_client(f.live->port(), "https://b.example").status() == 403);
  CHECK(ws_client(f.live->port(), "https://a.example").open());
}

TEST_CASE("a message over the body limit closes the connection") {
  server_fixture f(server_config{.body_bytes_max = 2000});
  ws_client c(f.live->port());
  c.send(std::string(2000, 'x'));
  CHECK(c.receive().size() == 2005);
  c.send(std::string(2001, 'x'));
  CHECK(c.receive().empty());
  f.service.wait_closed(1);
}

TEST_CASE("messages over the rate are answered with the error, and the connection lives") {
  server_fixture f(server_config{.cost_per_second = 1, .cost_burst = 2});
  ws_client c(f.live->port());
  c.send("1");
  CHECK(c.receive() == "echo:1");
  c.send("2");
  CHECK(c.receive() == "echo:2");
  c.send("3");
  CHECK(c.receive() == "429:rate limit exceeded");
  c.send("4");
  CHECK(c.receive() == "429:rate limit exceeded");
}

TEST_CASE("a slow request holds up no later one, but only ws_in_flight_max run at once") {
  server_fixture f(server_config{.ws_in_flight_max = 2});
  ws_client c(f.live->port());
  c.send("hold");
  f.service.wait_held(1);
  c.send("x");
  CHECK(c.receive() == "echo:x");
  c.send("hold");
  f.service.wait_held(2);
  c.send("y");
  // Nothing is read while two are held; once they are let go, all three answers come.
  f.service.release();
  std::multiset<std::string> got{c.receive(), c.receive(), c.receive()};
  CHECK(got == std::multiset<std::string>{"released", "released", "echo:y"});
}

TEST_CASE("the service can push") {
  server_fixture f;
  ws_client c(f.live->port());
  c.send("push 3");
  std::multiset<std::string> got{c.receive(), c.receive()};
  CHECK(got == std::multiset<std::string>{"ppp", "sent"});
}

TEST_CASE("a client that does not read is closed at the buffer limit, others go on") {
  server_fixture f(server_config{.ws_buffer_bytes_max = 1u << 20});
  ws_client slow(f.live->port());
  slow.send("x");
  CHECK(slow.receive() == "echo:x");
  const auto channel = f.service.channel();
  // More than any socket buffer takes: the rest stays with the server.
  std::size_t sent = 0;
  while (channel->send(std::string(256u << 10, 'p'))) REQUIRE(++sent < 10'000);
  CHECK_FALSE(channel->open());
  f.service.wait_closed(1);
  CHECK(f.live->stats().slow_consumers == 1);
  CHECK_FALSE(channel->send("late"));
  ws_client other(f.live->port());
  other.send("y");
  CHECK(other.receive() == "echo:y");
}

TEST_CASE("a connection that is cut is told to the service, and its channel is closed") {
  server_fixture f;
  ws_client c(f.live->port());
  c.send("x");
  CHECK(c.receive() == "echo:x");
  const auto channel = f.service.channel();
  c.cut();
  f.service.wait_closed(1);
  CHECK_FALSE(channel->open());
}

TEST_CASE("stop says goodbye, and a channel outlives the server") {
  auto f = std::make_unique<server_fixture>();
  ws_client c(f->live->port());
  c.send("x");
  CHECK(c.receive() == "echo:x");
  const auto channel = f->service.channel();
  std::thread stopping([&] { f->live->stop(); });
  CHECK(c.receive().empty());
  CHECK(c.reason() == websocket::close_code::going_away);
  stopping.join();
  f.reset();
  CHECK_FALSE(channel->send("late"));
  channel->close();
}

TEST_CASE("stop in the middle of handshakes says goodbye or cuts, and writes nothing over them") {
  // The answer to a handshake can be with the client before the server knows that it was sent.
  for (int round = 0; round < 40; ++round) {
    server_fixture f;
    std::vector<std::unique_ptr<ws_client>> clients;
    for (int i = 0; i < 4; ++i) clients.push_back(std::make_unique<ws_client>(f.live->port()));
    std::thread stopping([&] { f.live->stop(); });
    for (const auto& c : clients) CHECK(c->receive().empty());
    stopping.join();
  }
}

TEST_CASE("a client without a pulse is dropped after the idle time") {
  server_fixture f(server_config{.ws_idle_timeout = 300ms});
  // A WebSocket handshake by hand, and then silence: no pong comes back.
  raw_client c(f.live->port());
  c.send(
      "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  const std::string got = c.receive();
  CHECK(got.starts_with("HTTP/1.1 101"));
  CHECK(got.find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
  c.rest();
  f.service.wait_closed(1);
}

TEST_CASE("messages of one address hold no more bytes than allowed, the rest is refused") {
  server_config config;
  config.body_bytes_max = 1024;
  config.held_bytes_per_address_max = 20 * (4096 + 1000);
  config.held_bytes_max = 2 * config.held_bytes_per_address_max;
  server_fixture f(config);
  ws_client a(f.live->port()), b(f.live->port());
  const std::string kept = "hold" + std::string(996, 'x');
  for (int i = 0; i < 10; ++i) {
    a.send(kept);
    b.send(kept);
  }
  f.service.wait_held(20);
  for (int i = 0; i < 3; ++i) {
    a.send(kept);
    CHECK(a.receive() == "503:limit exceeded: requests and answers hold too many bytes");
  }
  CHECK(f.live->stats().held_bytes == config.held_bytes_per_address_max);
  CHECK(f.live->stats().overloaded == 3);
  f.service.release();
  for (int i = 0; i < 10; ++i) CHECK(a.receive() == "released");
  a.send("x");
  CHECK(a.receive() == "echo:x");
}

TEST_CASE("what is pushed to the sockets of one address has a limit") {
  server_config config;
  config.body_bytes_max = 1024;
  config.held_bytes_per_address_max = 1u << 20;
  config.held_bytes_max = 2u << 20;
  server_fixture f(config);
  ws_client c(f.live->port());
  c.send("push 262145");  // a quarter of what requests may hold
  CHECK(c.receive().empty());
  CHECK(f.live->stats().slow_consumers == 1);
}
