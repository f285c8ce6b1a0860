#include "actors/publisher/revert_cause.hpp"

#include <array>
#include <string_view>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/base/printable.hpp"
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
    known_error{"EscapeNotOpen()",
                "the oldest operation that is not executed must be older than the escape's age"},
    known_error{"CallNotDirect()", "the account must be without code, also a delegation's"},
    known_error{"Frozen()", "the chain is frozen on L1, for 14 days at most (frozenUntil)"},
    known_error{"AccessControlUnauthorizedAccount(address,bytes32)",
                "the operator's account lacks its role on L1"},
    known_error{"BelowProved(uint64)",
                "while the escape is open, what is proved is the governor's alone to revert"},
};

// runtime/stark/solidity: what refuses a proof says why by a number.
constexpr std::string_view refused_signature = "Refused(uint256)";

std::string_view refusal_meaning(const u256& why) {
  if (!why.fits_u64()) return "a number that no part of the verifier gives";
  const u64 n = why.low();
  if (n >= 100 && n < 200) return "a table's constraints do not hold";
  switch (n) {
    case 1:
      return "a claimed inverse is none";
    case 2:
      return "a field element is not canonical";
    case 3:
      return "the data of the proof's head is too short or too long";
    case 4:
      return "constraints and quotients do not agree";
    case 5:
      return "a Merkle cap does not lead to its root";
    case 6:
      return "the proof is for tables of other heights";
    case 7:
    case 8:
      return "the sums of the tables do not cancel";
    case 9:
      return "its proof of work is too small";
    case 20:
    case 22:
      return "the data of opened rows is too short or too long";
    case 21:
      return "there is no such batch of rows";
    case 23:
      return "the proof's head was not verified before, or is another proof's";
    case 24:
      return "an opened row is not in its tree";
    case 30:
    case 32:
      return "the data of opened leaves is too short or too long";
    case 31:
      return "there is no such call of leaves";
    case 33:
      return "rows of these queries were not verified before, or are another proof's";
    case 34:
      return "an opened leaf is not in its tree";
    case 35:
    case 36:
      return "a folded value is not the next layer's";
    case 40:
      return "the list of batches is not canonical calldata";
    case 41:
      return "the list must have 1 to 256 batches";
    case 42:
      return "not every part of the proof of this list was verified";
    default:
      return "a number that no part of the verifier gives";
  }
}

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
  if (equal(selector, l1::selector(refused_signature))) {
    const u256 why = r.number();
    if (r.ok())
      return "Refused(" + to_decimal(why) +
             "): the verifier refuses the proof: " + std::string(refusal_meaning(why));
  }
  if (equal(selector, l1::selector("Error(string)"))) {
    constexpr std::size_t text_bytes_max = 512;
    const bytes text = r.blob();
    if (r.ok())
      return printable({reinterpret_cast<const char*>(text.data()), text.size()}, text_bytes_max);
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
