#include "net/http/session.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;
using namespace ashlar::http;

TEST_CASE("no address has the key of the process itself") {
  const auto key = [](const char* text) { return key_of(boost::asio::ip::make_address(text)); };
  for (const char* text : {"::1", "::", "::2:3:4:5", "0.0.0.0", "::ffff:0.0.0.0", "127.0.0.1"})
    CHECK(key(text) != address_key{});
  CHECK(key("::1") == key("::2:3:4:5"));
  CHECK(key("::1") != key("0:0:0:1::1"));
  CHECK(key("::1") != key("0.0.0.0"));
  CHECK(key("::ffff:127.0.0.1") == key("127.0.0.1"));
}
