#include "net/http/endpoint.hpp"

#include <catch2/catch.hpp>

using namespace ashlar::http;

TEST_CASE("a URL is split into host, port and path") {
  struct example {
    const char* url;
    http_endpoint expected;
  };
  const example all[] = {
      {"http://localhost", {"localhost", 80, "/"}},
      {"http://127.0.0.1:8545", {"127.0.0.1", 8545, "/"}},
      {"http://127.0.0.1:8545/", {"127.0.0.1", 8545, "/"}},
      {"http://node.example:1/v1/key?x=y", {"node.example", 1, "/v1/key?x=y"}},
      {"http://node.example?x=y", {"node.example", 80, "/?x=y"}},
      {"http://[::1]:65535/a", {"::1", 65535, "/a"}},
      {"http://[::1]", {"::1", 80, "/"}},
  };
  for (const auto& e : all) {
    CAPTURE(e.url);
    const auto got = parse_endpoint(e.url);
    REQUIRE(got.ok());
    CHECK(*got == e.expected);
  }
}

TEST_CASE("a URL that is not plain http is refused with a reason") {
  const char* all[] = {"",
                       "localhost:8545",
                       "https://localhost",
                       "ws://localhost",
                       "http://",
                       "http:///path",
                       "http://:80",
                       "http://host:0",
                       "http://host:65536",
                       "http://host:8o",
                       "http://host:",
                       "http://user:secret@host/",
                       "http://host/#part",
                       "http://host/a b",
                       "http://host/a\r\nX: y",
                       "http://[::1",
                       "http://[::1]80"};
  for (const char* url : all) {
    CAPTURE(url);
    const auto got = parse_endpoint(url);
    REQUIRE_FALSE(got.ok());
    CHECK(got.error().code == http_errc::bad_url);
    CHECK_FALSE(got.error().detail.empty());
  }
}

TEST_CASE("the Host header brackets IPv6") {
  CHECK(parse_endpoint("http://[::1]:81")->authority() == "[::1]:81");
  CHECK(parse_endpoint("http://h:81")->authority() == "h:81");
}
