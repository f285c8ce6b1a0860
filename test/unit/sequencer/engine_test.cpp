#include "actors/sequencer/engine.hpp"

#include <future>
#include <latch>
#include <set>

#include <catch2/catch.hpp>

#include "test/unit/sequencer/engine_fixture.hpp"

using namespace ashlar;
using namespace ashlar::sequencer;
using api::drop_code;
using api::submit_wait;
using test::engine_fixture;
using test::user;

TEST_CASE("a transaction is confirmed with its place, signed, once it is durable") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  const auto s = f.transfer(1, 0);
  const auto r = f.submit({s}, submit_wait::confirmed, true);
  CHECK_FALSE(r->came);
  REQUIRE(f.engine->step());
  REQUIRE(r->came);
  REQUIRE(r->confirmed(0));
  const auto& c = r->place(0);
  CHECK(c.chain_id == 7);
  CHECK(c.number == block_number{1});
  CHECK(c.index == 0);
  CHECK(c.txn_hash == s.hash);
  CHECK(c.block_hash == f.store->head().hash);
  CHECK(confirmation_signed_by(c) == f.signer.who());
  auto forged = c;
  forged.index = 1;
  CHECK(confirmation_signed_by(forged) != f.signer.who());
  CHECK(f.store->log().height() == block_number{1});
  CHECK(f.store->receipts_at(block_number{1})->at(0).success);
  CHECK(f.engine->confirm(s.hash) == c);
  REQUIRE(f.heads.size() == 1);
  CHECK(f.heads[0].hash == c.block_hash);
  CHECK(f.heads[0].txns_total == 1);
}

TEST_CASE("an unsigned confirmation is given where no signature was asked for") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  const auto r = f.confirm({f.transfer(1, 0)});
  f.step_all();
  CHECK(r->place(0).signature.is_zero());
  CHECK(r->place(0).number == block_number{1});
}

TEST_CASE("an accepted transaction is answered at once and mined later") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  const auto s = f.transfer(1, 0);
  const auto r = f.submit({s, f.transfer(1, 0, 2)}, submit_wait::accepted);
  REQUIRE(r->came);
  CHECK(std::holds_alternative<api::txn_accepted>(r->items[0]));
  CHECK(r->code(1) == drop_code::replacement_underpriced);
  CHECK_FALSE(f.store->locate(s.hash));
  f.step_all();
  CHECK(f.store->locate(s.hash));
}

TEST_CASE("nothing pending makes no block") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  CHECK_FALSE(f.engine->step());
  f.submit({f.transfer(1, 5)}, submit_wait::accepted);  // behind a gap
  CHECK_FALSE(f.engine->step());
  CHECK(f.store->head().number == block_number{0});
}

TEST_CASE("a transaction that is sent again is answered with the place that it has") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  const auto s = f.transfer(1, 0);
  const auto first = f.confirm({s});
  const auto again = f.confirm({s});  // while it waits
  f.step_all();
  REQUIRE(again->confirmed(0));
  CHECK(again->place(0).number == first->place(0).number);
  const auto late = f.confirm({s});  // when it is mined
  REQUIRE(late->came);
  REQUIRE(late->confirmed(0));
  CHECK(late->place(0).number == block_number{1});
}

TEST_CASE("a transaction that the state cannot pay for is dropped with the reason") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  const u64 most = 1'000'000'000'000'000 - 21'000ull * 1'000'000;
  const auto poor = f.transfer(1, 1, most);
  const auto r = f.confirm({f.transfer(1, 0, most), poor, f.transfer(1, 2)});
  f.step_all();
  CHECK_FALSE(r->came);  // the third waits behind the second's nonce
  CHECK(f.engine->pool().lookup(poor.hash).reason.code == drop_code::insufficient_funds);
  CHECK(f.engine->pool().totals().queued_txns == 1);
  f.time.advance(std::chrono::seconds(20));
  f.engine->tick();
  REQUIRE(r->came);
  CHECK(r->confirmed(0));
  CHECK(r->code(1) == drop_code::insufficient_funds);
  CHECK(r->code(2) == drop_code::not_confirmed_in_time);
}

TEST_CASE("blocks are filled to their gas limit and what is left goes into the next") {
  engine_fixture f;
  f.chain.block_gas_limit = 100'000;
  f.chain.txn_gas_limit_max = 100'000;
  f.origin.block.block.header = stf::genesis_header(f.chain, unix_seconds{1'600'000'000});
  f.origin.block.hash = header_hash(f.origin.block.block.header);
  REQUIRE(f.open().empty());
  std::vector<api::submission> all;
  for (u64 n = 0; n < 10; ++n) all.push_back(f.transfer(1, n));
  const auto r = f.confirm(all);
  f.step_all();
  REQUIRE(r->came);
  CHECK(f.store->head().number == block_number{3});
  CHECK(f.store->block_at(block_number{1})->block.txns.size() == 4);
  CHECK(f.store->block_at(block_number{3})->block.txns.size() == 2);
  CHECK(r->place(9).number == block_number{3});
  CHECK(r->place(9).index == 1);
}

TEST_CASE("priority operations come first, in order, once") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  f.submit({f.transfer(1, 0, 1, 900)}, submit_wait::accepted);
  api::priority_list ops{{f.forced(0, 20), f.forced(1, 21), f.forced(2, 22)}};
  CHECK(*f.engine->add_priority(ops) == priority_id{3});
  CHECK(*f.engine->add_priority(ops) == priority_id{3});  // sent twice
  f.step_all();
  const auto b = f.store->block_at(block_number{1});
  REQUIRE(b->block.txns.size() == 4);
  for (u64 i = 0; i < 3; ++i) {
    CHECK(b->block.txns[i].is_priority());
    CHECK(b->block.txns[i].nonce == i);
  }
  CHECK(f.store->locate(ops.items[1].canonical_hash)->index == 1);
  CHECK(f.store->head().priority_next == 3);
  CHECK(f.engine->totals().priority_txns == 3);
}

TEST_CASE("past the horizon of L1's queue blocks hold its operations and nothing else") {
  // given: a node that has seen nothing of L1 for a deadline's time
  engine_fixture f;
  std::map<u64, u64> deadlines;
  u64 seen_until = f.time.wall().value - 101;
  f.horizon = [&](priority_id next) {
    const auto due = deadlines.find(next.value);
    return unix_seconds{due != deadlines.end() ? due->second : seen_until + 100};
  };
  REQUIRE(f.open().empty());
  f.submit({f.transfer(1, 0)}, submit_wait::accepted);
  f.step_all();
  // then: transactions wait
  CHECK(f.store->head().number == block_number{0});
  CHECK(f.engine->waits_for_l1());
  // when: it has seen operations that are overdue, and not yet given to it
  seen_until = f.time.wall().value;
  for (u64 id = 0; id < 3; ++id) deadlines[id] = seen_until - 1;
  f.step_all();
  CHECK(f.store->head().number == block_number{0});
  // when: two come
  REQUIRE(f.engine->add_priority({{f.forced(0, 20), f.forced(1, 21)}}).ok());
  f.step_all();
  // then: they have a block of their own
  REQUIRE(f.store->head().number == block_number{1});
  CHECK(f.store->block_at(block_number{1})->block.txns.size() == 2);
  // when: the last comes
  REQUIRE(f.engine->add_priority({{f.forced(2, 22)}}).ok());
  f.step_all();
  // then: the transaction has its block behind it
  REQUIRE(f.store->head().number == block_number{3});
  CHECK(f.store->block_at(block_number{2})->block.txns.size() == 1);
  CHECK_FALSE(f.store->block_at(block_number{3})->block.txns.front().is_priority());
  CHECK_FALSE(f.engine->waits_for_l1());
}

TEST_CASE("while it is held no block is made of anything, and then of all that waits") {
  engine_fixture f;
  std::string why = "L1 is ahead";
  f.held_by = [&] { return why; };
  REQUIRE(f.open().empty());
  const auto reply = f.confirm({f.transfer(1, 0)});
  REQUIRE(f.engine->add_priority({{f.forced(0, 20)}}).ok());
  f.step_all();
  CHECK(f.store->head().number == block_number{0});
  CHECK_FALSE(reply->came);
  CHECK(f.engine->held_by() == "L1 is ahead");
  why.clear();
  f.step_all();
  CHECK(f.store->block_at(block_number{1})->block.txns.size() == 2);
  CHECK(reply->confirmed(0));
}

TEST_CASE("an operation that is due when its block is made goes on with others") {
  engine_fixture f;
  f.horizon = [&](priority_id) { return f.time.wall(); };
  REQUIRE(f.open().empty());
  f.submit({f.transfer(1, 0)}, submit_wait::accepted);
  REQUIRE(f.engine->add_priority({{f.forced(0, 20)}}).ok());
  f.step_all();
  CHECK(f.store->block_at(block_number{1})->block.txns.size() == 2);
}

TEST_CASE("past the horizon a block holds no more gas of operations than L1 demands of a batch") {
  engine_fixture f;
  f.horizon = [](priority_id) { return unix_seconds{0}; };
  REQUIRE(f.open().empty());
  std::vector<api::priority_op> ops;
  for (u64 id = 0; id < 7; ++id) {
    ops.push_back(f.forced(id, 20 + id));
    auto t = std::make_shared<txn>(*ops.back().body);
    t->gas_limit = id == 5 ? 600'000 : id == 2 ? 300'000 : 200'000;
    ops.back().body = std::move(t);
  }
  REQUIRE(f.engine->add_priority({ops}).ok());
  f.step_all();
  std::vector<std::size_t> sizes;
  for (block_number n{1}; n <= f.store->head().number; n = n.next())
    sizes.push_back(f.store->block_at(n)->block.txns.size());
  CHECK(sizes == std::vector<std::size_t>{2, 2, 1, 1, 1});
}

TEST_CASE("the horizon is held against the time that the block will have") {
  // given: a parent that is ahead of this node's clock
  engine_fixture f;
  const u64 now = f.time.wall().value;
  f.origin.block.block.header = stf::genesis_header(f.chain, unix_seconds{now + 100});
  f.origin.block.hash = header_hash(f.origin.block.block.header);
  u64 horizon = now + 99;
  f.horizon = [&](priority_id) { return unix_seconds{horizon}; };
  REQUIRE(f.open().empty());
  f.submit({f.transfer(1, 0)}, submit_wait::accepted);
  f.step_all();
  CHECK(f.store->head().number == block_number{0});
  CHECK(f.engine->waits_for_l1());
  horizon = now + 100;
  f.step_all();
  CHECK(f.store->head().number == block_number{1});
}

namespace {

/// Hashes 10,000 bytes again and again until 5,000 gas are left: some 75 proving cycles a gas.
const bytes burner_code{0x5b, 0x61, 0x27, 0x10, 0x5f, 0x20, 0x50, 0x61,
                        0x13, 0x88, 0x5a, 0x11, 0x5f, 0x57, 0x00};
const address burner{{0xbb}};

struct burning_fixture : engine_fixture {
  burning_fixture() {
    const hash256 hash = crypto::keccak256(burner_code);
    origin.diff.accounts.push_back(
        {burner, std::nullopt, evm::account{1, {}, hash, static_cast<u32>(burner_code.size())}});
    origin.diff.codes.emplace_back(hash, burner_code);
    config.proving_cycles_max = 12'000'000;
  }
  api::submission burning(u64 from, u64 nonce, u64 gas) const {
    api::submission s = transfer(from, nonce, 0);
    auto t = std::make_shared<txn>(*s.body);
    t->to = burner;
    t->gas_limit = gas;
    s.hash = crypto::keccak256(encode_txn(*t));
    s.body = std::move(t);
    return s;
  }
  std::size_t txns_in(u64 n) const { return store->block_at(block_number{n})->block.txns.size(); }
};

}  // namespace

TEST_CASE("a transaction that takes more proving than a block may is dropped, others are not") {
  burning_fixture f;
  REQUIRE(f.open().empty());
  const auto r = f.confirm({f.transfer(1, 0), f.burning(2, 0, 400'000), f.transfer(3, 0)});
  f.step_all();
  CHECK(r->confirmed(0));
  CHECK(r->code(1) == drop_code::proving_cycles);
  CHECK(r->confirmed(2));
}

TEST_CASE("a transaction that takes too much proving is stopped where it passes the limit") {
  burning_fixture f;
  REQUIRE(f.open().empty());
  // given: one that would go on to 64 times the limit
  const auto s = f.burning(2, 0, 4'000'000);
  const auto r = f.confirm({s});
  f.step_all();
  // then
  REQUIRE(r->code(0) == drop_code::proving_cycles);
  const auto why = f.engine->pool().lookup(s.hash).reason;
  CHECK(why.have > why.want);
  CHECK(why.have < u256{f.config.proving_cycles_max + 2 * u64{evm::cycles_untold_max}});
}

TEST_CASE("one that takes too much proving is dropped behind others in its block, too") {
  burning_fixture f;
  REQUIRE(f.open().empty());
  // given: in front of it, more than a stop comes late
  std::vector<api::submission> all;
  for (u64 from = 1; from <= 12; ++from)
    if (from != 2) all.push_back(f.transfer(from, 0, 1, 9));
  const auto heavy = f.burning(2, 0, 4'000'000);
  all.push_back(heavy);
  // when
  const auto r = f.confirm(all);
  f.step_all();
  // then: it is known for what it is at once, and ends no block
  CHECK(r->code(all.size() - 1) == drop_code::proving_cycles);
  CHECK(f.store->head().number == block_number{1});
  CHECK(f.txns_in(1) == all.size() - 1);
}

TEST_CASE("an operation from L1 is executed to its end, whatever proving takes") {
  burning_fixture f;
  REQUIRE(f.open().empty());
  auto heavy = f.forced(0, 20);
  txn body = *heavy.body;
  body.to = burner;
  body.gas_limit = 400'000;
  heavy.body = std::make_shared<txn>(std::move(body));
  REQUIRE(f.engine->add_priority({{heavy}}).ok());
  f.step_all();
  CHECK(f.store->head().priority_next == 1);
  const auto block = f.store->block_at(f.store->head().number);
  REQUIRE(block->block.txns.size() == 1);
  CHECK(block->block.header.gas_used > 390'000);
  // when: it is executed again from the log, then: it is the same block
  f.close();
  REQUIRE(f.open().empty());
  CHECK(f.store->head().priority_next == 1);
}

TEST_CASE("who offers what takes too much proving again and again costs few executions") {
  burning_fixture f;
  REQUIRE(f.open().empty());
  const auto offer = [&](const api::submission& s) { return f.submit({s}, submit_wait::accepted); };
  const auto first = f.burning(2, 0, 400'000);
  unsigned executed = 0, refused = 0;
  // when: a new one comes each second for more than an hour, and the first each time
  for (u64 i = 0; i < 4'000; ++i) {
    const auto s = f.burning(2, 0, 400'000 + i);
    const auto r = offer(s);
    refused += r->code(0) == drop_code::sender_rests;
    f.step_all();
    executed += f.engine->pool().lookup(s.hash).reason.code == drop_code::proving_cycles;
    if (i != 0) CHECK(offer(first)->code(0) == drop_code::proving_cycles);
    // then: others are not concerned
    if (i % 100 == 0) {
      const auto other = f.confirm({f.transfer(3, i / 100)});
      f.step_all();
      REQUIRE(other->confirmed(0));
    }
    f.time.advance(std::chrono::seconds(1));
  }
  CHECK(executed == 12);  // rests of 1, 2, 4 ... 2,048 seconds, and a part of the last
  CHECK(executed + refused == 4'000);
  // when: its rest is over
  f.time.advance(std::chrono::seconds(3'600));
  const auto r = f.confirm({f.transfer(2, 0)});
  f.step_all();
  // then: it is as any other
  CHECK(r->confirmed(0));
}

TEST_CASE("what waits behind a transaction that takes too much proving goes with it, no more") {
  burning_fixture f;
  REQUIRE(f.open().empty());
  const auto before = f.transfer(2, 0), heavy = f.burning(2, 1, 400'000),
             behind = f.burning(2, 2, 400'001), other = f.transfer(3, 0);
  const auto r = f.confirm({before, heavy, behind, other});
  f.step_all();
  REQUIRE(r->came);
  CHECK(r->confirmed(0));  // its place is kept
  CHECK(r->code(1) == drop_code::proving_cycles);
  CHECK(r->code(2) == drop_code::sender_rests);
  CHECK(r->confirmed(3));
  const auto again = f.confirm({before, heavy, f.transfer(2, 1)});
  REQUIRE(again->came);
  CHECK(again->confirmed(0));
  CHECK(again->code(1) == drop_code::proving_cycles);
  CHECK(again->code(2) == drop_code::sender_rests);
}

TEST_CASE("an operation from L1 of a sender that rests has its place") {
  burning_fixture f;
  REQUIRE(f.open().empty());
  f.confirm({f.burning(20, 0, 400'000)});
  f.step_all();
  REQUIRE(f.submit({f.transfer(20, 0)}, submit_wait::accepted)->code(0) == drop_code::sender_rests);
  REQUIRE(f.engine->add_priority({{f.forced(0, 20)}}).ok());
  f.step_all();
  CHECK(f.store->head().priority_next == 1);
}

TEST_CASE("blocks end before they take more proving than they may") {
  burning_fixture f;
  REQUIRE(f.open().empty());
  std::vector<api::submission> all;
  for (u64 i = 0; i < 8; ++i) all.push_back(f.burning(i, 0, 75'000));
  const auto r = f.confirm(all);
  f.step_all();
  std::size_t laid = 0;
  const u64 blocks = f.store->head().number.value;
  CHECK(blocks > 1);
  for (u64 n = 1; n <= blocks; ++n) {
    laid += f.txns_in(n);
    CHECK(f.txns_in(n) < 4);
  }
  CHECK(laid == 8);
  for (u64 i = 0; i < 8; ++i) CHECK(r->confirmed(i));
  // when: it starts again
  f.close();
  // then: the same blocks
  CHECK(f.open().empty());
}

TEST_CASE("a priority operation that takes more proving than a block may has one of its own") {
  burning_fixture f;
  REQUIRE(f.open().empty());
  api::priority_op heavy = f.forced(1, 21);
  auto t = std::make_shared<txn>(*heavy.body);
  t->to = burner;
  t->value = {};
  t->gas_limit = 400'000;
  heavy.body = t;
  REQUIRE(f.engine->add_priority({{f.forced(0, 20), heavy, f.forced(2, 22)}}).ok());
  const auto r = f.confirm({f.transfer(1, 0)});
  f.step_all();
  CHECK(r->confirmed(0));
  CHECK(f.fatal.empty());
  CHECK(f.store->head().priority_next == 3);
  CHECK(f.txns_in(1) == 2);  // the first operation and the transfer
  CHECK(f.txns_in(2) == 1);
  CHECK(f.store->block_at(block_number{2})->block.header.gas_used > 390'000);
}

TEST_CASE("a gap in the priority queue is refused and says what is due") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  const auto r = f.engine->add_priority({{f.forced(2, 1)}});
  REQUIRE_FALSE(r.ok());
  CHECK(r.error().due == priority_id{0});
}

TEST_CASE("a forced transaction passes where the sender is censored") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  f.engine->pool().set_censored({user(20)});
  const auto r = f.submit({f.transfer(20, 0)}, submit_wait::accepted);
  CHECK(r->code(0) == drop_code::censored);
  REQUIRE(f.engine->add_priority({{f.forced(0, 20)}}).ok());
  f.step_all();
  CHECK(f.store->head().number == block_number{1});
}

TEST_CASE("after a crash the blocks that were not flushed are executed again to the same hashes") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  std::vector<api::submission> sent;
  for (u64 n = 0; n < 30; ++n) {
    sent.push_back(f.transfer(n % 7, n / 7));
    f.confirm({sent.back()});
    if (n == 9) REQUIRE(f.engine->add_priority({{f.forced(0, 3)}}).ok());
    f.step_all();
    if (n == 12) REQUIRE(f.store->flush().ok());
    if (n % 10 == 0) f.time.advance(std::chrono::seconds(1));
  }
  const auto head = f.store->head();
  std::vector<std::optional<api::soft_confirmation>> places;
  for (const auto& s : sent) places.push_back(f.engine->confirm(s.hash));

  // A copy of the files as they are now is what a kill would leave.
  engine_fixture g;
  std::filesystem::copy(f.store_config.folder, g.store_config.folder,
                        std::filesystem::copy_options::recursive);
  REQUIRE(g.open() == "");
  CHECK(g.engine->totals().replayed_blocks > 10);
  CHECK(g.store->head().hash == head.hash);
  CHECK(g.store->head().txns_total == head.txns_total);
  CHECK(g.engine->next_priority() == priority_id{1});
  for (std::size_t i = 0; i < sent.size(); ++i) CHECK(g.engine->confirm(sent[i].hash) == places[i]);
  for (u64 u = 0; u < 10; ++u)
    CHECK(g.store->state_at(head.number)->get_account(user(u)) ==
          f.store->state_at(head.number)->get_account(user(u)));
  // And it goes on where it was.
  const auto r = g.confirm({g.transfer(0, 5), g.transfer(0, 4)});
  g.step_all();
  CHECK(g.store->head().number == head.number.next());
  CHECK(r->place(1).number == places[28]->number);  // it is in the log already
}

TEST_CASE("a log that these rules do not reproduce is named, not served") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  f.confirm({f.transfer(1, 0)});
  f.step_all();
  engine_fixture g;
  std::filesystem::copy(f.store_config.folder, g.store_config.folder,
                        std::filesystem::copy_options::recursive);
  g.chain.fee_vault = user(77);
  CHECK_THAT(g.open(), Catch::Contains("block 1 of the log gives another block"));
}

TEST_CASE("a block that the log refuses is confirmed to nobody and ends the engine") {
  engine_fixture f;
  f.writer = epoch{5};
  REQUIRE(f.open().empty());
  f.confirm({f.transfer(1, 0)});
  f.step_all();
  f.engine.reset();
  f.writer = epoch{4};  // another took the lease meanwhile
  REQUIRE(f.open().empty());
  const auto r = f.confirm({f.transfer(1, 1)});
  CHECK_FALSE(f.engine->step());
  CHECK_FALSE(r->came);
  REQUIRE(f.fatal.size() == 1);
  CHECK_THAT(f.fatal[0], Catch::Contains("block 2 was not confirmed"));
  CHECK(f.store->head().number == block_number{1});
  CHECK_FALSE(f.engine->step());
  f.engine->stop();
  CHECK(r->code(0) == drop_code::shutting_down);
}

TEST_CASE("a drain refuses what is new and finishes what is there") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  const auto before = f.confirm({f.transfer(1, 0)});
  CHECK_FALSE(f.engine->drain());
  const auto after = f.confirm({f.transfer(2, 0)});
  CHECK(after->code(0) == drop_code::shutting_down);
  f.step_all();
  CHECK(before->confirmed(0));
  CHECK(f.engine->drain());
}

TEST_CASE("too many who wait are turned away") {
  engine_fixture f;
  f.config.waits_max = 2;
  REQUIRE(f.open().empty());
  f.confirm({f.transfer(1, 0), f.transfer(2, 0)});
  const auto list = std::make_shared<const api::submission_list>(
      api::submission_list{{f.transfer(3, 0)}, submit_wait::confirmed, 1000, false});
  CHECK_FALSE(f.engine->submit(list, [](api::submit_answer_list_ptr) { FAIL("answered"); }));
  f.step_all();
  CHECK(f.engine->submit(list, [](api::submit_answer_list_ptr) {}));
}

TEST_CASE("with threads, everything sent from many sides is confirmed once, in nonce order") {
  engine_fixture f;
  f.config.threads = true;
  f.store_config.flush_thread = true;
  f.store_config.flush_interval_ms = 1;
  REQUIRE(f.open().empty());
  f.engine->start();
  // Single ones too: their blocks are committed by the thread that executes.
  constexpr u64 clients = 4;
  const u64 per_list = GENERATE(1u, 40u), lists = 1'000 / per_list;
  std::latch done{static_cast<std::ptrdiff_t>(clients * lists)};
  std::mutex mutex;
  std::vector<std::pair<hash256, api::submit_answer>> answers;
  std::vector<std::thread> senders;
  for (u64 c = 0; c < clients; ++c)
    senders.emplace_back([&, c] {
      for (u64 l = 0; l < lists; ++l) {
        api::submission_list list;
        list.wait = submit_wait::confirmed;
        for (u64 i = 0; i < per_list; ++i) {
          const u64 k = l * per_list + i;
          list.items.push_back(f.transfer(c * 10 + k % 10, k / 10));
        }
        const auto ptr = std::make_shared<const api::submission_list>(std::move(list));
        ensure(f.engine->submit(ptr, [&, ptr](api::submit_answer_list_ptr a) {
          {
            std::lock_guard lock{mutex};
            for (std::size_t i = 0; i < a->items.size(); ++i)
              answers.emplace_back(ptr->items[i].hash, a->items[i]);
          }
          done.count_down();
        }));
      }
    });
  for (auto& t : senders) t.join();
  done.wait();
  CHECK(answers.size() == clients * lists * per_list);
  std::set<std::pair<u64, u32>> places;
  u64 unconfirmed = 0;
  for (const auto& [hash, a] : answers) {
    const auto* c = std::get_if<api::soft_confirmation>(&a);
    if (!c || c->txn_hash != hash) {
      ++unconfirmed;
      continue;
    }
    places.emplace(c->number.value, c->index);
    const auto at = f.store->locate(hash);
    unconfirmed += !at || at->number != c->number || at->index != c->index;
  }
  CHECK(unconfirmed == 0);
  CHECK(places.size() == answers.size());
  f.engine->stop();
  CHECK(f.store->head().txns_total == answers.size());
  for (u64 u = 0; u < clients * 10; ++u)
    CHECK(f.store->state_at(f.store->head().number)->get_account(user(u))->nonce ==
          lists * per_list / 10);
  CHECK(f.fatal.empty());
}

TEST_CASE("an exception in a thread of the engine ends it with a sentence and loses nothing") {
  const bool in_commit = GENERATE(true, false);
  engine_fixture f;
  f.config.threads = true;
  if (in_commit) f.on_head = [](const api::head_event&) { throw std::runtime_error("planted"); };
  std::promise<std::string> ended;
  f.on_fatal = [&](const std::string& why) { ended.set_value(why); };
  REQUIRE(f.open().empty());
  f.engine->start();
  // when: in the committer once the block is in the log, or in the executor while it drops
  const auto submit = [&](const api::submission& s, sequencer::answer_function done) {
    ensure(f.engine->submit(std::make_shared<const api::submission_list>(
                                api::submission_list{{s}, submit_wait::confirmed, 20'000, false}),
                            std::move(done)));
  };
  const auto kept = f.transfer(1, 0);
  std::promise<bool> confirmed;
  submit(kept, [&](api::submit_answer_list_ptr a) {
    confirmed.set_value(std::holds_alternative<api::soft_confirmation>(a->items[0]));
  });
  CHECK(confirmed.get_future().get());
  if (!in_commit) {
    // It can be paid for while it waits for its sender's first one, and no longer behind that.
    const u64 most = 1'000'000'000'000'000 - 21'000ull * 1'000'000;
    submit(f.transfer(2, 1, most),
           [](api::submit_answer_list_ptr) { throw std::runtime_error("planted"); });
    submit(f.transfer(2, 0, most), [](api::submit_answer_list_ptr) {});
  }
  // then
  const std::string why = ended.get_future().get();
  CHECK(why == std::string("the sequencer's ") + (in_commit ? "commit" : "execution") +
                   " failed: planted");
  f.engine->stop();
  f.close();
  f.on_head = {};
  REQUIRE(f.open().empty());
  const auto place = f.store->locate(kept.hash);
  REQUIRE(place);
  CHECK(place->number == block_number{1});
}

TEST_CASE("who waits past the deadline is answered while nothing is executed") {
  engine_fixture f;
  REQUIRE(f.open().empty());
  const auto r = f.confirm({f.transfer(1, 0)});
  f.time.advance(std::chrono::seconds(20));
  f.engine->expire_waits();
  REQUIRE(r->came);
  CHECK(r->code(0) == drop_code::not_confirmed_in_time);
  f.step_all();
  CHECK(f.store->head().txns_total == 1);  // it was not lost
}

TEST_CASE("a configuration that cannot work is named before anything starts") {
  engine_config c;
  CHECK(check(c).empty());
  c.chunk_txns = 0;
  CHECK_FALSE(check(c).empty());
  c = {};
  c.pool.drops_max = 0;
  CHECK_FALSE(check(c).empty());
}
