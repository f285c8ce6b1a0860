#include "actors/node/status_report.hpp"

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

TEST_CASE("status of something that is no node says so") {
  for (const char* other : {"", "null", "[]", "{}", R"({"roles":5})", "{"})
    CHECK(node::status_report(other, pipeline).error() == "not an ashlar node");
  for (const char* other : {"", "null", "{", "7"})
    CHECK(node::status_report(health, other).error() == "not an ashlar node");
}
