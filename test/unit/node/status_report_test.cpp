#include "actors/node/commands/status_report.hpp"

#include <catch2/catch.hpp>

using namespace ashlar;

namespace {

constexpr const char* health = R"({"ready":true,"roles":[
  {"role":"sequencer","state":"ok","detail":"head 12","restarts":"0x0"},
  {"role":"publisher","state":"down","detail":"ended: failed: planted","restarts":"0x1f"}]})";
constexpr const char* pipeline = R"({"latest":"0xc","safe":"0x8","finalized":"0x0",
  "mempoolPending":"0x5","mempoolQueued":"0x1","openBatch":"0x3","lastSealed":"0x2",
  "lastCommitted":"0x1","lastProved":null,"lastExecuted":null,"priorityQueue":"0x0",
  "l1Head":"0x28","waits":[{"step":"prove","waitsFor":"a verifier on L1","sinceSeconds":"0x0"}]})";

}  // namespace

TEST_CASE("status has a line for each role with its state, restarts and what it does") {
  const auto text = node::status_report(health, pipeline);
  REQUIRE(text.ok());
  CHECK(*text ==
        "role         state     restarts  doing\n"
        "sequencer    ok               0  head 12\n"
        "publisher    down            31  ended: failed: planted\n"
        "\n"
        "blocks       latest 12, safe 8, finalized 0\n"
        "batches      open 3; sealed 2, committed 1, proved -, executed -\n"
        "mempool      5 pending, 1 queued\n"
        "L1           block 40; 0 priority operations wait\n"
        "prove        waits for a verifier on L1\n");
}

TEST_CASE("status has what each layer of the last proof for L1 took") {
  std::string with = pipeline;
  with.insert(with.size() - 1, R"(,"proofLayers":[{"layer":"leaf","milliseconds":"0x334e8"},
    {"layer":"outer","milliseconds":"0x3b6"}])");
  const auto text = node::status_report(health, with);
  REQUIRE(text.ok());
  CHECK_THAT(*text,
             Catch::EndsWith("\nproof        the last for L1 took 211.1 s: leaf 210.2 s, outer "
                             "0.9 s\n"));
  with = pipeline;
  with.insert(with.size() - 1, R"(,"proofLayers":[])");
  CHECK(*node::status_report(health, with) == *node::status_report(health, pipeline));
}

TEST_CASE("status of something that is no node says so") {
  for (const char* other : {"", "null", "[]", "{}", R"({"roles":5})", "{"})
    CHECK(node::status_report(other, pipeline).error() == "not an ashlar node");
  for (const char* other : {"", "null", "{", "7"})
    CHECK(node::status_report(health, other).error() == "not an ashlar node");
}

TEST_CASE("status of a node that proves has a line for each worker and each failed batch") {
  const auto text = node::status_report(health, pipeline, R"({"programCommitment":"0x00",
    "params":"proven128","proved":"0x7","trouble":"","workers":[
    {"name":"local","state":"proving","threads":"0x2","batchNumber":"0x8","pass":"0x2",
     "segmentsDone":"0x2","segments":"0x5","cycles":"0x4c4b40","seconds":"0x14","proofs":"0x7",
     "lies":"0x0","lost":"0x1"},
    {"name":"odd","state":"suspended","threads":"0x1","batchNumber":null,"pass":"0x0",
     "segmentsDone":"0x0","segments":"0x0","cycles":"0x0","seconds":"0x0","proofs":"0x0",
     "lies":"0x3","lost":"0x0"}],
    "jobs":[{"batchNumber":"0x8","state":"leased","worker":"local","failures":"0x0","reason":""},
    {"batchNumber":"0x9","state":"stuck","worker":"","failures":"0x5","reason":"it trapped"}],
    "proofs":[]})");
  REQUIRE(text.ok());
  CHECK_THAT(
      *text,
      Catch::EndsWith("\nproved here  7 batches, proven128\n"
                      "local        proving batch 8, segment 3 of 5, 20 s, 100 kHz over both "
                      "passes; 7 proofs, 0 refused, 1 lost\n"
                      "odd          suspended; 0 proofs, 3 refused, 0 lost\n"
                      "batch 9      stuck, failed 5 times: it trapped\n"
                      "             mend the cause, then: ashlar retry --config FILE --batch 9\n"));
}
