#include <algorithm>

#include "test/e2e/l1_faults/settlement_rig.hpp"

// L1's gas gets dear in the middle of a settlement: under the operator's cap the publisher outbids
// itself, over it it waits and says why.

using namespace ashlar;
using namespace ashlar::test;
using store::intent_kind;

namespace {

constexpr u64 gwei = 1'000'000'000;

struct spiked : settlement {
  spiked() {
    // A node that is asked again says that the offer is too low: here the publisher sees to it
    // itself.
    publishing.resend_after_ms = 3'600'000;
    publishing.bump_after_ms = 2'000;
    start(&proofs);
  }
  /// Until the publisher is about to send a step of this kind for the newest batch.
  void until_due(intent_kind kind) {
    const batch_number n = batches->last();
    for (unsigned i = 0; i < 60; ++i) {
      const auto p = progress();
      const bool due = kind == intent_kind::commit   ? p.committed < n
                       : kind == intent_kind::verify ? p.committed == n && p.proved < n
                       : kind == intent_kind::prove  ? is_verified(n, n) && p.proved < n
                                                     : p.proved == n && p.executed < n;
      if (due) return;
      step();
    }
    FAIL("never due");
  }
  u64 counter(const std::string& name) {
    const auto counters = engine->status().counters;
    const auto at = std::find_if(counters.begin(), counters.end(),
                                 [&](const auto& c) { return c.first == name; });
    REQUIRE(at != counters.end());
    return at->second;
  }
  void check_all_executed_once() {
    check_executed_once();
    CHECK(counter("reverted_total") == 0);
  }
};

constexpr std::pair<intent_kind, const char*> steps[] = {{intent_kind::commit, "commit"},
                                                         {intent_kind::verify, "verify"},
                                                         {intent_kind::prove, "prove"},
                                                         {intent_kind::execute, "execute"}};

}  // namespace

TEST_CASE("gas over the cap holds each step up, by name, and nothing else") {
  const bool sent_before = GENERATE(false, true);
  spiked s;
  for (const auto& [kind, name] : steps) {
    INFO(name << (sent_before ? ", in the pool" : ", not sent yet"));
    s.seal();
    s.until_due(kind);
    // when
    s.base_fee = 2'000 * gwei;
    if (!sent_before) s.mine();
    const auto before = s.progress();
    for (int i = 0; i < 6; ++i) s.step();
    // then
    const auto held = s.progress();
    CHECK(held.committed == before.committed);
    CHECK(held.proved == before.proved);
    CHECK(held.executed == before.executed);
    CHECK(held.executed < s.batches->last());
    // The first transaction of a verification can wait: it is sent when gas is no longer dear.
    const bool can_wait = kind == intent_kind::verify && !sent_before;
    CHECK_THAT(s.engine->status().waits_for,
               Catch::Contains(can_wait ? "cheaper gas on L1: the base fee is "
                                        : "L1 fees are over the cap: base fee ") &&
                   Catch::StartsWith("batch " + std::to_string(s.batches->last().value)));
    // when it is over
    s.base_fee = gwei;
    s.settle();
    CHECK(s.engine->status().waits_for.empty());
  }
  s.check_all_executed_once();
  const auto sent = s.journal->list(1, 1'000);
  REQUIRE(sent.ok());
  for (const store::intent& i : *sent)
    for (const auto& attempt : i.attempts)
      CHECK(attempt.max_fee_per_gas <= s.publishing.fees.fee_per_gas_max);
}

TEST_CASE("gas that gets dear under the cap is outbid, and the settlement goes on") {
  spiked s;
  for (const auto& [kind, name] : steps) {
    INFO(name);
    s.seal();
    s.until_due(kind);
    const u64 bumped = s.counter("bumped_total");
    s.base_fee = 150 * gwei;
    s.settle();
    CHECK(s.counter("bumped_total") > bumped);
    s.base_fee = gwei;
    s.mine();
  }
  s.check_all_executed_once();
}
