#pragma once

#include <string>
#include <vector>

#include "runtime/base/clock.hpp"
#include "runtime/types/txn.hpp"

// What the operator's key signs, and how much of it in an hour.

namespace ashlar::publisher {

/// Contracts on L1 that the publisher has to do with.
struct known_contracts {
  address chain;
  address verifier;          ///< the one that the chain's contract names; zero: none
  bytes_view verifier_code;  ///< as L1 has it: with the addresses of the contracts that it asks
};

/// Why a transaction is none that the publisher sends: it goes elsewhere, calls another function of
/// the chain's contract, or carries value. Empty where it is one. Functions of a verifier are its
/// own, and nobody has rights there.
std::string why_unknown(const txn& t, const known_contracts& known);

struct signing_limits {
  u256 spend_max;          ///< wei that what is signed within an hour may cost
  u256 fee_per_gas_max;    ///< up to which a transaction may be outbid
  u32 signatures_max = 0;  ///< within an hour; the last quarter for replacements alone
};

/// What was signed. A nonce is paid for once, so a replacement counts with what it may cost more
/// than those before it. A new nonce is let in only where all that are not mined, it included,
/// could be outbid up to the fee cap within the limit: a replacement finds its place kept.
class signing_book {
 public:
  explicit signing_book(const signing_limits& limits) : limits_(limits) {}

  /// Of one nonce in the order of signing. `at`: steady.
  void note(const txn& t, clock::duration at);
  /// What has to pass before this may be signed; empty: nothing. `unmined`: the account's nonce on
  /// L1. Cost: linear in the signatures of an hour.
  std::string waits_for(const txn& t, u64 unmined, clock::duration now);

 private:
  struct signature {
    u64 nonce = 0;
    u256 increase;  ///< wei, over what was signed before at this nonce
    u256 at_cap;    ///< wei, were it outbid up to the cap
    clock::duration at{};
  };
  signing_limits limits_;
  std::vector<signature> signed_;
};

}  // namespace ashlar::publisher
