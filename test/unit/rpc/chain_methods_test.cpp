#include "test/unit/rpc/fixture.hpp"

using namespace ashlar;
using namespace ashlar::rpc;
using namespace ashlar::rpc::test;

namespace {

/// Replaces every @name in a golden text.
std::string with(std::string golden, const std::map<std::string, std::string>& names) {
  for (const auto& [name, value] : names)
    for (std::size_t at; (at = golden.find("@" + name)) != std::string::npos;)
      golden.replace(at, name.size() + 1, value);
  return golden;
}

std::string zeros(std::size_t digits) {
  return "0x" + std::string(digits, '0');
}
json_text of(const char* byte, std::size_t n) {
  json_text out("0x");
  for (std::size_t i = 0; i < n; ++i) out += byte;
  return out;
}

std::map<std::string, std::string> names_of(const sealed_block& b) {
  return {{"hash", hex(b.hash)},
          {"parent", hex(b.header.parent_hash)},
          {"bloom", hex(b.header.logs_bloom)},
          {"zero256", zeros(512)},
          {"zero32", zeros(64)},
          {"miner", of("fe", 20)},
          {"trie", hex(empty_trie_root)},
          {"ommers", hex(empty_ommers_hash)},
          {"requests", hex(empty_requests_hash)}};
}

constexpr const char* header_golden = R"(
  "baseFeePerGas":"0x3b9aca00","blobGasUsed":"0x0","difficulty":"0x0","excessBlobGas":"0x0",
  "extraData":"0x","gasLimit":"0x5f5e100","gasUsed":"@used","hash":"@hash","logsBloom":"@bloom",
  "miner":"@miner","mixHash":"@zero32","nonce":"0x0000000000000000","number":"@number",
  "parentBeaconBlockRoot":"@zero32","parentHash":"@parent","receiptsRoot":"@trie",
  "requestsHash":"@requests","sha3Uncles":"@ommers","stateRoot":"@zero32","timestamp":"@time",
  "transactionsRoot":"@trie","withdrawalsRoot":"@trie")";

}  // namespace

TEST_CASE("a block without transactions has geth's shape") {
  fixture f;
  auto names = names_of(f.chain.block(0));
  names["used"] = "0x0";
  names["number"] = "0x0";
  names["time"] = "0x6553f100";
  const json::value golden =
      json::parse(with(std::string("{") + header_golden +
                           R"(,"size":"0x258","transactions":[],"uncles":[],"withdrawals":[],
                  "l1BatchNumber":"0x1","l1BatchTimestamp":"0x6553f100"})",
                       names));
  CHECK(f.result("eth_getBlockByNumber", R"(["0x0",false])") == golden);
  CHECK(f.result("eth_getBlockByNumber", R"(["earliest",true])") == golden);
  CHECK(f.result("eth_getBlockByHash", "[" + quoted(hex(f.chain.block(0).hash)) + ",true]") ==
        golden);
}

TEST_CASE("a block names its transactions, or holds them whole") {
  fixture f;
  const json::value hashes = f.result("eth_getBlockByNumber", R"(["0x1",false])");
  REQUIRE(hashes.at("transactions").as_array().size() == 3);
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(text(hashes.at("transactions").at(i)) == hex(f.chain.block(1).txns[i].hash));
  const json::value whole = f.result("eth_getBlockByNumber", R"(["0x1",true])");
  for (std::size_t i = 0; i < 3; ++i)
    CHECK(whole.at("transactions").at(i) == f.result("eth_getTransactionByBlockNumberAndIndex",
                                                     R"(["0x1","0x)" + std::to_string(i) + "\"]"));
}

TEST_CASE("tags name the heads") {
  fixture f;
  const auto number = [&](const std::string& tag) {
    return text(f.result("eth_getBlockByNumber", "[" + quoted(tag) + ",false]").at("number"));
  };
  CHECK(number("latest") == "0x2");
  CHECK(number("pending") == "0x2");
  CHECK(number("safe") == "0x1");
  CHECK(number("finalized") == "0x0");
  CHECK(number("earliest") == "0x0");
  CHECK(number("committed") == "0x2");
  CHECK(number("l1_committed") == "0x1");
  CHECK(f.result("eth_blockNumber") == "0x2");
}

TEST_CASE("a block that is not there is null") {
  fixture f;
  CHECK(f.result("eth_getBlockByNumber", R"(["0x99",true])").is_null());
  CHECK(f.result("eth_getBlockByHash", "[" + quoted(zeros(64)) + ",true]").is_null());
  CHECK(f.result("eth_getBlockReceipts", R"(["0x99"])").is_null());
  CHECK(f.result("eth_getBlockTransactionCountByNumber", R"(["0x99"])").is_null());
  CHECK(f.result("eth_getTransactionByBlockNumberAndIndex", R"(["0x1","0x3"])").is_null());
  CHECK(f.result("eth_getTransactionByHash", "[" + quoted(zeros(64)) + "]").is_null());
  CHECK(f.result("eth_getTransactionReceipt", "[" + quoted(zeros(64)) + "]").is_null());
}

TEST_CASE("counts and indexes by number and by hash") {
  fixture f;
  const std::string hash = quoted(hex(f.chain.block(1).hash));
  CHECK(f.result("eth_getBlockTransactionCountByNumber", R"(["0x1"])") == "0x3");
  CHECK(f.result("eth_getBlockTransactionCountByHash", "[" + hash + "]") == "0x3");
  CHECK(f.result("eth_getUncleCountByBlockNumber", R"(["0x1"])") == "0x0");
  CHECK(f.result("eth_getUncleCountByBlockHash", "[" + hash + "]") == "0x0");
  CHECK(f.result("eth_getTransactionByBlockHashAndIndex", "[" + hash + R"(,"0x1"])") ==
        f.result("eth_getTransactionByBlockNumberAndIndex", R"(["0x1","0x1"])"));
}

TEST_CASE("each type of transaction has geth's shape") {
  fixture f;
  const auto txn = [&](u64 block, std::size_t index) {
    return f.result("eth_getTransactionByHash",
                    "[" + quoted(hex(f.chain.block(block).txns[index].hash)) + "]");
  };
  const auto golden = [&](const char* body, u64 block, std::size_t index) {
    const sealed_block& b = f.chain.block(block);
    return json::parse(with(
        std::string(R"({"blockHash":"@block","hash":"@txn","r":"0x1234","s":"0x5678",
          "blockNumber":"0x)") +
            std::to_string(block) + R"(","blockTimestamp":"0x6553f10)" + std::to_string(block) +
            R"(","transactionIndex":"0x)" + std::to_string(index) + R"(",)" + body + "}",
        {{"block", hex(b.hash)},
         {"txn", hex(b.txns[index].hash)},
         {"a11", of("11", 20)},
         {"a12", of("12", 20)},
         {"a13", of("13", 20)},
         {"a22", of("22", 20)},
         {"a55", of("55", 20)},
         {"a66", of("66", 20)},
         {"w09", of("09", 32)}}));
  };
  // Legacy: v carries the chain id, and there is no access list.
  CHECK(txn(1, 0) == golden(R"("from":"@a11","gas":"0x5208","gasPrice":"0x3b9aca64","input":"0x",
    "nonce":"0x0","to":"@a22","value":"0x5","type":"0x0","chainId":"0x10f","v":"0x242",
    "l1BatchNumber":"0x1","l1BatchTxIndex":"0x0")",
                            1, 0));
  CHECK(txn(1, 1) == golden(R"("from":"@a11","gas":"0x5208","gasPrice":"0x3b9aca64",
    "maxFeePerGas":"0x77359400","maxPriorityFeePerGas":"0x64","input":"0xabcd","nonce":"0x1",
    "to":"@a22","value":"0x5","type":"0x2","accessList":[],"chainId":"0x10f","yParity":"0x1",
    "v":"0x1","l1BatchNumber":"0x1","l1BatchTxIndex":"0x1")",
                            1, 1));
  CHECK(txn(1, 2).at("to").is_null());
  CHECK(txn(2, 0) == golden(R"("from":"@a11","gas":"0x5208","gasPrice":"0x3b9aca64",
    "maxFeePerGas":"0x77359400","maxPriorityFeePerGas":"0x64","input":"0x","nonce":"0x3",
    "to":"@a22","value":"0x5","type":"0x4","accessList":[],
    "authorizationList":[{"chainId":"0x10f","address":"@a55","nonce":"0x7","yParity":"0x1",
    "r":"0x99","s":"0x88"}],"chainId":"0x10f","yParity":"0x1","v":"0x1",
    "l1BatchNumber":null,"l1BatchTxIndex":null)",
                            2, 0));
  CHECK(txn(2, 1) == golden(R"("from":"@a13","gas":"0x5208","gasPrice":"0x3b9aca64","input":"0x",
    "nonce":"0x4","to":"@a22","value":"0x5","type":"0x1",
    "accessList":[{"address":"@a66","storageKeys":["@w09"]}],"chainId":"0x10f","yParity":"0x1",
    "v":"0x1","l1BatchNumber":null,"l1BatchTxIndex":null)",
                            2, 1));
  CHECK(txn(2, 2).at("type") == "0x7f");
  CHECK(txn(2, 2).at("v") == "0x0");
}

TEST_CASE("a transaction in the mempool has no block") {
  fixture f;
  const auto t = f.chain.wait(transfer(7), addr(0x11));
  const json::value got = f.result("eth_getTransactionByHash", "[" + quoted(hex(t->hash)) + "]");
  CHECK(got.at("blockHash").is_null());
  CHECK(got.at("blockNumber").is_null());
  CHECK(got.at("transactionIndex").is_null());
  CHECK(got.at("gasPrice") == "0x77359400");
  CHECK(got.at("nonce") == "0x7");
  CHECK(f.result("eth_getTransactionReceipt", "[" + quoted(hex(t->hash)) + "]").is_null());
}

TEST_CASE("a receipt has geth's shape and the ZK Stack's fields") {
  fixture f;
  const sealed_block& b = f.chain.block(1);
  const std::map<std::string, std::string> names{
      {"block", hex(b.hash)}, {"txn", hex(b.txns[1].hash)},
      {"a11", of("11", 20)},  {"a22", of("22", 20)},
      {"a33", of("33", 20)},  {"a34", of("34", 20)},
      {"w01", of("01", 32)},  {"w02", of("02", 32)},
      {"w03", of("03", 32)},  {"bloom", hex(b.header.logs_bloom)}};
  const json::value golden = json::parse(with(R"({"blockHash":"@block","blockNumber":"0x1",
    "contractAddress":null,"cumulativeGasUsed":"0xc738","effectiveGasPrice":"0x3b9aca64",
    "from":"@a11","gasUsed":"0x7530","logsBloom":"@bloom","status":"0x1","to":"@a22",
    "transactionHash":"@txn","transactionIndex":"0x1","type":"0x2","l1BatchNumber":"0x1",
    "l1BatchTxIndex":"0x1","l2ToL1Logs":[],"logs":[
     {"address":"@a33","topics":["@w01","@w02"],"data":"0x01","blockNumber":"0x1",
      "transactionHash":"@txn","transactionIndex":"0x1","blockHash":"@block",
      "blockTimestamp":"0x6553f101","logIndex":"0x0","removed":false,
      "transactionLogIndex":"0x0","logType":null,"l1BatchNumber":"0x1"},
     {"address":"@a34","topics":["@w03"],"data":"0x","blockNumber":"0x1",
      "transactionHash":"@txn","transactionIndex":"0x1","blockHash":"@block",
      "blockTimestamp":"0x6553f101","logIndex":"0x1","removed":false,
      "transactionLogIndex":"0x1","logType":null,"l1BatchNumber":"0x1"}]})",
                                              names));
  CHECK(f.result("eth_getTransactionReceipt", "[" + quoted(hex(b.txns[1].hash)) + "]") == golden);
  const json::value all = f.result("eth_getBlockReceipts", R"(["0x1"])");
  REQUIRE(all.as_array().size() == 3);
  CHECK(all.at(1) == golden);
  CHECK(all.at(2).at("contractAddress") == of("44", 20));
  CHECK(all.at(2).at("to").is_null());
  CHECK(f.result("eth_getBlockReceipts", R"(["latest"])").at(1).at("status") == "0x0");
}

TEST_CASE("the result of an L1 -> L2 transaction is an L2 -> L1 log of its receipt") {
  fixture f;
  const sealed_block& b = f.chain.block(2);
  const json::value got =
      f.result("eth_getTransactionReceipt", "[" + quoted(hex(b.txns[2].hash)) + "]");
  REQUIRE(got.at("l2ToL1Logs").as_array().size() == 1);
  const json::value& log = got.at("l2ToL1Logs").at(0);
  CHECK(log.at("sender") == "0x0000000000000000000000000000000000008001");
  CHECK(log.at("isService") == true);
  CHECK(log.at("shardId") == "0x0");
  CHECK(log.at("key") == of("99", 32));
  CHECK(log.at("logIndex") == "0x0");
  CHECK(log.at("transactionHash") == hex(b.txns[2].hash));
}

TEST_CASE("who the node is") {
  fixture f;
  CHECK(f.result("eth_chainId") == "0x10f");
  CHECK(f.result("net_version") == "271");
  CHECK(f.result("net_listening") == true);
  CHECK(f.result("net_peerCount") == "0x0");
  CHECK(f.result("web3_clientVersion") == "ashlar/test");
  CHECK(f.result("eth_accounts") == json::array{});
  // keccak256("hello world")
  CHECK(f.result("web3_sha3", R"(["0x68656c6c6f20776f726c64"])") ==
        "0x47173285a8d7341e5e972fc677286384f802f8ef42a5ec5f03bbfa254cb01fad");
}

TEST_CASE("syncing is false, or says how far") {
  fixture f;
  CHECK(f.result("eth_syncing") == false);
  f.chain.progress = sync_progress{block_number{1}, block_number{16}, block_number{255}};
  CHECK(f.result("eth_syncing") ==
        json::parse(R"({"startingBlock":"0x1","currentBlock":"0x10","highestBlock":"0xff"})"));
}

TEST_CASE("a malformed block, hash or index is an invalid argument with geth's reason") {
  fixture f;
  const auto why = [&](const char* method, const char* params) {
    const json::value e = f.error(method, params);
    CHECK(e.at("code") == -32602);
    return text(e.at("message"));
  };
  CHECK(why("eth_getBlockByNumber", R"(["newest",true])") ==
        "invalid argument 0: hex string without 0x prefix");
  CHECK(why("eth_getBlockByNumber", R"(["0x01",true])") ==
        "invalid argument 0: hex number with leading zero digits");
  CHECK(why("eth_getBlockByNumber", R"(["0x",true])") == "invalid argument 0: hex string \"0x\"");
  CHECK(why("eth_getBlockByNumber", R"(["0x10000000000000000",true])") ==
        "invalid argument 0: hex number > 64 bits");
  CHECK(why("eth_getBlockByNumber", R"(["0xg",true])") == "invalid argument 0: invalid hex string");
  CHECK(why("eth_getBlockByNumber", R"([1,true])") ==
        "invalid argument 0: not a block number, tag or hash");
  CHECK(why("eth_getBlockByNumber", R"(["0x1","yes"])") == "invalid argument 1: not a boolean");
  CHECK(why("eth_getBlockByHash", R"(["0x12",true])") ==
        "invalid argument 0: hex string has length 2, want 64");
  CHECK(why("eth_getTransactionByHash", "[\"0x1\"]") ==
        "invalid argument 0: hex string of odd length");
  CHECK(why("eth_getTransactionByBlockNumberAndIndex", R"(["0x1"])") ==
        "missing value for required argument 1");
  CHECK(why("web3_sha3", R"(["68"])") == "invalid argument 0: hex string without 0x prefix");
}
