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

TEST_CASE("why a verifier refuses a proof is named") {
  const auto cause = [](u64 why) {
    return revert_cause(l1::abi_encoder().number(why).call("Refused(uint256)"));
  };
  // the selector that the generated contracts write out
  CHECK(to_hex(bytes_view(l1::abi_encoder().number(1).call("Refused(uint256)")).first(4)) ==
        "0x590a5151");
  CHECK(cause(24) ==
        "Refused(24): the verifier refuses the proof: an opened row is not in its tree");
  CHECK_THAT(cause(23), Catch::Contains("head was not verified before"));
  CHECK_THAT(cause(103), Catch::Contains("constraints"));
  for (const u64 why : {1,  2,  3,  4,  5,  6,  7,  8,  9,  20, 21, 22,  23,
                        24, 30, 31, 32, 33, 34, 35, 36, 40, 41, 42, 100, 112})
    CHECK_THAT(cause(why), !Catch::Contains("a number that no part"));
  for (const u64 why : {u64{0}, u64{10}, u64{99}, u64{200}, ~u64{0}})
    CHECK_THAT(cause(why), Catch::Contains("a number that no part"));
  CHECK(cause(0).starts_with("Refused(0)"));
}

TEST_CASE("Solidity's own errors are read") {
  const bytes text{'n', 'o'};
  CHECK(revert_cause(l1::abi_encoder().blob(text).call("Error(string)")) == "no");
  const bytes loud(100'000, 0x1b);
  CHECK(revert_cause(l1::abi_encoder().blob(loud).call("Error(string)")) == std::string(512, '?'));
  CHECK(revert_cause(l1::abi_encoder().number(0x11).call("Panic(uint256)")) == "panic 0x11");
}

TEST_CASE("what is not known is shown as hex, what is cut short is said") {
  CHECK(revert_cause({}) == "reverted without a reason");
  CHECK(revert_cause(bytes{1, 2, 3, 4}) == "unknown revert 0x01020304");
  bytes cut = l1::abi_encoder().number(1).number(2).call("TimestampTooOld(uint64,uint64)");
  cut.resize(cut.size() - 1);
  CHECK_THAT(revert_cause(cut), Catch::Contains("damaged"));
}
