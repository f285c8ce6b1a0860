#include "net/http/client.hpp"

#include <chrono>
#include <future>

#include <catch2/catch.hpp>

#include "test/unit/http/scripted_server.hpp"

using namespace ashlar;
using namespace ashlar::http;
using namespace ashlar::http::test;
using namespace std::chrono_literals;

namespace {

std::string ok(const std::string& body, const std::string& header = "") {
  return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + header +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

http_client client_of(const scripted_server& server, client_options options = {}) {
  return http_client({"127.0.0.1", server.port(), "/base"}, options);
}

}  // namespace

TEST_CASE("a POST carries path, host, type and body, and its answer comes back") {
  std::string seen;
  scripted_server server(1, [&](int, peer& s) {
    seen = read_request(s, 5);
    write_text(s, ok("[1]"));
  });
  auto client = client_of(server);
  const auto got = client.post("/rpc", "hello");
  REQUIRE(got.ok());
  CHECK(got->status == 200);
  CHECK(got->content_type == "application/json");
  CHECK(got->body == "[1]");
  CHECK(seen.starts_with("POST /rpc HTTP/1.1\r\n"));
  CHECK(seen.find("Host: 127.0.0.1:" + std::to_string(server.port())) != std::string::npos);
  CHECK(seen.find("Content-Type: application/json") != std::string::npos);
  CHECK(seen.ends_with("\r\n\r\nhello"));
}

TEST_CASE("an empty path means the endpoint's own") {
  std::string seen;
  scripted_server server(1, [&](int, peer& s) {
    seen = read_request(s);
    write_text(s, ok(""));
  });
  REQUIRE(client_of(server).get("").ok());
  CHECK(seen.starts_with("GET /base HTTP/1.1\r\n"));
}

TEST_CASE("requests share one connection") {
  scripted_server server(1, [&](int, peer& s) {
    for (int i = 0; i < 3; ++i) {
      read_request(s, 1);
      write_text(s, ok(std::to_string(i)));
    }
  });
  auto client = client_of(server);
  for (int i = 0; i < 3; ++i) CHECK(client.post("", "x")->body == std::to_string(i));
  CHECK(client.connected());
}

TEST_CASE("a status other than 200 is an answer") {
  scripted_server server(1, [&](int, peer& s) {
    read_request(s);
    write_text(s, "HTTP/1.1 503 No\r\nContent-Length: 4\r\n\r\nbusy");
  });
  const auto got = client_of(server).get("/");
  REQUIRE(got.ok());
  CHECK(got->status == 503);
  CHECK(got->body == "busy");
}

TEST_CASE("a kept connection that the peer closed is made again") {
  scripted_server server(2, [&](int n, peer& s) {
    read_request(s, 1);
    write_text(s, ok(std::to_string(n)));
  });
  auto client = client_of(server);
  CHECK(client.post("", "x")->body == "0");
  CHECK(client.post("", "x")->body == "1");
}

TEST_CASE("Connection: close is obeyed") {
  scripted_server server(2, [&](int n, peer& s) {
    read_request(s, 1);
    write_text(s, ok(std::to_string(n), "Connection: close\r\n"));
  });
  auto client = client_of(server);
  CHECK(client.post("", "x")->body == "0");
  CHECK_FALSE(client.connected());
  CHECK(client.post("", "x")->body == "1");
}

TEST_CASE("an answer cut short is closed, and is not asked for twice") {
  int connections = 0;
  scripted_server server(1, [&](int, peer& s) {
    ++connections;
    read_request(s, 1);
    write_text(s, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
  });
  const auto got = client_of(server).post("", "x");
  REQUIRE_FALSE(got.ok());
  CHECK(got.error().code == http_errc::closed);
  CHECK(connections == 1);
}

TEST_CASE("silence is a timeout within the limit") {
  std::promise<void> done;
  scripted_server server(1, [&](int, peer& s) {
    read_request(s, 1);
    done.get_future().wait();
  });
  auto client = client_of(server, {.request_timeout = 50ms});
  const auto got = client.post("", "x");
  done.set_value();
  REQUIRE_FALSE(got.ok());
  CHECK(got.error().code == http_errc::timeout);
  CHECK_FALSE(client.connected());
}

TEST_CASE("an answer over the limit is refused, by its length or as it comes") {
  const client_options small{.response_bytes_max = 1024};
  for (const bool chunked : {false, true}) {
    CAPTURE(chunked);
    scripted_server server(1, [&](int, peer& s) {
      read_request(s, 1);
      const std::string body(2000, 'x');
      write_text(s, chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                                  body + "\r\n0\r\n\r\n"
                            : ok(body));
    });
    const auto got = client_of(server, small).post("", "x");
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == http_errc::response_too_large);
  }
}

TEST_CASE("an endless header is refused") {
  scripted_server server(1, [&](int, peer& s) {
    read_request(s, 1);
    write_text(s, "HTTP/1.1 200 OK\r\nX: " + std::string(40000, 'x'));
    read_all(s);
  });
  const auto got = client_of(server).post("", "x");
  REQUIRE_FALSE(got.ok());
  CHECK(got.error().code == http_errc::response_too_large);
}

TEST_CASE("what is not HTTP is a bad response") {
  scripted_server server(1, [&](int, peer& s) {
    read_request(s, 1);
    write_text(s, "SSH-2.0-OpenSSH_9.2\r\n\r\n");
  });
  const auto got = client_of(server).post("", "x");
  REQUIRE_FALSE(got.ok());
  CHECK(got.error().code == http_errc::bad_response);
}

TEST_CASE("nobody listening is a failed connect that names the endpoint") {
  u16 port = 0;
  {
    scripted_server server(0, [](int, peer&) {});
    port = server.port();
  }
  http_client client({"127.0.0.1", port, "/"});
  const auto got = client.get("/");
  REQUIRE_FALSE(got.ok());
  CHECK(got.error().code == http_errc::connect_failed);
  CHECK(got.error().message().find("127.0.0.1:" + std::to_string(port)) != std::string::npos);
}

TEST_CASE("client limits out of range are refused") {
  CHECK(client_options{}.validate().ok());
  CHECK_FALSE(client_options{.connect_timeout = 0ms}.validate().ok());
  CHECK_FALSE(client_options{.request_timeout = 11min}.validate().ok());
  CHECK_FALSE(client_options{.response_bytes_max = 1}.validate().ok());
  CHECK_FALSE(client_options{.header_bytes_max = 1}.validate().ok());
}
