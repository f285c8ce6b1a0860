#include "actors/publisher/signing_policy.hpp"

#include <catch2/catch.hpp>

#include "net/l1/chain_contract.hpp"
#include "test/unit/publisher/engine_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;
using namespace std::chrono_literals;
using publisher::signing_book;
using publisher::why_unknown;

namespace {

address at(u8 byte) {
  address a;
  a.data_.fill(byte);
  return a;
}

txn to(const address& who, bytes data) {
  txn t;
  t.to = who;
  t.data = std::move(data);
  return t;
}

/// One unit of gas.
txn offering(u64 nonce, u64 fee) {
  txn t;
  t.nonce = nonce;
  t.gas_limit = 1;
  t.max_fee_per_gas = u256{fee};
  return t;
}

constexpr u64 gwei = 1'000'000'000;

/// A chain whose operator signs for three commits an hour at the fee cap.
void narrow(engine_fixture& f) {
  f.config.fees.fee_per_gas_max = u256{100 * gwei};
  f.config.executions_max = 4;
  f.config.gas_limit_max = 1'000'000;
  f.config.spend_per_hour_max = u256{100 * gwei} * u256{f.config.gas_limit_max};
  f.start();
}

}  // namespace

TEST_CASE("only calls that settle go to the chain's contract, without value") {
  const publisher::known_contracts known{at(1), {}, {}};
  const bytes commit = l1::encode_commit_batch(batch_of(1).input, {});
  CHECK(why_unknown(to(at(1), commit), known).empty());
  CHECK(why_unknown(to(at(1), l1::encode_prove_batches({}, {})), known).empty());
  CHECK(why_unknown(to(at(1), l1::encode_execute_batches({})), known).empty());
  CHECK(why_unknown(to(at(1), l1::encode_escape_settle({})), known).empty());
  CHECK_THAT(why_unknown(to(at(1), l1::encode_revert_batches({})), known),
             Catch::Contains("settles nothing"));
  CHECK_THAT(why_unknown(to(at(1), {}), known), Catch::Contains("settles nothing"));
  CHECK_THAT(why_unknown(to(at(2), commit), known), Catch::Contains("it goes to 0x0202"));
  CHECK_THAT(why_unknown(to(address{}, commit), known), Catch::Contains("it goes to 0x0000"));
  txn paying = to(at(1), commit);
  paying.value = u256{1};
  CHECK_THAT(why_unknown(paying, known), Catch::Contains("value"));
  CHECK_THAT(why_unknown(txn{}, known), Catch::Contains("create"));
}

TEST_CASE("anything goes to the verifier and to what its code names") {
  bytes code{0x60, 0x73};
  append(code, at(3));
  const publisher::known_contracts known{at(1), at(2), code};
  CHECK(why_unknown(to(at(2), {7}), known).empty());
  CHECK(why_unknown(to(at(3), {7}), known).empty());
  CHECK_FALSE(why_unknown(to(at(4), {7}), known).empty());
}

TEST_CASE("a nonce is let in where all in flight can be outbid up to the cap, and waits an hour") {
  // given: 250 an hour, a cap of 100
  signing_book book({u256{250}, u256{100}, 100});
  clock::duration now = 5h;
  const auto waits = [&](u64 nonce, u64 fee, u64 unmined) {
    return book.waits_for(offering(nonce, fee), unmined, now);
  };
  for (const u64 nonce : {0, 1}) {
    CHECK(waits(nonce, 10, 0).empty());
    book.note(offering(nonce, 10), now);
  }
  CHECK_THAT(waits(2, 10, 0),
             Catch::Contains("20 wei were signed for") && Catch::Contains("280 more"));
  // when: both are outbid, then: there is room for it, each counts once
  now += 10min;
  for (const u64 nonce : {0, 1}) {
    CHECK(waits(nonce, 100, 0).empty());
    book.note(offering(nonce, 100), now);
  }
  // then: what is mined counts until an hour after, each part from its own signature
  CHECK_THAT(waits(2, 10, 2), Catch::Contains("200 wei"));
  now += 50min;
  CHECK_THAT(waits(2, 10, 2), Catch::Contains("180 wei"));
  now += 10min;
  CHECK(waits(2, 10, 2).empty());
}

TEST_CASE("the last quarter of an hour's signatures is for replacements") {
  signing_book book({u256{1'000'000}, u256{100}, 16});
  for (u64 nonce = 0; nonce < 12; ++nonce) {
    CHECK(book.waits_for(offering(nonce, 1), 0, 5h).empty());
    book.note(offering(nonce, 1), 5h);
  }
  CHECK_THAT(book.waits_for(offering(12, 1), 12, 5h), Catch::Contains("signatures_per_hour_max"));
  for (u64 fee = 2; fee < 6; ++fee) {
    CHECK(book.waits_for(offering(11, fee), 11, 5h).empty());
    book.note(offering(11, fee), 5h);
  }
  CHECK_FALSE(book.waits_for(offering(11, 6), 11, 5h).empty());
  CHECK(book.waits_for(offering(11, 6), 11, 6h).empty());
}

TEST_CASE("a stage to a contract that L1's verifier does not name is not signed") {
  engine_fixture f;
  f.proofs.first_to = at(0x66);
  f.with_proofs();
  f.seal(2);
  f.steps(20);
  CHECK(f.l1.stages() == 0);
  CHECK_THAT(f.waits_for(1), Catch::Contains("verify is not signed: it goes to 0x66"));
  CHECK(f.l1.commits() == f.expected(2));
  CHECK(f.journal->open_intents()->empty());
}

TEST_CASE("an hour's limit holds over a restart and ends by itself") {
  engine_fixture f;
  narrow(f);
  f.l1.set_base_fee(u256{49 * gwei});
  f.l1.mine();
  f.seal(6);
  f.steps(30);
  const auto first = f.l1.commits();
  CHECK(first == f.expected(3));
  f.start();
  f.steps(30);
  CHECK(f.l1.commits() == first);
  CHECK_THAT(f.waits_for(4), Catch::Contains("commit is not signed: waits for the hour to pass"));
  CHECK_FALSE(f.engine->status().healthy);
  for (int hour = 0; hour < 2; ++hour) {
    f.time.advance(1h);
    f.steps(30);
  }
  CHECK(f.l1.commits() == f.expected(6));
  CHECK(f.engine->status().healthy);
}

TEST_CASE("commits do not take the room of a verification for ever") {
  engine_fixture f;
  narrow(f);
  f.config.run.batches_max = 2;
  f.proofs.stages = 1;
  f.proofs.gas_limit = 950'000;  // all but the whole limit, at the cap
  f.with_proofs();
  f.l1.set_base_fee(u256{49 * gwei});
  f.l1.mine();
  f.seal(40);
  for (int i = 0; i < 40; ++i) {
    f.steps(5);
    f.time.advance(10min);
  }
  CHECK(f.l1.executions().size() >= 2);
  CHECK(f.l1.commits().size() > f.l1.executions().size());
}

TEST_CASE("what is in flight is outbid up to the cap while the limit holds the rest") {
  engine_fixture f;
  narrow(f);
  f.seal(6);
  f.step();
  REQUIRE(f.l1.pooled() == 3);
  CHECK_THAT(f.waits_for(4), Catch::Contains("publisher.spend_per_hour_max_wei"));
  // when: fees rise to where nothing less than the cap is mined
  f.l1.set_base_fee(u256{98 * gwei});
  f.l1.mine();
  f.steps(200);
  CHECK(f.l1.commits() == f.expected(3));
  CHECK(f.counter("bumped_total") == 3);
  CHECK_THAT(f.waits_for(4), Catch::Contains("publisher.spend_per_hour_max_wei"));
}
