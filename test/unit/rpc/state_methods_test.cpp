#include "test/unit/rpc/fixture.hpp"

using namespace ashlar;
using namespace ashlar::rpc;
using namespace ashlar::rpc::test;

namespace {
const std::string alice = quoted(hex(addr(0x11)));
}

TEST_CASE("balance, nonce, code and storage at a block") {
  fixture f;
  CHECK(f.result("eth_getBalance", "[" + alice + R"(,"0x1"])") == "0xf4241");
  CHECK(f.result("eth_getBalance", "[" + alice + "]") == "0xf4242");
  CHECK(f.result("eth_getBalance", "[" + quoted(hex(addr(0x99))) + R"(,"latest"])") == "0x0");
  CHECK(f.result("eth_getTransactionCount", "[" + alice + R"(,"latest"])") == "0x5");
  CHECK(f.result("eth_getTransactionCount", "[" + alice + R"(,"pending"])") == "0x9");
  CHECK(f.result("eth_getCode", "[" + quoted(hex(addr(0x33))) + R"(,"latest"])") == "0x6000");
  CHECK(f.result("eth_getCode", "[" + alice + R"(,"latest"])") == "0x");
  CHECK(f.result("eth_getStorageAt", "[" + alice + R"(,"0x0f","latest"])") ==
        "0x0000000000000000000000000000000000000000000000000000000000000010");
}

TEST_CASE("a block is named by tag, number, hash or EIP-1898 object") {
  fixture f;
  const std::string hash = quoted(hex(f.chain.block(1).hash));
  for (const std::string& block :
       {std::string("\"safe\""), std::string("\"0x1\""), hash, "{\"blockHash\":" + hash + "}",
        "{\"blockHash\":" + hash + ",\"requireCanonical\":true}",
        std::string("{\"blockNumber\":\"0x1\"}")}) {
    CAPTURE(block);
    CHECK(f.result("eth_getBalance", "[" + alice + "," + block + "]") == "0xf4241");
  }
  for (const std::string& block :
       {std::string("{}"), "{\"blockHash\":" + hash + ",\"blockNumber\":\"0x1\"}",
        std::string("{\"blockNumber\":{}}"), std::string("[]"), std::string("7")}) {
    CAPTURE(block);
    CHECK(f.error("eth_getBalance", "[" + alice + "," + block + "]").at("code") == -32602);
  }
}

TEST_CASE("a block that is not there, or whose state is gone, is geth's error") {
  fixture f;
  const json::value ahead = f.error("eth_getBalance", "[" + alice + R"(,"0x99"])");
  CHECK(ahead.at("code") == -32000);
  CHECK(ahead.at("message") == "header not found");
  const json::value unknown =
      f.error("eth_getBalance", "[" + alice + "," + quoted(hex(word(0x99))) + "]");
  CHECK(unknown.at("message") == "header for hash not found");
  const json::value pruned =
      f.error("eth_getBalance", "[" + quoted(hex(addr(0xdd))) + R"(,"0x0"])");
  CHECK(pruned.at("code") == -32000);
  CHECK(text(pruned.at("message")).find("historical state") == 0);
}

TEST_CASE("a proof is leaf records and siblings, two neighbours where the key is absent") {
  fixture f;
  const json::value got = f.result("eth_getProof", "[" + alice + R"(,["0x5"],"latest"])");
  const auto record = [](const char* index, u8 key, u8 value, const char* next) {
    return "0x" + std::string(14, '0') + index + hex(word(key)).substr(2) +
           hex(word(value)).substr(2) + std::string(14, '0') + next;
  };
  CHECK(got.at("address") == hex(addr(0x11)));
  CHECK(got.at("balance") == "0x7");
  CHECK(got.at("nonce") == "0x3");
  CHECK(got.at("storageHash") == hex(word(0xaa)));
  CHECK(got.at("root") == hex(word(0xaa)));
  CHECK(got.at("leafCount") == "0x4");
  CHECK(got.at("batchNumber") == "0x1");
  CHECK(got.at("accountProof") ==
        json::array{json::string(record("02", 1, 2, "03")), json::string(hex(word(5)))});
  const json::value& slot = got.at("storageProof").at(0);
  CHECK(slot.at("key") == "0x5");
  CHECK(slot.at("value") == "0x0");
  CHECK(slot.at("proof") == json::array{json::string(record("01", 3, 4, "03")),
                                        json::string(hex(word(6))),
                                        json::string(record("03", 7, 8, "01"))});
}

TEST_CASE("proof_slots_max slots pass, one more does not") {
  fixture f(rpc_config{.proof_slots_max = 2});
  CHECK(f.result("eth_getProof", "[" + alice + R"(,["0x1","0x2"],"latest"])")
            .at("storageProof")
            .as_array()
            .size() == 2);
  CHECK(f.error("eth_getProof", "[" + alice + R"(,["0x1","0x2","0x3"],"latest"])").at("code") ==
        -32602);
}

TEST_CASE("gas price is the next base fee and the tip") {
  fixture f;
  CHECK(f.result("eth_gasPrice") == "0x3baa0c47");
  CHECK(f.result("eth_maxPriorityFeePerGas") == "0xf4240");
}

TEST_CASE("fee history has base fees with the next one, ratios, and tips at percentiles of gas") {
  fixture f;
  const json::value got = f.result("eth_feeHistory", R"(["0x2","latest",[0,50,100]])");
  CHECK(got.at("oldestBlock") == "0x1");
  CHECK(got.at("baseFeePerGas") == json::array{"0x3b9aca00", "0x3b9aca00", "0x3b9aca07"});
  REQUIRE(got.at("gasUsedRatio").as_array().size() == 2);
  CHECK(got.at("gasUsedRatio").at(0).as_double() == Approx(0.00104));
  CHECK(got.at("reward") == json::parse(R"([["0x64","0x64","0x64"],["0x64","0x64","0x64"]])"));
  // The number of blocks may be a plain number; without percentiles there is no reward.
  const json::value plain = f.result("eth_feeHistory", R"([1,"0x1",[]])");
  CHECK(plain.at("oldestBlock") == "0x1");
  CHECK_FALSE(plain.as_object().contains("reward"));
  CHECK(f.result("eth_feeHistory", R"(["0x0","latest",[]])") ==
        json::parse(R"({"oldestBlock":"0x0","gasUsedRatio":null})"));
}

TEST_CASE("fee history weighs the tips by gas") {
  fixture f;
  const auto paying = [](u64 nonce, u64 tip, u64 gas) {
    const txn t = transfer(nonce);
    receipt r = receipt_of(t, true, gas);
    r.effective_gas_price = u256(1'000'000'000 + tip);
    return sealed(t, addr(0x11), r);
  };
  f.chain.extend({paying(10, 3, 50'000), paying(11, 1, 40'000), paying(12, 2, 10'000)});
  const json::value got = f.result("eth_feeHistory", R"([1,"latest",[0,40,41,50,51,100]])");
  CHECK(got.at("reward").at(0) == json::array{"0x1", "0x1", "0x2", "0x2", "0x3", "0x3"});
}

TEST_CASE("fee history ends when its time is over, and what was looked at is owed") {
  fixture f(rpc_config{.log_time_max = std::chrono::milliseconds{1000}});
  std::vector<sealed_txn> many;
  for (u64 n = 10; n < 74; ++n)
    many.push_back(sealed(transfer(n), addr(0x11), receipt_of(transfer(n), true, 21'000)));
  f.chain.extend(many);
  u64 owed = 0;
  context from;
  from.owe = [&](u64 cost) { owed += cost; };
  CHECK(f.result("eth_feeHistory", R"(["0x4","latest",[50]])", from).at("oldestBlock") == "0x0");
  CHECK(owed == 4 + 64 / 16);
  owed = 0;
  f.time.step = std::chrono::milliseconds{400};  // at each look: the third block is too late
  const json::value e = f.error("eth_feeHistory", R"(["0x4","latest",[50]])", from);
  CHECK(e.at("code") == -32000);
  CHECK(e.at("message") == "query timeout exceeded, ask for fewer blocks");
  CHECK(owed == 3);
}

TEST_CASE("fee history is cut at the limit and refuses bad percentiles") {
  fixture f(rpc_config{.fee_history_blocks_max = 2, .fee_percentiles_max = 2});
  CHECK(f.result("eth_feeHistory", R"(["0xffff","latest",[]])").at("oldestBlock") == "0x1");
  for (const char* list : {"[1,2,3]", "[101]", "[-1]", "[50,40]", "[\"1\"]", "5"}) {
    CAPTURE(list);
    CHECK(f.error("eth_feeHistory", std::string(R"([1,"latest",)") + list + "]").at("code") ==
          -32602);
  }
  CHECK(f.error("eth_feeHistory", R"([1,"0x99",[]])").at("message") == "header not found");
}
