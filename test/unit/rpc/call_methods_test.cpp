#include "test/unit/rpc/fixture.hpp"

using namespace ashlar;
using namespace ashlar::rpc;
using namespace ashlar::rpc::test;

namespace {

bytes revert_string(const std::string& reason) {
  bytes out{0x08, 0xc3, 0x79, 0xa0};
  append(out, u256(32).to_be());
  append(out, u256(reason.size()).to_be());
  append(out, {reinterpret_cast<const u8*>(reason.data()), reason.size()});
  out.resize(4 + 64 + (reason.size() + 31) / 32 * 32);
  return out;
}
bytes panic(u8 reason) {
  bytes out{0x4e, 0x48, 0x7b, 0x71};
  append(out, u256(reason).to_be());
  return out;
}

}  // namespace

TEST_CASE("a call's object, block and overrides reach the backend") {
  fixture f;
  f.chain.call_answer = {call_status::success, 100, {0xca, 0xfe}, {}};
  const std::string a = quoted(hex(addr(0x11))), b = quoted(hex(addr(0x22)));
  const std::string params =
      "[{\"from\":" + a + ",\"to\":" + b + R"(,"gas":"0x10000",
    "maxFeePerGas":"0x5","maxPriorityFeePerGas":"0x1","value":"0x7","nonce":"0x9","input":"0x0102",
    "chainId":"0x10f","type":"0x2","unknown":[1],
    "accessList":[{"address":)" +
      b + ",\"storageKeys\":[" + quoted(hex(word(3))) + R"(]}],
    "authorizationList":[{"chainId":"0x10f","address":)" +
      b + R"(,"nonce":"0x1","yParity":"0x1","r":"0x2","s":"0x3"}]},"0x1",{)" + a +
      R"(:{"balance":"0xff","nonce":"0x2","code":"0x60",
    "stateDiff":{"0x01":"0x02"}},)" +
      b + R"(:{"state":{}}},
    {"number":"0x64","time":"0x65","gasLimit":"0x66","feeRecipient":)" +
      a + R"(,"baseFeePerGas":"0x67","prevRandao":)" + quoted(hex(word(4))) + "}]";
  CHECK(f.result("eth_call", params) == "0xcafe");
  const call_request& r = f.chain.seen_call;
  CHECK(r.from == addr(0x11));
  CHECK(r.to == addr(0x22));
  CHECK(r.gas == 0x10000);
  CHECK(r.max_fee_per_gas == u256(5));
  CHECK(r.max_priority_fee_per_gas == u256(1));
  CHECK_FALSE(r.gas_price);
  CHECK(r.value == u256(7));
  CHECK(r.nonce == 9);
  CHECK(r.data == bytes{1, 2});
  CHECK(r.access_list == std::vector<access_list_entry>{{addr(0x22), {word(3)}}});
  CHECK(r.authorizations == std::vector<authorization>{{271, addr(0x22), 1, 1, 2, 3}});
  CHECK(f.chain.seen_at == block_number{1});
  const account_override& alice = f.chain.seen_accounts.at(addr(0x11));
  CHECK(alice.balance == u256(255));
  CHECK(alice.nonce == 2);
  CHECK(alice.code == bytes{0x60});
  CHECK_FALSE(alice.state);
  CHECK(alice.state_diff == std::map<u256, u256>{{1, 2}});
  CHECK(f.chain.seen_accounts.at(addr(0x22)).state == std::map<u256, u256>{});
  CHECK(f.chain.seen_block.number == 100);
  CHECK(f.chain.seen_block.time == 101);
  CHECK(f.chain.seen_block.gas_limit == 102);
  CHECK(f.chain.seen_block.fee_recipient == addr(0x11));
  CHECK(f.chain.seen_block.base_fee == u256(103));
  CHECK(f.chain.seen_block.prev_randao == word(4));
}

TEST_CASE("data and input are the same thing, and may not differ") {
  fixture f;
  f.result("eth_call", R"([{"data":"0x01"}])");
  CHECK(f.chain.seen_call.data == bytes{1});
  f.result("eth_call", R"([{"data":"0x02","input":"0x02"}])");
  CHECK(f.chain.seen_call.data == bytes{2});
  CHECK(f.error("eth_call", R"([{"data":"0x01","input":"0x02"}])").at("code") == -32602);
}

TEST_CASE("a call's gas and time are limited") {
  fixture f(rpc_config{.call_gas_max = 30'000, .call_time_max = std::chrono::milliseconds{7}});
  f.result("eth_call", R"([{"gas":"0xffffffff"}])");
  CHECK(f.chain.seen_call.gas == 30'000);
  CHECK(f.chain.seen_limits.gas_max == 30'000);
  CHECK(f.chain.seen_limits.time_max == std::chrono::milliseconds{7});
  f.chain.call_failure = backend_error{backend_errc::timeout, {}};
  const json::value e = f.error("eth_call", "[{}]");
  CHECK(e.at("code") == -32000);
  CHECK(e.at("message") == "execution timeout");
}

TEST_CASE("a revert is code 3 with the data and, where there is one, the reason") {
  fixture f;
  const auto revert = [&](bytes data) {
    f.chain.call_answer = {call_status::reverted, 100, std::move(data), {}};
    f.chain.estimate_answer = {0, f.chain.call_answer};
    const json::value e = f.error("eth_call", "[{}]");
    CHECK(f.error("eth_estimateGas", "[{}]") == e);
    CHECK(e.at("code") == 3);
    CHECK(text(e.at("data")).size() == 2 + 2 * f.chain.call_answer.output.size());
    return text(e.at("message"));
  };
  CHECK(revert({}) == "execution reverted");
  CHECK(revert({0x12, 0x34, 0x56, 0x78}) == "execution reverted");
  CHECK(revert(revert_string("no \"money\"")) == "execution reverted: no \"money\"");
  CHECK(revert(revert_string("")) == "execution reverted: ");
  CHECK(revert(panic(0x11)) == "execution reverted: arithmetic underflow or overflow");
  CHECK(revert(panic(0x77)) == "execution reverted: unknown panic code: 0x77");
  // Encodings that lie about their lengths have no reason, and are not read beyond their end.
  bytes lying = revert_string("abc");
  lying[4 + 31] = 0xff;
  CHECK(revert(lying) == "execution reverted");
  lying = revert_string("abc");
  lying[4 + 32 + 30] = 0xff;
  CHECK(revert(lying) == "execution reverted");
  lying = revert_string("abc");
  lying[4] = 0x80;
  CHECK(revert(lying) == "execution reverted");
  CHECK(revert({0x08, 0xc3, 0x79, 0xa0, 0x00}) == "execution reverted");
}

TEST_CASE("a halt is -32000 with the machine's words") {
  fixture f;
  f.chain.call_answer = {call_status::halted, 100, {}, "invalid opcode: INVALID"};
  const json::value e = f.error("eth_call", "[{}]");
  CHECK(e.at("code") == -32000);
  CHECK(e.at("message") == "invalid opcode: INVALID");
  CHECK_FALSE(e.as_object().contains("data"));
}

TEST_CASE("a call that cannot be executed carries the backend's sentence") {
  fixture f;
  f.chain.call_failure = backend_error{backend_errc::call_rejected,
                                       "insufficient funds for gas * price + value: have 0 want 1"};
  const json::value e = f.error("eth_call", "[{}]");
  CHECK(e.at("code") == -32000);
  CHECK(e.at("message") == "insufficient funds for gas * price + value: have 0 want 1");
}

TEST_CASE("an estimate is a quantity") {
  fixture f;
  f.chain.estimate_answer = {21'000, {}};
  CHECK(f.result("eth_estimateGas", "[{}]") == "0x5208");
  CHECK(f.result("eth_estimateGas", R"([{},"0x1",{}])") == "0x5208");
}

TEST_CASE("an access list comes with the gas, and with the error where the call fails") {
  fixture f;
  f.chain.call_answer.gas_used = 30'000;
  const json::value good = f.result("eth_createAccessList", "[{}]");
  CHECK(good ==
        json::parse(R"({"accessList":[{"address":")" + hex(addr(0x66)) + R"(","storageKeys":[")" +
                    hex(word(9)) + R"("]}],"gasUsed":"0x7530"})"));
  f.chain.call_answer.status = call_status::reverted;
  CHECK(f.result("eth_createAccessList", "[{}]").at("error") == "execution reverted");
}

TEST_CASE("a malformed call object is refused with the field's name") {
  fixture f;
  const auto why = [&](const std::string& object, const char* more = "") {
    const json::value e = f.error("eth_call", "[" + object + more + "]");
    CHECK(e.at("code") == -32602);
    return text(e.at("message"));
  };
  CHECK(why("1") == "invalid argument 0: not an object");
  CHECK(why(R"({"from":"0x1"})") == "invalid argument 0: from: hex string of odd length");
  CHECK(why(R"({"gas":"0x10000000000000000"})") == "invalid argument 0: gas: hex number > 64 bits");
  CHECK(why(R"({"value":5})") == "invalid argument 0: value: not a hex number");
  CHECK(why(R"({"value":"0x0)" + std::string(64, '0') + "\"}") ==
        "invalid argument 0: value: hex number with leading zero digits");
  CHECK(why(R"({"value":"0x1)" + std::string(64, '0') + "\"}") ==
        "invalid argument 0: value: hex number > 256 bits");
  CHECK(why(R"({"gasPrice":"0x1","maxFeePerGas":"0x1"})") ==
        "invalid argument 0: both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified");
  CHECK(why(R"({"chainId":"0x1"})") ==
        "invalid argument 0: chainId does not match node's (have=1, want=271)");
  CHECK(why(R"({"blobVersionedHashes":[]})") ==
        "invalid argument 0: blob transactions are not supported");
  CHECK(why(R"({"accessList":[{"address":"0x"}]})").find("accessList: address: ") !=
        std::string::npos);
  CHECK(why("{}", R"(,"latest",{"0x12":{}})") ==
        "invalid argument 2: hex string has length 2, want 40");
  CHECK(
      why("{}",
          (",\"latest\",{" + quoted(hex(addr(1))) + R"(:{"state":{},"stateDiff":{}}})").c_str()) ==
      "invalid argument 2: account has both 'state' and 'stateDiff'");
  CHECK(why("{}", R"(,"latest",{},{"number":"x"})") ==
        "invalid argument 3: number: hex string without 0x prefix");
}
