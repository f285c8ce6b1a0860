#include <random>

#include "net/rpc/json_out.hpp"
#include "test/unit/rpc/fixture.hpp"

using namespace ashlar;
using namespace ashlar::rpc;
using namespace ashlar::rpc::test;

namespace {

constexpr u32 seed = 20261122;

/// JSON that looks more and less like parameters.
class random_json {
 public:
  explicit random_json(std::mt19937& random) : random_(random) {}
  std::size_t below(std::size_t n) { return random_() % n; }

  std::string value(int depth) {
    static const std::vector<std::string> leaves{"null",
                                                 "true",
                                                 "0",
                                                 "-1",
                                                 "1e400",
                                                 "18446744073709551616",
                                                 "\"\"",
                                                 "\"0x\"",
                                                 "\"0x0\"",
                                                 "\"0x1\"",
                                                 "\"0x01\"",
                                                 "\"latest\"",
                                                 "\"pending\"",
                                                 "\"newHeads\"",
                                                 "\"logs\"",
                                                 "\"0xffffffffffffffff\"",
                                                 "\"0x10000000000000000\"",
                                                 "\"\\u0000\"",
                                                 "1.5",
                                                 quoted(hex(addr(0x11))),
                                                 quoted(hex(word(1))),
                                                 quoted("0x" + std::string(200, 'f')),
                                                 "\"0xzz\""};
    static const std::vector<std::string> keys{
        "from",        "to",        "gas",           "data",    "input",       "value",
        "fromBlock",   "toBlock",   "blockHash",     "address", "topics",      "accessList",
        "storageKeys", "stateDiff", "state",         "balance", "blockNumber", "authorizationList",
        "nonce",       "gasPrice",  hex(addr(0x11)), "number"};
    const std::size_t kind = depth > 4 ? 0 : below(4);
    if (kind < 2) return leaves[below(leaves.size())];
    std::string out(1, kind == 2 ? '[' : '{');
    const std::size_t n = below(5);
    for (std::size_t i = 0; i < n; ++i) {
      if (i) out += ',';
      if (kind == 3) out += quoted(keys[below(keys.size())]) + ":";
      out += value(depth + 1);
    }
    return out + (kind == 2 ? ']' : '}');
  }

 private:
  std::mt19937& random_;
};

/// Every answer is JSON: an object with result or error, or an array of such.
void check_answer(const std::string& answer) {
  if (answer.empty()) return;
  boost::system::error_code broken;
  const json::value got = json::parse(answer, broken);
  REQUIRE_FALSE(broken);
  const auto one = [](const json::value& v) {
    REQUIRE(v.is_object());
    REQUIRE(v.as_object().contains("result") != v.as_object().contains("error"));
    REQUIRE(v.at("jsonrpc") == "2.0");
    REQUIRE(v.as_object().contains("id"));
  };
  if (got.is_array())
    for (const json::value& v : got.as_array()) one(v);
  else
    one(got);
}

}  // namespace

TEST_CASE("every method answers well-formed JSON to random parameters") {
  fixture f;
  std::mt19937 random(seed);
  random_json make(random);
  for (const std::string& method : f.rpc.method_names()) {
    CAPTURE(method, seed);
    for (int i = 0; i < 150; ++i) {
      std::string params = "[";
      const std::size_t n = make.below(5);
      for (std::size_t k = 0; k < n; ++k) params += (k ? "," : "") + make.value(0);
      const std::string body =
          R"({"jsonrpc":"2.0","id":1,"method":")" + method + R"(","params":)" + params + "]}";
      CAPTURE(body);
      check_answer(f.raw(body));
    }
  }
}

TEST_CASE("bytes turned at random never break the processor") {
  fixture f;
  std::mt19937 random(seed);
  const std::string base =
      R"([{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{"to":"0x11","data":"0x01"},"latest"]},)"
      R"({"jsonrpc":"2.0","id":"x","method":"eth_sendRawTransaction","params":["0x02aabb"]}])";
  for (int i = 0; i < 20'000; ++i) {
    std::string body = base;
    for (std::size_t n = 1 + random() % 4; n > 0; --n) {
      const std::size_t at = random() % body.size();
      switch (random() % 3) {
        case 0:
          body[at] = static_cast<char>(random());
          break;
        case 1:
          body.erase(at, 1 + random() % 5);
          break;
        default:
          body.insert(at, body.substr(random() % body.size(), random() % 9));
      }
      if (body.empty()) body = " ";
    }
    CAPTURE(body, seed, i);
    check_answer(f.raw(body));
  }
}

TEST_CASE("text is escaped so that it reads back, and bad UTF-8 does not get through") {
  const auto back = [](const std::string& in) {
    std::string out;
    append_text(out, in);
    return text(json::parse(out));
  };
  for (const std::string& s :
       {std::string("plain"), std::string("a\"b\\c/\n\t\x01\x1f\x7f"), std::string(1, '\0'),
        std::string("\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80")})
    CHECK(back(s) == s);
  CHECK(back("\xff") == "\xef\xbf\xbd");
  CHECK(back("\xc0\x80") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(back("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(back("a\xe2\x82") == "a\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("quantities have no leading zeros, data has every digit") {
  const auto quantity = [](const u256& v) {
    std::string out;
    append_quantity(out, v);
    return out;
  };
  CHECK(quantity(0) == "\"0x0\"");
  CHECK(quantity(255) == "\"0xff\"");
  CHECK(quantity(~0ull) == "\"0xffffffffffffffff\"");
  CHECK(quantity(u256(1) << 64) == "\"0x10000000000000000\"");
  CHECK(quantity(u256::max()) == "\"0x" + std::string(64, 'f') + "\"");
  std::string out;
  append_data(out, bytes{0x00, 0x0f, 0xf0});
  CHECK(out == "\"0x000ff0\"");
  out.clear();
  append_data(out, bytes{});
  CHECK(out == "\"0x\"");
}
