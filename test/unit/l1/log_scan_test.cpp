#include "net/l1/log_scan.hpp"

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"

using namespace ashlar;
using namespace ashlar::l1;

namespace {

std::string word(u64 n) {
  return to_hex(u256{n}.to_be());
}

/// A chain of so many blocks with one log in each, whose endpoint has a limit of its own.
struct limited_endpoint {
  u64 head = 0;
  std::function<std::optional<l1_result<std::string>>(u64 from, u64 to)> refuses = {};
  std::vector<u64> asked = {};  ///< blocks of each question

  static u64 number_in(const std::string& body, std::string_view key) {
    const auto at = body.find(key);
    REQUIRE(at != std::string::npos);
    return std::stoull(body.substr(at + key.size()), nullptr, 16);
  }
  l1_result<std::string> answer(const std::string& body) {
    const std::string id =
        body.substr(body.find("\"id\":") + 5, body.find(",\"method") - body.find("\"id\":") - 5);
    const auto result = [&](const std::string& json) {
      return R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + json + "}";
    };
    if (body.find("eth_getLogs") == std::string::npos)
      return result(R"({"number":")" + to_quantity(u256{head}) + R"(","hash":")" + word(1) +
                    R"(","parentHash":")" + word(2) + R"(","timestamp":"0x1"})");
    const u64 from = number_in(body, R"("fromBlock":"0x)");
    const u64 to = number_in(body, R"("toBlock":"0x)");
    asked.push_back(to - from + 1);
    if (refuses)
      if (auto refusal = refuses(from, to)) return *refusal;
    std::string logs;
    for (u64 n = from; n <= to; ++n)
      logs += std::string(n == from ? "" : ",") + R"({"address":")" + to_hex(address{}) +
              R"(","data":"0x","topics":[],"blockNumber":")" + to_quantity(u256{n}) +
              R"(","blockHash":")" + word(n) + R"(","transactionHash":")" + word(n) +
              R"(","logIndex":"0x0"})";
    return result("[" + logs + "]");
  }
};

class connection final : public transport {
 public:
  explicit connection(limited_endpoint& to) : to_(to) {}
  l1_result<std::string> post(const std::string& body) override { return to_.answer(body); }

 private:
  limited_endpoint& to_;
};

/// Blocks whose logs were taken, in order; the error where the scan failed.
struct scanned {
  std::vector<u64> blocks;
  std::optional<l1_error> error;
};
scanned scan(limited_endpoint& e, u64 from = 1) {
  client c(std::make_unique<connection>(e));
  scanned out;
  const auto done = scan_logs(c, l1_block_number{from}, {}, {}, [&](const l1_log& log) {
    out.blocks.push_back(log.block.value);
    return true;
  });
  if (!done.ok()) out.error = done.error();
  return out;
}

std::vector<u64> numbers(u64 from, u64 to) {
  std::vector<u64> out;
  for (u64 n = from; n <= to; ++n) out.push_back(n);
  return out;
}

l1_result<std::string> rpc_error(int code, const std::string& message) {
  return R"({"jsonrpc":"2.0","id":1,"error":{"code":)" + std::to_string(code) + R"(,"message":")" +
         message + R"("}})";
}
l1_result<std::string> no_answer(l1_error_code code, i64 number = 0) {
  return fail(l1_error{code, "planted", number, {}});
}

}  // namespace

TEST_CASE("logs of a long chain come once each, a thousand blocks a question", "[l1]") {
  limited_endpoint e{2'500};
  const auto got = scan(e, 7);
  CHECK_FALSE(got.error);
  CHECK(got.blocks == numbers(7, 2'500));
  CHECK(e.asked == std::vector<u64>{1'000, 1'000, 494});
  // Nothing is younger than the head.
  CHECK(scan(e, 2'501).blocks.empty());
}

TEST_CASE("where an endpoint refuses a range, smaller ones are asked for", "[l1]") {
  // What the public ones and the usual nodes are known to answer.
  const std::vector<l1_result<std::string>> refusals{
      rpc_error(-32005, "query returned more than 10000 results"),
      rpc_error(-32005, "query timeout exceeded"),
      rpc_error(-32602, "range 1000 exceeds limit of 100"),
      rpc_error(-32602, "Log response size exceeded. Limit some parameters and try again."),
      rpc_error(-32602, "query exceeds max results 20000, retry with the range 1-100"),
      rpc_error(-32614, "eth_getLogs is limited to a 100 range"),
      rpc_error(-32000, "exceed maximum block range: 100"),
      rpc_error(-32000, "requested too many blocks, execution reverted"),
      rpc_error(-32600, "You may ask for 100 blocks"),
      no_answer(l1_error_code::http_status, 413),
      no_answer(l1_error_code::timed_out),
      no_answer(l1_error_code::malformed)};
  for (const auto& refusal : refusals) {
    limited_endpoint e{3'000};
    e.refuses = [&](u64 from, u64 to) {
      return to - from >= 100 ? std::optional(refusal) : std::nullopt;
    };
    const auto got = scan(e);
    INFO((refusal.ok() ? *refusal : std::string(to_text(refusal.error().code))));
    CHECK_FALSE(got.error);
    CHECK(got.blocks == numbers(1, 3'000));
    // Not one block after the other, and not one refusal after the other.
    CHECK(e.asked.size() < 70);
  }
}

TEST_CASE("behind blocks that are full of logs the questions grow again", "[l1]") {
  limited_endpoint e{20'000};
  e.refuses = [&](u64 from, u64 to) {
    const bool is_full = from <= 1'050 && to >= 1'000;
    return is_full && to > from ? std::optional(rpc_error(-32005, "query returned more"))
                                : std::nullopt;
  };
  const auto got = scan(e);
  CHECK_FALSE(got.error);
  CHECK(got.blocks == numbers(1, 20'000));
  CHECK(*std::max_element(e.asked.end() - 10, e.asked.end()) == 1'000);
}

TEST_CASE("one block that an endpoint refuses alone is named", "[l1]") {
  limited_endpoint e{3'000};
  e.refuses = [&](u64 from, u64 to) {
    return from <= 1'234 && to >= 1'234 ? std::optional(rpc_error(-32005, "more than 10 results"))
                                        : std::nullopt;
  };
  const auto got = scan(e);
  REQUIRE(got.error);
  CHECK(got.error->code == l1_error_code::rpc_error);
  CHECK(got.error->text == "block 1234 alone: eth_getLogs: more than 10 results");
  CHECK(got.blocks == numbers(1, 1'233));
}

TEST_CASE("an endpoint that is asked too often is not asked more often for less", "[l1]") {
  for (const auto& refusal :
       {rpc_error(-32005, "daily request count exceeded, request rate limited"),
        rpc_error(-32005, "project ID request rate exceeded"), rpc_error(429, "too many requests"),
        no_answer(l1_error_code::rate_limited, 429), no_answer(l1_error_code::unreachable)}) {
    limited_endpoint e{3'000};
    e.refuses = [&](u64, u64) { return std::optional(refusal); };
    const auto got = scan(e);
    REQUIRE(got.error);
    CHECK(got.error->transient());
    CHECK(e.asked.size() == 1);
  }
}

TEST_CASE("a scan ends where it is told to", "[l1]") {
  limited_endpoint e{3'000};
  client c(std::make_unique<connection>(e));
  u64 taken = 0;
  CHECK(scan_logs(c, l1_block_number{1}, {}, {}, [&](const l1_log&) { return ++taken < 5; }).ok());
  CHECK(taken == 5);
  CHECK(e.asked.size() == 1);
}
