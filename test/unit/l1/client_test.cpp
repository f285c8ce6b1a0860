#include "net/l1/client.hpp"

#include <deque>

#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"

using namespace ashlar;
using namespace ashlar::l1;

namespace {

/// Answers from a script and keeps what was asked.
class scripted final : public transport {
 public:
  scripted(std::deque<l1_result<std::string>> answers, std::vector<std::string>* asked)
      : answers_(std::move(answers)), asked_(asked) {}
  l1_result<std::string> post(const std::string& body) override {
    asked_->push_back(body);
    auto next = std::move(answers_.front());
    answers_.pop_front();
    return next;
  }

 private:
  std::deque<l1_result<std::string>> answers_;
  std::vector<std::string>* asked_;
};

struct fixture {
  std::vector<std::string> asked;
  client with(std::string answer) {
    std::deque<l1_result<std::string>> answers;
    answers.emplace_back(std::move(answer));
    return client(std::make_unique<scripted>(std::move(answers), &asked));
  }
};

std::string result_of(const std::string& json) {
  return R"({"jsonrpc":"2.0","id":1,"result":)" + json + "}";
}
std::string error_of(const std::string& message, int code = -32000) {
  return R"({"jsonrpc":"2.0","id":1,"error":{"code":)" + std::to_string(code) + R"(,"message":")" +
         message + R"("}})";
}

}  // namespace

TEST_CASE("a quantity is read, and what is none is refused", "[l1]") {
  fixture f;
  REQUIRE(f.with(result_of(R"("0x7a69")")).chain_id().value() == 31337);
  for (const std::string bad :
       {R"("31337")", R"("0x")", "31337", "null", R"("0x1ffffffffffffffff")", "{}"}) {
    auto got = f.with(result_of(bad)).chain_id();
    REQUIRE_FALSE(got.ok());
    REQUIRE(got.error().code == l1_error_code::malformed);
  }
}

TEST_CASE("garbage, other ids and empty answers are malformed, never a crash", "[l1]") {
  fixture f;
  for (const std::string bad : {"", "<html>", "[]", "{}", R"({"id":2,"result":"0x1"})",
                                R"({"id":1})", R"("x")", R"({"id":1,"result":"0x1")"}) {
    auto got = f.with(bad).chain_id();
    REQUIRE_FALSE(got.ok());
    REQUIRE(got.error().code == l1_error_code::malformed);
    REQUIRE(got.error().transient());
  }
}

TEST_CASE("errors of nodes are told apart by their words", "[l1]") {
  fixture f;
  const bytes raw{1, 2, 3};
  const auto code = [&](const std::string& message, int number = -32000) {
    return f.with(error_of(message, number)).send_raw(raw).error().code;
  };
  REQUIRE(code("nonce too low: next nonce 5, tx nonce 3") == l1_error_code::nonce_taken);
  REQUIRE(code("already known") == l1_error_code::already_known);
  REQUIRE(code("replacement transaction underpriced") == l1_error_code::underpriced);
  REQUIRE(code("Insufficient funds for gas * price + value") == l1_error_code::no_funds);
  REQUIRE(code("insufficient funds for gas * price + value") == l1_error_code::no_funds);
  REQUIRE(code("execution reverted", 3) == l1_error_code::reverted);
  REQUIRE(code("limit exceeded", -32005) == l1_error_code::rate_limited);
  REQUIRE(code("something else") == l1_error_code::rpc_error);
}

TEST_CASE("a revert keeps its data", "[l1]") {
  fixture f;
  auto got =
      f.with(R"({"id":1,"error":{"code":3,"message":"execution reverted","data":"0x08c379a0"}})")
          .call({});
  REQUIRE(got.error().code == l1_error_code::reverted);
  REQUIRE(to_hex(got.error().revert_data) == "0x08c379a0");
}

TEST_CASE("a block that is not there is none, another number is an error", "[l1]") {
  fixture f;
  const std::string h(64, 'a');
  const std::string block = R"({"number":"0x5","hash":"0x)" + h + R"(","parentHash":"0x)" + h +
                            R"(","timestamp":"0x10","baseFeePerGas":"0x7"})";
  REQUIRE_FALSE(f.with(result_of("null")).block(l1_block_number{5}).value().has_value());
  const auto got = f.with(result_of(block)).block(l1_block_number{5}).value();
  REQUIRE(got->timestamp == unix_seconds{16});
  REQUIRE(got->base_fee == u256{7});
  REQUIRE(f.with(result_of(block)).block(l1_block_number{6}).error().code ==
          l1_error_code::malformed);
}

TEST_CASE("logs outside the filter are refused", "[l1]") {
  fixture f;
  const std::string h(64, 'a'), a(40, 'b');
  const auto log_at = [&](const std::string& account, const std::string& block) {
    return R"([{"address":"0x)" + account + R"(","data":"0x01","topics":["0x)" + h +
           R"("],"blockNumber":")" + block + R"(","blockHash":"0x)" + h +
           R"(","transactionHash":"0x)" + h + R"(","logIndex":"0x0"}])";
  };
  const address who = *fixed_from_hex<20>(a);
  const auto ask = [&](const std::string& answer) {
    return f.with(result_of(answer)).logs(l1_block_number{3}, l1_block_number{4}, who, {});
  };
  REQUIRE(ask(log_at(a, "0x4")).value().size() == 1);
  REQUIRE(ask(log_at(a, "0x5")).error().code == l1_error_code::malformed);
  REQUIRE(ask(log_at(std::string(40, 'c'), "0x4")).error().code == l1_error_code::malformed);
}

TEST_CASE("what may pass is asked again as long as there is patience, and nothing else", "[l1]") {
  std::vector<std::string> asked;
  std::vector<u32> waited;
  const auto with = [&](std::deque<l1_result<std::string>> answers, u32 failures_max) {
    asked.clear();
    waited.clear();
    return client(std::make_unique<scripted>(std::move(answers), &asked),
                  [&, failures_max](const l1_error&, u32 failures) {
                    waited.push_back(failures);
                    return failures < failures_max;
                  });
  };
  const auto lost = [](l1_error_code code) {
    return l1_result<std::string>(fail(l1_error{code, "planted", 0, {}}));
  };
  const auto answer_to = [](int id, const std::string& json) {
    return l1_result<std::string>(R"({"id":)" + std::to_string(id) + R"(,"result":)" + json + "}");
  };
  using e = l1_error_code;
  // Whatever passes, and each question from the beginning.
  auto c = with({lost(e::unreachable), lost(e::timed_out), answer_to(3, R"("0x1")"),
                 lost(e::rate_limited), lost(e::http_status), std::string("<html>"),
                 error_of("request rate limited", -32005), answer_to(8, R"("0x2")")},
                9);
  CHECK(c.chain_id().value() == 1);
  CHECK(c.chain_id().value() == 2);
  CHECK(waited == std::vector<u32>{1, 2, 1, 2, 3, 4});
  // To its end.
  auto short_of = with({lost(e::timed_out), lost(e::timed_out), lost(e::unreachable)}, 3);
  CHECK(short_of.chain_id().error().code == e::unreachable);
  CHECK(asked.size() == 3);
  // An answer that will be the same again.
  auto refused = with({error_of("execution reverted", 3)}, 9);
  CHECK(refused.call({}).error().code == e::reverted);
  CHECK(waited.empty());
  // What may have arrived.
  auto sent = with({lost(e::timed_out)}, 9);
  CHECK(sent.send_raw(bytes{1}).error().code == e::timed_out);
  CHECK(asked.size() == 1);
}

TEST_CASE("logs of several blocks are asked for again only where fewer would not do", "[l1]") {
  std::vector<std::string> asked;
  const auto ask = [&](l1_error_code code, u64 blocks) {
    asked.clear();
    std::deque<l1_result<std::string>> answers;
    for (int i = 0; i < 3; ++i) answers.push_back(fail(l1_error{code, "planted", 0, {}}));
    client c(std::make_unique<scripted>(std::move(answers), &asked),
             [](const l1_error&, u32 failures) { return failures < 3; });
    CHECK_FALSE(c.logs(l1_block_number{1}, l1_block_number{blocks}, {}, {}).ok());
    return asked.size();
  };
  CHECK(ask(l1_error_code::timed_out, 2) == 1);
  CHECK(ask(l1_error_code::timed_out, 1) == 3);
  CHECK(ask(l1_error_code::rate_limited, 2) == 3);
  CHECK(ask(l1_error_code::unreachable, 2) == 3);
}

TEST_CASE("nothing is signed for another chain than the client is pinned to", "[l1]") {
  std::vector<std::string> asked;
  const std::string h(64, 'a');
  const auto answer = [](int id, const std::string& json) {
    return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"result":)" + json + "}";
  };
  std::deque<l1_result<std::string>> answers;
  answers.emplace_back(answer(1, R"("0x1")"));
  answers.emplace_back(answer(2, R"({"number":"0x5","hash":"0x)" + h + R"(","parentHash":"0x)" + h +
                                     R"(","timestamp":"0x10","baseFeePerGas":"0x1"})"));
  answers.emplace_back(answer(3, R"("0x2")"));  // it said otherwise before
  client c(std::make_unique<scripted>(std::move(answers), &asked));
  c.pin_chain(1);
  CHECK(c.chain_id().value() == 1);
  hash256 secret;
  secret[31] = 1;
  const auto sent = send(c, *make_signer(secret), {}, fee_policy_config{});
  REQUIRE_FALSE(sent.ok());
  CHECK(sent.error().code == l1_error_code::wrong_chain);
  CHECK(sent.error().text == "the endpoint serves L1 2, and this is for L1 1");
  CHECK(asked.size() == 3);
}

TEST_CASE("what an endpoint says is cut short and made printable", "[l1]") {
  fixture f;
  const std::string echo = "nonce too low\\u001b[2J\\n" + std::string(1'000'000, 'x');
  const auto got = f.with(error_of(echo)).chain_id();
  REQUIRE_FALSE(got.ok());
  CHECK(got.error().code == l1_error_code::nonce_taken);
  CHECK_THAT(got.error().text, Catch::StartsWith("eth_chainId: nonce too low?[2J?xxx"));
  CHECK(got.error().text.size() < 600);
}

TEST_CASE("nothing is sent where L1 asks more than the cap", "[l1]") {
  fixture f;
  const std::string h(64, 'a');
  auto c = f.with(result_of(R"({"number":"0x5","hash":"0x)" + h + R"(","parentHash":"0x)" + h +
                            R"(","timestamp":"0x10","baseFeePerGas":"0xffffffffffff"})"));
  hash256 secret;
  secret[31] = 1;
  const auto from = make_signer(secret);
  auto got = send(c, *from, {}, fee_policy_config{});
  REQUIRE(got.error().code == l1_error_code::fee_over_cap);
  REQUIRE(f.asked.size() == 1);
}
