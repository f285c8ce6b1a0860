#include "actors/publisher/revert_cause.hpp"

#include <catch2/catch.hpp>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"

using namespace ashlar;
using publisher::revert_cause;

TEST_CASE("a revert of the contract is named with its arguments") {
  CHECK(revert_cause(l1::abi_encoder()
                         .number(3)
                         .number(1'700'000'000)
                         .call("PriorityOverdue(uint64,uint64)")) ==
        "PriorityOverdue(3, 1700000000): an overdue priority operation must be in this batch");
  CHECK(revert_cause(l1::abi_encoder().call("VerifierNotSet()")) ==
        "VerifierNotSet(): the contract has no verifier yet");
  CHECK_THAT(
      revert_cause(l1::abi_encoder().number(1).number(2).call("TimestampTooOld(uint64,uint64)")),
      Catch::StartsWith("TimestampTooOld(1, 2): "));
}

TEST_CASE("Solidity's own errors are read") {
  const bytes text{'n', 'o'};
  CHECK(revert_cause(l1::abi_encoder().blob(text).call("Error(string)")) == "no");
  CHECK(revert_cause(l1::abi_encoder().number(0x11).call("Panic(uint256)")) == "panic 0x11");
}

TEST_CASE("what is not known is shown as hex, what is cut short is said") {
  CHECK(revert_cause({}) == "reverted without a reason");
  CHECK(revert_cause(bytes{1, 2, 3, 4}) == "unknown revert 0x01020304");
  bytes cut = l1::abi_encoder().number(1).number(2).call("TimestampTooOld(uint64,uint64)");
  cut.resize(cut.size() - 1);
  CHECK_THAT(revert_cause(cut), Catch::Contains("damaged"));
}
