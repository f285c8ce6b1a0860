#include "net/rpc/iso_time.hpp"
#include "runtime/base/hex.hpp"
#include "test/unit/rpc/fixture.hpp"

using namespace ashlar;
using namespace ashlar::rpc;
using namespace ashlar::rpc::test;

TEST_CASE("the ZK Stack's constants") {
  fixture f;
  CHECK(f.result("zks_getBridgehubContract") == hex(addr(0xb0)));
  CHECK(f.result("zks_getMainContract") == hex(addr(0xb1)));
  CHECK(f.result("zks_getBaseTokenL1Address") == hex(addr(0x01)));
  CHECK(f.result("zks_L1ChainId") == "0x7a69");
  CHECK(f.result("zks_getL1BatchNumber") == "0x1");
  CHECK(f.result("zks_L1BatchNumber") == "0x1");
  CHECK(f.result("zks_getL1BatchBlockRange", "[1]") == json::array{"0x0", "0x1"});
  const json::value bridges = f.result("zks_getBridgeContracts");
  CHECK(bridges.at("l1SharedDefaultBridge") == hex(addr(0xb2)));
  CHECK(bridges.at("l2SharedDefaultBridge") == hex(addr(0xb3)));
}

TEST_CASE("batch details have the ZK Stack's shape") {
  fixture f;
  const std::string zero = hex(word(0));
  const json::value golden =
      json::parse(R"({"number":1,"timestamp":1700000000,"l1TxCount":0,
    "l2TxCount":3,"rootHash":")" +
                  hex(word(0xcc)) + R"(","status":"sealed","commitTxHash":")" + hex(word(0xc1)) +
                  R"(","committedAt":"2023-11-14T22:15:00Z",
    "proveTxHash":null,"provenAt":null,"executeTxHash":null,"executedAt":null,"l1GasPrice":0,
    "l2FairGasPrice":0,"baseSystemContractsHashes":{"bootloader":")" +
                  zero + R"(","default_aa":")" + zero + "\"}}");
  CHECK(f.result("zks_getL1BatchDetails", "[1]") == golden);
  CHECK(f.result("zks_getL1BatchDetails", R"(["0x1"])") == golden);
  CHECK(f.result("zks_getL1BatchDetails", "[9]").is_null());
}

TEST_CASE("block details have the ZK Stack's shape") {
  fixture f;
  const json::value in_batch = f.result("zks_getBlockDetails", "[1]");
  CHECK(in_batch.at("number") == 1);
  CHECK(in_batch.at("l1BatchNumber") == 1);
  CHECK(in_batch.at("l2TxCount") == 3);
  CHECK(in_batch.at("rootHash") == hex(f.chain.block(1).hash));
  CHECK(in_batch.at("commitTxHash") == hex(word(0xc1)));
  CHECK(in_batch.at("protocolVersion") == "Version1");
  const json::value open = f.result("zks_getBlockDetails", "[2]");
  CHECK(open.at("l1BatchNumber").is_null());
  CHECK(open.at("l1TxCount") == 1);
  CHECK(open.at("l2TxCount") == 2);
  CHECK(open.at("commitTxHash").is_null());
  CHECK(f.result("zks_getBlockDetails", "[9]").is_null());
}

TEST_CASE("transaction details say how far it is") {
  fixture f;
  const auto details = [&](const hash256& hash) {
    return f.result("zks_getTransactionDetails", "[" + quoted(hex(hash)) + "]");
  };
  const json::value included = details(f.chain.block(1).txns[0].hash);
  CHECK(included.at("status") == "included");
  CHECK(included.at("isL1Originated") == false);
  CHECK(included.at("fee") == "0x131971aa5b20");
  CHECK(included.at("initiatorAddress") == hex(addr(0x11)));
  CHECK(included.at("receivedAt") == "2023-11-14T22:13:21Z");
  CHECK(included.at("ethCommitTxHash") == hex(word(0xc1)));
  CHECK(included.at("ethExecuteTxHash").is_null());
  CHECK(details(f.chain.block(2).txns[1].hash).at("status") == "failed");
  const json::value from_l1 = details(f.chain.block(2).txns[2].hash);
  CHECK(from_l1.at("isL1Originated") == true);
  CHECK(from_l1.at("gasPerPubdata") == "0x320");
  CHECK(details(f.chain.wait(transfer(9), addr(0x11))->hash).at("status") == "pending");
  CHECK(details(word(0x98)).is_null());
}

TEST_CASE("a log proof has id, siblings and root") {
  fixture f;
  const std::string hash = quoted(hex(f.chain.block(1).txns[0].hash));
  const json::value golden =
      json::parse(R"({"id":2,"proof":[")" + hex(word(1)) + "\",\"" + hex(word(2)) +
                  R"("],"root":")" + hex(word(3)) + R"(","batchNumber":1})");
  CHECK(f.result("zks_getL2ToL1LogProof", "[" + hash + "]") == golden);
  CHECK(f.result("zks_getL2ToL1LogProof", "[" + hash + ",0]") == golden);
  CHECK(f.result("zks_getL2ToL1LogProof", "[" + hash + ",0,null]") == golden);  // zksync-ethers'
  CHECK(f.error("zks_getL2ToL1LogProof", "[" + hash + ",0,\"proof_based_gw\"]").at("code") ==
        -32602);
  CHECK(f.result("zks_getL2ToL1LogProof", "[" + hash + ",1]").is_null());
  CHECK(f.error("zks_getL2ToL1LogProof", "[" + hash + ",16384]").at("code") == -32602);
}

TEST_CASE("fee estimates for deposits and transactions") {
  fixture f;
  f.chain.estimate_answer = {70'000, {}};
  CHECK(f.result("zks_estimateGasL1ToL2", "[{}]") == "0x14820");  // a fifth more
  CHECK(f.result("zks_estimateFee", "[{}]") ==
        json::parse(R"({"gas_limit":"0x11170","gas_per_pubdata_limit":"0x320",
                        "max_fee_per_gas":"0x7744d64e","max_priority_fee_per_gas":"0xf4240"})"));
  f.chain.estimate_answer.outcome.status = call_status::reverted;
  CHECK(f.error("zks_estimateFee", "[{}]").at("code") == 3);
}

TEST_CASE("a deposit is estimated with the money that it brings, a transaction with its own") {
  fixture f;
  f.chain.estimate_answer = {70'000, {}};
  const std::string from = "0x00000000000000000000000000000000000000aa";
  const std::string request = R"([{"from":")" + from + R"(","value":"0x5"}])";
  f.result("zks_estimateGasL1ToL2", request);
  REQUIRE(f.chain.seen_accounts.size() == 1);
  CHECK(to_hex(f.chain.seen_accounts.begin()->first) == from);
  CHECK(*f.chain.seen_accounts.begin()->second.balance > u256{1} << 128);
  f.result("zks_estimateFee", request);
  CHECK(f.chain.seen_accounts.empty());
}

TEST_CASE("a soft confirmation names the place and carries the signature") {
  fixture f;
  const sealed_block& b = f.chain.block(1);
  const json::value golden = json::parse(
      R"({"chainId":"0x10f","blockNumber":"0x1","transactionIndex":"0x1","blockHash":")" +
      hex(b.hash) + R"(","transactionHash":")" + hex(b.txns[1].hash) + R"(","signer":")" +
      hex(addr(0xb4)) + R"(","signature":")" + hex(filled<65>(0x5a)) + "\"}");
  CHECK(f.result("ashlar_softConfirmation", "[" + quoted(hex(b.txns[1].hash)) + "]") == golden);
  CHECK(f.result("ashlar_softConfirmation", "[" + quoted(hex(word(0x98))) + "]").is_null());
}

TEST_CASE("batch status says the stage and what it waits for") {
  fixture f;
  const json::value golden = json::parse(R"({"number":"0x1","stage":"committed","firstBlock":"0x0",
    "lastBlock":"0x1","transactions":"0x3","l1Transactions":"0x0","gas":"0x19640",
    "pubdataBytes":"0x63","timestamp":"0x6553f100","stateCommitment":")" +
                                         hex(word(0xcc)) + R"(","treeRoot":")" + hex(word(0)) +
                                         R"(","commit":{"transactionHash":")" + hex(word(0xc1)) +
                                         R"(","timestamp":"0x6553f164","gasUsed":"0x249f0"},
    "prove":null,"execute":null,"waitsFor":"a proof","estimateSeconds":"0x1e","lastError":""})");
  CHECK(f.result("ashlar_batchStatus", "[1]") == golden);
  CHECK(f.result("ashlar_batchStatus") == golden);
  CHECK(f.result("ashlar_batchStatus", "[9]").is_null());
}

TEST_CASE("transaction status and drop reason") {
  fixture f;
  CHECK(f.result("ashlar_transactionStatus",
                 "[" + quoted(hex(f.chain.block(1).txns[0].hash)) + "]") ==
        json::parse(R"({"stage":"committed","blockNumber":"0x1","batchNumber":"0x1",
                        "waitsFor":"a proof","estimateSeconds":"0x1e"})"));
  CHECK(f.result("ashlar_transactionStatus", "[" + quoted(hex(word(0x98))) + "]").is_null());
  CHECK(
      f.result("ashlar_dropReason", "[" + quoted(hex(word(0xde))) + "]") ==
      json::parse(R"({"code":"evicted","message":"the pool was full","timestamp":"0x6553f101"})"));
  CHECK(f.result("ashlar_dropReason", "[" + quoted(hex(word(0x98))) + "]").is_null());
}

TEST_CASE("pipeline and health") {
  fixture f;
  CHECK(f.result("ashlar_pipeline") == json::parse(R"({"latest":"0x2","safe":"0x1",
    "finalized":"0x0","mempoolPending":"0x2","mempoolQueued":"0x0","openBatch":"0x2",
    "lastSealed":"0x1","lastCommitted":"0x1","lastProved":null,"lastExecuted":null,
    "priorityQueue":"0x0","l1Head":"0x0",
    "waits":[{"step":"prove","waitsFor":"a verifier on L1","sinceSeconds":"0xc"}],
    "proofLayers":[{"layer":"leaf","milliseconds":"0x1000"},{"layer":"outer","milliseconds":"0x384"}]})"));
  CHECK(f.result("ashlar_health") == json::parse(R"({"ready":true,"roles":[
    {"role":"sequencer","state":"ok","detail":"","restarts":"0x0"},
    {"role":"prover","state":"down","detail":"none set","restarts":"0x2"}]})"));
}

TEST_CASE("the prover fleet, and that there is none") {
  fixture f;
  CHECK(f.result("ashlar_proverFleet") == json::parse(R"({"programCommitment":
    "0x7777777777777777777777777777777777777777777777777777777777777777","params":"proven128",
    "proved":"0x1","trouble":"","workers":[{"name":"local","state":"proving","threads":"0x2",
      "batchNumber":"0x2","pass":"0x2","segmentsDone":"0x1","segments":"0x5","cycles":"0x3e8",
      "seconds":"0x1e","proofs":"0x1","lies":"0x0","lost":"0x0"}],
    "jobs":[{"batchNumber":"0x2","state":"leased","worker":"local","failures":"0x1",
      "reason":"it \"ended\""}],
    "proofs":[{"batchNumber":"0x1","proofHash":
      "0x7878787878787878787878787878787878787878787878787878787878787878","bytes":"0x1000",
      "cycles":"0x384","segments":"0x4","seconds":"0x3c","worker":"local"}]})"));
  f.chain.ready = false;
  CHECK(f.result("ashlar_proverFleet").is_null());
}

TEST_CASE("times are ISO 8601") {
  CHECK(to_iso(unix_seconds{0}) == "1970-01-01T00:00:00Z");
  CHECK(to_iso(unix_seconds{951'782'400}) == "2000-02-29T00:00:00Z");
  CHECK(to_iso(unix_seconds{1'700'000'000}) == "2023-11-14T22:13:20Z");
  CHECK(to_iso(unix_seconds{~0ull}) == "9999-12-31T23:59:59Z");
}
