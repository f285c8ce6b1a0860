#include "actors/publisher/signing_policy.hpp"

#include <algorithm>
#include <map>

#include "net/l1/chain_contract.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::publisher {

namespace {

constexpr clock::duration window = std::chrono::hours(1);

/// Whether code pushes this address.
bool names(bytes_view code, const address& who) {
  constexpr u8 push20 = 0x73;
  bytes pushed{push20};
  append(pushed, who);
  return std::search(code.begin(), code.end(), pushed.begin(), pushed.end()) != code.end();
}

u256 cost_max(const txn& t) {
  return t.max_fee_per_gas * u256{t.gas_limit} + t.value;
}

}  // namespace

std::string why_unknown(const txn& t, const known_contracts& known) {
  if (!t.to) return "it would create a contract";
  if (!t.value.is_zero()) return "it would carry value";
  if (*t.to == known.chain)
    return l1::is_settlement_call(t.data)
               ? ""
               : "it calls a function of the chain's contract that settles nothing";
  if (!known.verifier.is_zero() && (*t.to == known.verifier || names(known.verifier_code, *t.to)))
    return {};
  return "it goes to " + to_hex(*t.to) +
         ", which is neither the chain's contract nor its verifier nor named in that one's code";
}

void signing_book::note(const txn& t, clock::duration at) {
  u256 before;
  for (const signature& s : signed_)
    if (s.nonce == t.nonce) before += s.increase;
  const u256 cost = cost_max(t);
  signed_.push_back({t.nonce, cost > before ? cost - before : u256{},
                     limits_.fee_per_gas_max * u256{t.gas_limit}, at});
}

std::string signing_book::waits_for(const txn& t, u64 unmined, clock::duration now) {
  const auto is_recent = [&](const signature& s) { return now - s.at < window; };
  std::erase_if(signed_, [&](const signature& s) { return s.nonce < unmined && !is_recent(s); });
  struct sum {
    u256 cost, at_cap;
  };
  std::map<u64, sum> by_nonce;
  u256 spent;
  u32 count = 0;
  for (const signature& s : signed_) {
    sum& n = by_nonce[s.nonce];
    n.cost += s.increase;
    n.at_cap = std::max(n.at_cap, s.at_cap);
    if (!is_recent(s)) continue;
    spent += s.increase;
    ++count;
  }

  const u256 cost = cost_max(t), at_cap = limits_.fee_per_gas_max * u256{t.gas_limit};
  sum& same = by_nonce[t.nonce];
  const bool has_place = same.at_cap >= at_cap;
  const u32 count_max = has_place ? limits_.signatures_max : limits_.signatures_max / 4 * 3;
  if (count >= count_max)
    return "waits for the hour to pass: " + std::to_string(count) +
           " signatures in the last one, " + std::to_string(count_max) +
           (has_place ? "" : " before a new transaction") +
           " are the most (publisher.signatures_per_hour_max)";
  u256 more;
  if (has_place) {
    more = cost > same.cost ? cost - same.cost : u256{};
  } else {
    same.at_cap = at_cap;
    for (const auto& [nonce, n] : by_nonce)
      if (nonce >= unmined && n.at_cap > n.cost) more += n.at_cap - n.cost;
  }
  if (spent + more <= limits_.spend_max) return {};
  return "waits for the hour to pass: " + to_decimal(spent) +
         " wei were signed for in the last one, with this and to outbid what is in flight it may "
         "be " +
         to_decimal(more) + " more, and " + to_decimal(limits_.spend_max) +
         " is the most (publisher.spend_per_hour_max_wei)";
}

}  // namespace ashlar::publisher
