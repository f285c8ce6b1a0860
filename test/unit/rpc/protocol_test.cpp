#include "test/unit/rpc/fixture.hpp"

using namespace ashlar;
using namespace ashlar::rpc;
using namespace ashlar::rpc::test;

namespace {

int code_of(const std::string& answer) {
  return static_cast<int>(json::parse(answer).at("error").at("code").as_int64());
}
std::string call(const std::string& id, const std::string& method = "eth_chainId") {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":")" + method + R"("})";
}

}  // namespace

TEST_CASE("a request is answered with its id, whatever kind of id it is") {
  fixture f;
  CHECK(f.raw(call("1")) == R"({"jsonrpc":"2.0","id":1,"result":"0x10f"})");
  CHECK(f.raw(call("\"a\\\"b\"")) == R"({"jsonrpc":"2.0","id":"a\"b","result":"0x10f"})");
  CHECK(f.raw(call("null")) == R"({"jsonrpc":"2.0","id":null,"result":"0x10f"})");
  CHECK(f.raw(call("-7")) == R"({"jsonrpc":"2.0","id":-7,"result":"0x10f"})");
  CHECK(f.raw(call("18446744073709551615")) ==
        R"({"jsonrpc":"2.0","id":18446744073709551615,"result":"0x10f"})");
  CHECK(json::parse(f.raw(call("1.5"))).at("id").as_double() == 1.5);
}

TEST_CASE("what is not JSON is a parse error") {
  fixture f;
  for (const char* body :
       {"", " ", "{", "[1,", "{\"a\":}", "nope", "{} {}", "\xff\xfe", "[\"\xc3\"]"})
    CHECK(f.raw(body) ==
          R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}})");
}

TEST_CASE("what is JSON but no request is an invalid request") {
  fixture f;
  for (const char* body :
       {"1", "null", "\"x\"", "{}", R"({"jsonrpc":"2.0","id":1})",
        R"({"id":1,"method":"eth_chainId"})", R"({"jsonrpc":"1.0","id":1,"method":"eth_chainId"})",
        R"({"jsonrpc":"2.0","id":1,"method":5})", R"({"jsonrpc":"2.0","id":{},"method":"x"})",
        R"({"jsonrpc":"2.0","id":[1],"method":"x"})"}) {
    CAPTURE(body);
    CHECK(code_of(f.raw(body)) == code::invalid_request);
  }
}

TEST_CASE("an unknown method says its name") {
  fixture f;
  const json::value e = f.error("eth_mine");
  CHECK(e.at("code") == -32601);
  CHECK(text(e.at("message")) == "the method eth_mine does not exist/is not available");
}

TEST_CASE("parameters are checked for kind and count") {
  fixture f;
  CHECK(f.error("eth_getBalance", "{}").at("code") == -32602);
  CHECK(text(f.error("eth_getBalance", "{}").at("message")) == "non-array args");
  CHECK(text(f.error("eth_getBalance", "[]").at("message")) ==
        "missing value for required argument 0");
  CHECK(text(f.error("eth_chainId", "[1]").at("message")) == "too many arguments, want at most 0");
  CHECK(f.ask("eth_chainId", "null").at("result") == "0x10f");
}

TEST_CASE("a batch is answered in order, errors in their places, notifications not at all") {
  fixture f;
  const std::string got =
      f.raw("[" + call("1") + "," + call("2", "nope") + ",7," +
            R"({"jsonrpc":"2.0","method":"eth_chainId"})" + "," + call("3", "net_version") + "]");
  const json::array list = json::parse(got).as_array();
  REQUIRE(list.size() == 4);
  CHECK(list[0].at("id") == 1);
  CHECK(list[0].at("result") == "0x10f");
  CHECK(list[1].at("id") == 2);
  CHECK(list[1].at("error").at("code") == -32601);
  CHECK(list[2].at("id").is_null());
  CHECK(list[2].at("error").at("code") == -32600);
  CHECK(list[3].at("id") == 3);
  CHECK(list[3].at("result") == "271");
}

TEST_CASE("only notifications means no answer, alone or in a batch") {
  fixture f;
  const std::string notice = R"({"jsonrpc":"2.0","method":"eth_chainId"})";
  CHECK(f.raw(notice).empty());
  CHECK(f.raw("[" + notice + "," + notice + "]").empty());
  CHECK(f.raw(R"({"jsonrpc":"2.0","method":"nope"})").empty());
}

TEST_CASE("an empty batch is one error object") {
  fixture f;
  CHECK(f.raw("[]") ==
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"empty batch"}})");
}

TEST_CASE("batch_max requests pass, one more does not") {
  fixture f(rpc_config{.batch_max = 3});
  CHECK(json::parse(f.raw("[1,2,3]")).as_array().size() == 3);
  CHECK(f.raw("[1,2,3,4]") ==
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"batch too large"}})");
}

TEST_CASE("json_depth_max levels pass, one more does not") {
  fixture f(rpc_config{.json_depth_max = 8});
  const auto nested = [](std::size_t n) { return std::string(n, '[') + std::string(n, ']'); };
  CHECK(code_of(f.raw("{\"a\":" + nested(7) + "}")) == code::invalid_request);
  CHECK(code_of(f.raw("{\"a\":" + nested(8) + "}")) == code::parse);
  CHECK(code_of(f.raw(nested(100'000))) == code::parse);
}

TEST_CASE("answers over response_bytes_max are refused, and what follows them in the batch") {
  fixture f(rpc_config{.response_bytes_max = 2000});
  const std::string block =
      R"({"jsonrpc":"2.0","id":2,"method":"eth_getBlockByNumber","params":["0x1",true]})";
  const json::array list =
      json::parse(f.raw("[" + call("1") + "," + block + "," + call("3") + "]")).as_array();
  REQUIRE(list.size() == 3);
  CHECK(list[0].at("result") == "0x10f");
  CHECK(list[1].at("error").at("code") == -32003);
  CHECK(text(list[1].at("error").at("message")) == "response too large");
  CHECK(list[2].at("error").at("code") == -32003);
}

TEST_CASE("methods are charged for, and over the rate nothing runs") {
  fixture f;
  u64 charged = 0;
  context from;
  from.charge = [&](u64 cost) {
    charged += cost;
    return true;
  };
  f.raw(
      "[" + call("1") + "," + R"({"jsonrpc":"2.0","id":2,"method":"eth_call","params":[{}]})" + "]",
      from);
  CHECK(charged == 1 + 10 - 1);
  from.charge = [](u64) { return false; };
  const std::string got =
      f.raw(R"([{"jsonrpc":"2.0","id":1,"method":"eth_call","params":[{}]}])", from);
  CHECK(got ==
        R"({"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"rate limit exceeded"}})");
}

TEST_CASE("every limit of the configuration is checked") {
  CHECK(rpc_config{}.validate().ok());
  const auto bad = [](auto set) {
    rpc_config c;
    set(c);
    const auto got = c.validate();
    return !got.ok() && !got.error().empty();
  };
  using std::chrono::milliseconds;
  CHECK(bad([](rpc_config& c) { c.batch_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.json_depth_max = 1000; }));
  CHECK(bad([](rpc_config& c) { c.response_bytes_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.log_blocks_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.log_results_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.log_alternatives_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.filters_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.filters_per_address_max = c.filters_max + 1; }));
  CHECK(bad([](rpc_config& c) { c.filter_timeout = milliseconds{-1}; }));
  CHECK(bad([](rpc_config& c) { c.pending_hashes_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.subscriptions_per_connection_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.event_queue_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.call_gas_max = 1; }));
  CHECK(bad([](rpc_config& c) { c.call_time_max = milliseconds{0}; }));
  CHECK(bad([](rpc_config& c) { c.fee_history_blocks_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.fee_percentiles_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.proof_slots_max = 0; }));
  CHECK(bad([](rpc_config& c) { c.sync_timeout_max = milliseconds{0}; }));
  CHECK(bad([](rpc_config& c) { c.sync_timeout_default = c.sync_timeout_max * 2; }));
}
