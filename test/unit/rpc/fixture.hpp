#pragma once

#include <concepts>
#include <memory>
#include <string>

#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "net/rpc/error.hpp"
#include "net/rpc/processor.hpp"
#include "test/unit/rpc/memory_backend.hpp"

namespace ashlar::rpc::test {

namespace json = boost::json;

/// A processor over the memory chain, everything on the test's thread.
struct fixture {
  explicit fixture(rpc_config config = {}) : rpc(config, chain, time, random, nullptr) {}

  std::string raw(const std::string& body, const context& from = {}) {
    return handle(rpc, body, from);
  }
  /// The whole answer to one request with id 1.
  json::value ask(const std::string& method, const std::string& params = "[]",
                  const context& from = {}) {
    return json::parse(raw(
        R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "}", from));
  }
  json::value result(const std::string& method, const std::string& params = "[]",
                     const context& from = {}) {
    const json::value got = ask(method, params, from);
    INFO(method << params << " -> " << json::serialize(got));
    REQUIRE(got.as_object().contains("result"));
    return got.at("result");
  }
  json::value error(const std::string& method, const std::string& params = "[]",
                    const context& from = {}) {
    const json::value got = ask(method, params, from);
    INFO(method << params << " -> " << json::serialize(got));
    REQUIRE(got.as_object().contains("error"));
    return got.at("error");
  }

  memory_backend chain;
  manual_clock time;
  counting_random random;
  processor rpc;
};

inline std::string text(const json::value& v) {
  return std::string(v.as_string().data(), v.as_string().size());
}

/// Text that compares with a JSON value.
struct json_text : std::string {
  using std::string::string;
};
template <std::same_as<json::value> Value>
bool operator==(const Value& v, const json_text& t) {
  return v.is_string() && text(v) == static_cast<const std::string&>(t);
}

template <std::size_t N>
json_text hex(const fixed_bytes<N>& b) {
  json_text out("0x");
  static constexpr char digits[] = "0123456789abcdef";
  for (const u8 x : b) {
    out += digits[x >> 4];
    out += digits[x & 15];
  }
  return out;
}
inline std::string quoted(const std::string& s) {
  return "\"" + s + "\"";
}

}  // namespace ashlar::rpc::test
