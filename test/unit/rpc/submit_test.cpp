#include "runtime/crypto/keccak.hpp"
#include "test/unit/rpc/fixture.hpp"

using namespace ashlar;
using namespace ashlar::rpc;
using namespace ashlar::rpc::test;

namespace {

std::string send(int id, const std::string& raw,
                 const std::string& method = "eth_sendRawTransaction") {
  return R"({"jsonrpc":"2.0","id":)" + std::to_string(id) + R"(,"method":")" + method +
         R"(","params":[")" + raw + "\"]}";
}
json_text hash_of(const bytes& raw) {
  return hex(crypto::keccak256(raw));
}

}  // namespace

TEST_CASE("a sent transaction is answered with its hash") {
  fixture f;
  CHECK(f.result("eth_sendRawTransaction", R"(["0x02aabb"])") == hash_of({2, 0xaa, 0xbb}));
  CHECK(f.chain.submitted == std::vector<bytes>{{2, 0xaa, 0xbb}});
}

TEST_CASE("neighbouring sends of a batch go to the backend in one call, in order") {
  fixture f(rpc_config{.batch_max = 500});
  std::string body = "[";
  for (int i = 0; i < 200; ++i) {
    const bytes raw{static_cast<u8>(i), 1};
    body += (i ? "," : "") + send(i, "0x" + hex(fixed_bytes<2>::copy_of(raw.data())).substr(2));
  }
  const json::array got = json::parse(f.raw(body + "]")).as_array();
  REQUIRE(got.size() == 200);
  CHECK(f.chain.submissions == std::vector<std::size_t>{200});
  for (int i = 0; i < 200; ++i) {
    CHECK(got[static_cast<std::size_t>(i)].at("id") == i);
    CHECK(got[static_cast<std::size_t>(i)].at("result") == hash_of({static_cast<u8>(i), 1}));
  }
}

TEST_CASE("sends, other requests and broken ones mix: each answer in its place") {
  fixture f;
  f.chain.refused[crypto::keccak256(bytes{3})] = {submit_errc::nonce_too_low,
                                                  "next nonce 5, tx nonce 3"};
  const std::string body =
      "[" + send(1, "0x01") + "," + send(2, "0x0") + "," + send(3, "0x03") + "," +
      R"({"jsonrpc":"2.0","id":4,"method":"eth_chainId"})" + "," + send(5, "zz") + "," +
      send(6, "0x06") + "," +
      R"({"jsonrpc":"2.0","method":"eth_sendRawTransaction","params":["0x07"]})" + "," +
      send(8, "0x0g") + "]";
  const json::array got = json::parse(f.raw(body)).as_array();
  REQUIRE(got.size() == 7);
  CHECK(f.chain.submissions == std::vector<std::size_t>{2, 2});
  CHECK(f.chain.submitted == std::vector<bytes>{{1}, {3}, {6}, {7}});
  const int ids[] = {1, 2, 3, 4, 5, 6, 8};
  for (std::size_t i = 0; i < 7; ++i) CHECK(got[i].at("id") == ids[i]);
  CHECK(got[0].at("result") == hash_of({1}));
  CHECK(got[1].at("error").at("message") == "invalid argument 0: hex string of odd length");
  CHECK(got[2].at("error").at("code") == -32000);
  CHECK(got[2].at("error").at("message") == "nonce too low: next nonce 5, tx nonce 3");
  CHECK(got[3].at("result") == "0x10f");
  CHECK(got[4].at("error").at("message") == "invalid argument 0: hex string without 0x prefix");
  CHECK(got[5].at("result") == hash_of({6}));
  CHECK(got[6].at("error").at("message") == "invalid argument 0: invalid hex string");
}

TEST_CASE("a batch whose sends are all broken asks nobody") {
  fixture f;
  const json::array got =
      json::parse(f.raw("[" + send(1, "x") + "," + send(2, "0x1") + "]")).as_array();
  CHECK(got.size() == 2);
  CHECK(f.chain.submissions.empty());
}

TEST_CASE("a send of the wrong shape is an invalid argument") {
  fixture f;
  CHECK(f.error("eth_sendRawTransaction", "[]").at("code") == -32602);
  CHECK(f.error("eth_sendRawTransaction", "[5]").at("code") == -32602);
  CHECK(f.error("eth_sendRawTransaction", R"(["0x01","0x02"])").at("code") == -32602);
  CHECK(f.error("eth_sendRawTransaction", "{}").at("code") == -32602);
}

TEST_CASE("a transaction over the size limit is refused unread") {
  fixture f;
  const std::string fits(2 * txn_bytes_max, '0');
  CHECK(f.ask("eth_sendRawTransaction", "[\"0x" + fits + "\"]").as_object().contains("result"));
  const json::value e = f.error("eth_sendRawTransaction", "[\"0x" + fits + "00\"]");
  CHECK(e.at("code") == -32000);
  CHECK(e.at("message") == "oversized data: transaction size 131073, limit 131072");
}

TEST_CASE("every reason for refusal has geth's words and its code") {
  struct row {
    submit_errc why;
    int code;
    const char* text;
  };
  const row rows[] = {
      {submit_errc::malformed, -32000, "invalid transaction"},
      {submit_errc::oversized, -32000, "oversized data"},
      {submit_errc::type_unsupported, -32000, "transaction type not supported"},
      {submit_errc::unprotected, -32000,
       "only replay-protected (EIP-155) transactions allowed over RPC"},
      {submit_errc::wrong_chain_id, -32000, "invalid chain id for signer"},
      {submit_errc::invalid_signature, -32000, "invalid sender"},
      {submit_errc::nonce_too_low, -32000, "nonce too low"},
      {submit_errc::nonce_too_high, -32000, "nonce too high"},
      {submit_errc::nonce_max, -32000, "nonce has max value"},
      {submit_errc::insufficient_funds, -32000, "insufficient funds for gas * price + value"},
      {submit_errc::intrinsic_gas_too_low, -32000, "intrinsic gas too low"},
      {submit_errc::floor_data_gas, -32000, "insufficient gas for floor data gas cost"},
      {submit_errc::gas_limit_too_high, -32000, "exceeds block gas limit"},
      {submit_errc::tip_above_fee_cap, -32000,
       "max priority fee per gas higher than max fee per gas"},
      {submit_errc::fee_cap_below_base_fee, -32000, "max fee per gas less than block base fee"},
      {submit_errc::underpriced, -32000, "transaction underpriced"},
      {submit_errc::replacement_underpriced, -32000, "replacement transaction underpriced"},
      {submit_errc::already_known, -32000, "already known"},
      {submit_errc::initcode_too_large, -32000, "max initcode size exceeded"},
      {submit_errc::sender_not_eoa, -32000, "sender not an eoa"},
      {submit_errc::empty_authorizations, -32000, "EIP-7702 transaction with empty auth list"},
      {submit_errc::pool_full, -32005, "txpool is full"},
      {submit_errc::sender_limit, -32005, "account limit exceeded"},
      {submit_errc::too_much_proving, -32000, "transaction takes more proving than a block may"},
      {submit_errc::sender_rests, -32005,
       "sender rests after a transaction that takes more proving than a block may"},
      {submit_errc::dropped, -32000, "transaction dropped"},
      {submit_errc::unavailable, -32000, "transaction submission is not available now"},
      {submit_errc::internal, -32603, "internal error"}};
  fixture f;
  for (const row& r : rows) {
    f.chain.refused[crypto::keccak256(bytes{1})] = {r.why, {}};
    const json::value e = f.error("eth_sendRawTransaction", R"(["0x01"])");
    CHECK(e.at("code") == r.code);
    CHECK(e.at("message") == r.text);
  }
}

TEST_CASE("sendRawTransactionSync answers with the receipt") {
  fixture f;
  const sealed_txn& t = f.chain.block(1).txns[1];
  f.chain.sync_answer = *f.chain.txn_by_hash(t.hash);
  CHECK(f.result("eth_sendRawTransactionSync", R"(["0x01"])") ==
        f.result("eth_getTransactionReceipt", "[" + quoted(hex(t.hash)) + "]"));
  CHECK(f.chain.seen_timeout == std::chrono::milliseconds{2000});
}

TEST_CASE("sendRawTransactionSync takes a timeout within the node's limit, else the node's own") {
  using std::chrono::milliseconds;
  fixture f(
      rpc_config{.sync_timeout_default = milliseconds{100}, .sync_timeout_max = milliseconds{500}});
  const auto timeout = [&](const char* given) {
    f.ask("eth_sendRawTransactionSync", std::string(R"(["0x01",)") + given + "]");
    return f.chain.seen_timeout.count();
  };
  CHECK(timeout("300") == 300);
  CHECK(timeout("\"0x1f4\"") == 500);
  CHECK(timeout("501") == 100);
  CHECK(timeout("0") == 100);
  CHECK(timeout("-5") == 100);
  CHECK(timeout("\"soon\"") == 100);
  CHECK(timeout("null") == 100);
}

TEST_CASE("sendRawTransactionSync has EIP-7966's errors") {
  fixture f;
  f.chain.sync_answer = sync_timeout{word(7), {}};
  const json::value late = f.error("eth_sendRawTransactionSync", R"(["0x01"])");
  CHECK(late.at("code") == 4);
  CHECK(late.at("data") == hex(word(7)));
  f.chain.sync_answer = sync_timeout{word(7), "L1: it is away"};
  const json::value held = f.error("eth_sendRawTransactionSync", R"(["0x01"])");
  CHECK(held.at("code") == 4);
  CHECK(held.at("data") == hex(word(7)));
  CHECK(std::string(held.at("message").as_string()).ends_with(" ms: L1: it is away"));
  f.chain.sync_answer = sync_nonce_gap{word(7), 12};
  const json::value gap = f.error("eth_sendRawTransactionSync", R"(["0x01"])");
  CHECK(gap.at("code") == 6);
  CHECK(gap.at("data") == "0xc");
  f.chain.sync_answer = submit_error{submit_errc::unavailable, "the node is shutting down"};
  const json::value down = f.error("eth_sendRawTransactionSync", R"(["0x01"])");
  CHECK(down.at("code") == 5);
  CHECK(down.at("message") ==
        "transaction submission is not available now: the node is shutting down");
  CHECK(down.at("data") == hex(crypto::keccak256(bytes{1})));
  f.chain.sync_answer = submit_error{submit_errc::already_known, {}};
  CHECK(f.error("eth_sendRawTransactionSync", R"(["0x01"])").at("message") == "already known");
  CHECK(f.error("eth_sendRawTransactionSync", R"(["0x0"])").at("code") == -32602);
  CHECK(f.error("eth_sendRawTransactionSync", "[]").at("code") == -32602);
}

TEST_CASE("sends over the answer's size limit are not submitted") {
  fixture f(rpc_config{.response_bytes_max = 1024});
  std::string body =
      R"([{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["0x1"]},)";
  const json::array got = json::parse(f.raw(body + send(2, "0x01") + "]")).as_array();
  CHECK(got[0].at("error").at("code") == -32003);
  CHECK(got[1].at("error").at("code") == -32003);
  CHECK(f.chain.submissions.empty());
}
