#include "actors/publisher/revert_cause.hpp"

#include <array>
#include <string_view>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/base/u256.hpp"

namespace ashlar::publisher {
namespace {

struct known_error {
  std::string_view signature;
  std::string_view advice;
};

// net/contracts/src/l1: Settlement.sol, ChainStorage.sol, OpenZeppelin's AccessControl.
constexpr std::array errors{
    known_error{"VersionMismatch(uint32,uint32)", "the chain's protocol version changed on L1"},
    known_error{"NumberMismatch(uint64,uint64)", "L1 expects another batch number"},
    known_error{"StateMismatch(bytes32,bytes32)", "the batch does not continue L1's state"},
    known_error{"BlockRangeInvalid(uint64,uint64,uint64)",
                "the batch does not continue L1's blocks"},
    known_error{"TimestampNotMonotone(uint64,uint64,uint64)", "the batch's time goes back"},
    known_error{"TimestampTooOld(uint64,uint64)", "the batch is older than L1 accepts"},
    known_error{"TimestampTooNew(uint64,uint64)", "the batch is ahead of L1's clock"},
    known_error{"PubdataMismatch(bytes32,bytes32)", "the pubdata is not what the batch commits to"},
    known_error{"PriorityCountTooHigh(uint64,uint64)",
                "L1 does not have these priority operations"},
    known_error{"PriorityHashMismatch(bytes32,bytes32)", "L1's priority queue is another one"},
    known_error{"PriorityOverdue(uint64,uint64)",
                "an overdue priority operation must be in this batch"},
    known_error{"ConfigMismatch(bytes32,bytes32)", "the chain's configuration changed on L1"},
    known_error{"LogRootZero()", ""},
    known_error{"VerifierNotSet()", "the contract has no verifier yet"},
    known_error{"NotVerified(bytes32)", "no proof with this output was verified on L1"},
    known_error{"RunInvalid()", ""},
    known_error{"RunCrossesVersions(uint32,uint32)", ""},
    known_error{"BatchNotProved(uint64)", ""},
    known_error{"PublicInputMismatch(bytes32,bytes32)", ""},
    known_error{"BelowExecuted(uint64)", ""},
    known_error{"AboveCommitted(uint64)", ""},
    known_error{"HeaderNeeded()", ""},
    known_error{"EscapeNotOpen()", "an operation must be overdue, and the last execution old"},
    known_error{"CallNotDirect()", "the account must be without code, also a delegation's"},
    known_error{"Frozen()", "the chain is frozen on L1 until its governor unfreezes it"},
    known_error{"AccessControlUnauthorizedAccount(address,bytes32)",
                "the operator's account lacks its role on L1"},
};

std::string_view argument_types(std::string_view signature) {
  const std::size_t open = signature.find('(');
  return signature.substr(open + 1, signature.size() - open - 2);
}

/// Words as their types say; every argument of the known errors is one word.
std::string with_arguments(std::string_view signature, bytes_view data) {
  std::string out(signature.substr(0, signature.find('(') + 1));
  std::string_view types = argument_types(signature);
  l1::abi_reader r(data);
  bool first = true;
  while (!types.empty()) {
    const std::string_view type = types.substr(0, types.find(','));
    types.remove_prefix(type.size() < types.size() ? type.size() + 1 : type.size());
    if (!first) out += ", ";
    first = false;
    if (type == "bytes32")
      out += to_hex(r.word());
    else if (type == "address")
      out += to_hex(r.account());
    else
      out += to_decimal(r.number());
  }
  return r.ok() ? out + ")" : std::string(signature) + " with damaged arguments";
}

}  // namespace

std::string revert_cause(bytes_view revert_data) {
  if (revert_data.size() < 4) return "reverted without a reason";
  const bytes_view selector = revert_data.first(4);
  const bytes_view arguments = revert_data.subspan(4);
  for (const known_error& e : errors) {
    if (!equal(selector, l1::selector(e.signature))) continue;
    std::string text = with_arguments(e.signature, arguments);
    if (!e.advice.empty()) text += ": " + std::string(e.advice);
    return text;
  }
  l1::abi_reader r(arguments);
  if (equal(selector, l1::selector("Error(string)"))) {
    const bytes text = r.blob();
    if (r.ok()) return std::string(text.begin(), text.end());
  }
  if (equal(selector, l1::selector("Panic(uint256)"))) {
    const u256 code = r.number();
    if (r.ok()) return "panic " + to_quantity(code);
  }
  constexpr std::size_t shown_bytes_max = 68;
  return "unknown revert " +
         to_hex(revert_data.first(std::min(revert_data.size(), shown_bytes_max)));
}

}  // namespace ashlar::publisher
