#include "runtime/store/batch_store.hpp"

#include <fstream>

#include <catch2/catch.hpp>

#include "runtime/crypto/blake3.hpp"
#include "runtime/store/content_store.hpp"
#include "runtime/store/intent_journal.hpp"
#include "test/unit/store/sample_chain.hpp"

using namespace ashlar;
using namespace ashlar::store;

namespace {

hash256 hash_no(u64 n) {
  return crypto::blake3({reinterpret_cast<const u8*>(&n), 8});
}

sealed_batch sample(u64 n) {
  sealed_batch b;
  b.number = batch_number{n};
  b.first_block = block_number{n * 10 - 9};
  b.last_block = block_number{n * 10};
  b.txn_count = 100 + n;
  b.gas_used = ~0ull - n;
  b.sealed_at = unix_seconds{1'700'000'000 + n};
  b.input.protocol_version = 1;
  b.input.chain_id = 7;
  b.input.number = b.number;
  b.input.state_after = hash_no(n);
  b.input.priority_count = 3;
  b.state.tree_root = hash_no(n + 1);
  b.state.leaf_count = 12345;
  b.state.last_block = b.last_block;
  b.pubdata = bytes(n * 100, static_cast<u8>(n));
  l2_log l;
  l.txn_number = 9;
  l.key = hash_no(4);
  b.logs = {l, l};
  b.messages = {{1, 2, 3}, {}};
  b.priority_next = 17;
  b.witness_hash = hash_no(n + 2);
  b.seal_reason = "age";
  return b;
}

database_config config_in(const test::scratch_folder& folder) {
  database_config c;
  c.folder = folder / "db";
  return c;
}

}  // namespace

TEST_CASE("batches come back as they were sealed, over a reopen") {
  test::scratch_folder folder;
  {
    const auto s = std::move(*batch_store::open(config_in(folder)));
    CHECK(s->last() == batch_number{0});
    for (u64 n = 1; n <= 5; ++n) REQUIRE(s->append(sample(n)).ok());
  }
  const auto s = std::move(*batch_store::open(config_in(folder)));
  CHECK(s->last() == batch_number{5});
  for (u64 n = 1; n <= 5; ++n) CHECK(*s->get(batch_number{n}) == sample(n));
  CHECK(s->get(batch_number{6}).error().code == error_code::not_found);
  const auto gap = s->append(sample(7));
  CHECK(gap.error().code == error_code::not_contiguous);
  CHECK(gap.error().expected == 6);
}

TEST_CASE("the batch of a block is the one whose range holds it") {
  test::scratch_folder folder;
  const auto s = std::move(*batch_store::open(config_in(folder)));
  for (u64 n = 1; n <= 3; ++n) REQUIRE(s->append(sample(n)).ok());
  CHECK(s->batch_of(block_number{1}) == batch_number{1});
  CHECK(s->batch_of(block_number{10}) == batch_number{1});
  CHECK(s->batch_of(block_number{11}) == batch_number{2});
  CHECK(s->batch_of(block_number{30}) == batch_number{3});
  CHECK_FALSE(s->batch_of(block_number{31}));
}

TEST_CASE("settlement is kept apart and survives a reopen") {
  test::scratch_folder folder;
  batch_settlement set;
  set.stage = batch_stage::committed;
  set.commit_txn = hash_no(3);
  set.commit_block = 77;
  set.commit_gas = 250'000;
  set.commit_at = unix_seconds{1'700'000'000};
  {
    const auto s = std::move(*batch_store::open(config_in(folder)));
    REQUIRE(s->append(sample(1)).ok());
    CHECK(s->settlement(batch_number{1})->stage == batch_stage::sealed);
    REQUIRE(s->set_settlement(batch_number{1}, set).ok());
    CHECK(s->set_settlement(batch_number{2}, set).error().code == error_code::not_found);
  }
  const auto s = std::move(*batch_store::open(config_in(folder)));
  CHECK(*s->settlement(batch_number{1}) == set);
  CHECK(*s->get(batch_number{1}) == sample(1));
}

TEST_CASE("truncated batches are forgotten and can be laid again") {
  test::scratch_folder folder;
  const auto s = std::move(*batch_store::open(config_in(folder)));
  for (u64 n = 1; n <= 4; ++n) REQUIRE(s->append(sample(n)).ok());
  REQUIRE(s->truncate(batch_number{2}).ok());
  CHECK(s->last() == batch_number{2});
  CHECK_FALSE(s->batch_of(block_number{25}));
  CHECK(s->get(batch_number{3}).error().code == error_code::not_found);
  CHECK(s->append(sample(3)).ok());
}

TEST_CASE("a sealed batch decodes only from its own encoding") {
  const bytes good = encode_sealed_batch(sample(2));
  CHECK(*decode_sealed_batch(good) == sample(2));
  for (std::size_t n = 0; n < good.size(); ++n)
    CHECK_FALSE(decode_sealed_batch(bytes_view(good).first(n)).ok());
}

TEST_CASE("intents keep their attempts and their order over a reopen") {
  test::scratch_folder folder;
  intent i;
  i.kind = intent_kind::commit;
  i.first = i.last = batch_number{1};
  i.nonce = 42;
  i.content = hash_no(1);
  {
    const auto j = std::move(*intent_journal::open(config_in(folder)));
    CHECK(*j->add(i) == 1);
    CHECK(*j->add(i) == 2);
    intent first = *j->get(1);
    first.state = intent_state::sent;
    first.attempts.push_back({hash_no(5), u256{100}, u256{2}, unix_seconds{3}, {9, 9}});
    first.attempts.push_back({hash_no(6), u256{120}, u256{3}, unix_seconds{4}, {8}, 21'000});
    first.note = "bumped";
    REQUIRE(j->update(first).ok());
    intent unknown = i;
    unknown.id = 3;
    CHECK(j->update(unknown).error().code == error_code::not_found);
  }
  const auto j = std::move(*intent_journal::open(config_in(folder)));
  CHECK(j->last_id() == 2);
  const intent first = *j->get(1);
  CHECK(first.attempts.size() == 2);
  CHECK(first.attempts[1].txn_hash == hash_no(6));
  CHECK(first.attempts[1].cost_max() == u256{120 * 21'000});
  CHECK(first.note == "bumped");
  CHECK(j->open_intents()->size() == 2);
  intent settled = first;
  settled.state = intent_state::settled;
  REQUIRE(j->update(settled).ok());
  REQUIRE(j->open_intents()->size() == 1);
  CHECK(j->open_intents()->at(0).id == 2);
  CHECK(j->list(1, 1)->at(0) == settled);
  intent stage = settled;
  stage.kind = intent_kind::verify;
  stage.stage = 300;
  CHECK(*decode_intent(encode_intent(stage)) == stage);
  CHECK(decode_intent(bytes{9}).error().code == error_code::wrong_schema);
}

TEST_CASE("an intent written before there were stages is read as stage 0") {
  intent i;
  i.id = 7;
  i.kind = intent_kind::execute;
  i.first = i.last = batch_number{9};
  i.nonce = 5;
  bytes old = encode_intent(i);
  // version, id, kind, first, last, stage
  REQUIRE(old[5] == 0);
  old.erase(old.begin() + 5);
  old[0] = 1;
  CHECK(*decode_intent(old) == i);
}

TEST_CASE("an attempt written before its gas limit was kept is read without one") {
  intent i;
  i.id = 7;
  i.attempts.push_back({hash_no(5), u256{100}, u256{2}, unix_seconds{3}, {}});
  bytes old = encode_intent(i);
  // behind: gas limit, block, gas used, content, note
  const auto gas_limit = old.end() - (1 + 32 + 1 + 1 + 1);
  REQUIRE(*gas_limit == 0);
  old.erase(gas_limit);
  old[0] = 2;
  CHECK(*decode_intent(old) == i);
}

TEST_CASE("content is found by its hash, and damage to it is noticed") {
  test::scratch_folder folder;
  auto s = std::move(*content_store::open(folder / "content"));
  const bytes witness(100'000, 7);
  const hash256 hash = *s.put(witness);
  CHECK(hash == crypto::blake3(witness));
  CHECK(*s.put(witness) == hash);
  CHECK(*s.get(hash) == witness);
  CHECK(s.get(hash_no(1)).error().code == error_code::not_found);
  for (const auto& e : std::filesystem::directory_iterator(folder / "content")) {
    std::fstream f(e.path(), std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(500);
    f.put('x');
  }
  CHECK(s.get(hash).error().code == error_code::damaged);
  s.erase(hash);
  CHECK_FALSE(s.has(hash));
}

TEST_CASE("empty content has a place too") {
  test::scratch_folder folder;
  auto s = std::move(*content_store::open(folder / "content"));
  const hash256 hash = *s.put({});
  CHECK(s.get(hash)->empty());
}
