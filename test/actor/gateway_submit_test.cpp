#include <stdexcept>
#include <thread>

#include <catch2/catch.hpp>

#include "test/actor/gateway_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;
using rpc::submit_errc;

namespace {

std::vector<bytes> transfers(const gateway_fixture& f, u64 count) {
  std::vector<bytes> out;
  for (u64 i = 0; i < count; ++i) out.push_back(encode_txn(f.transfer(i)));
  return out;
}

/// Confirms each submission in a block of its own list.
std::optional<api::submit_answer_list> confirm(stored_chain& chain, const api::submission_list& l) {
  std::vector<txn> txns;
  for (const api::submission& s : l.items) txns.push_back(*s.body);
  const auto block = chain.lay_block(txns);
  api::submit_answer_list out;
  for (u32 i = 0; i < txns.size(); ++i) {
    api::soft_confirmation c;
    c.number = block->block.header.number;
    c.index = i;
    c.txn_hash = block->txn_hashes[i];
    c.block_hash = block->hash;
    out.items.push_back(c);
  }
  return out;
}

}  // namespace

TEST_CASE("a list reaches the sequencer as one message, in order, without what is refused") {
  gateway_fixture f;
  auto raw = transfers(f, 200);
  raw[3].pop_back();
  raw[150] = {0x03, 0xc0};
  std::vector<hash256> offered;
  f.plan->submit = [&](const api::submission_list& l) {
    CHECK(l.wait == api::submit_wait::accepted);
    api::submit_answer_list out;
    for (const auto& s : l.items) {
      offered.push_back(s.hash);
      out.items.push_back(api::txn_accepted{});
    }
    out.items[10] = api::drop_reason{api::drop_code::already_known, {}, {}};
    return out;
  };

  const auto got = f.submit(raw);

  CHECK(f.plan->lists == 1);
  REQUIRE(got.size() == 200);
  REQUIRE(offered.size() == 198);
  for (std::size_t i = 0, k = 0; i < 200; ++i) {
    if (i == 3) {
      CHECK(got[i].error().code == submit_errc::malformed);
    } else if (i == 150) {
      CHECK(got[i].error().code == submit_errc::type_unsupported);
    } else {
      CHECK(offered[k] == crypto::keccak256(raw[i]));
      if (k == 10)
        CHECK(got[i].error().code == submit_errc::already_known);
      else
        CHECK(*got[i] == offered[k]);
      ++k;
    }
  }
  CHECK(f.backend->counters().refused_stateless == 2);
  // The answer goes out before its place is given back.
  while (f.backend->counters().submissions_in_flight != 0) std::this_thread::yield();
}

TEST_CASE("an engine in this process gets submissions without a message") {
  std::vector<api::submission_list_ptr> offered;
  bool room = true;
  stored_chain* chain = nullptr;
  gateway::local_sequencer engine;
  engine.submit = [&](const auto& list, auto done) {
    if (!room) return false;
    offered.push_back(list);
    if (list->wait == api::submit_wait::confirmed) {
      done(std::make_shared<const api::submit_answer_list>(*confirm(*chain, *list)));
    } else {
      api::submit_answer_list out;
      out.items.assign(list->items.size(), api::txn_accepted{});
      done(std::make_shared<const api::submit_answer_list>(std::move(out)));
    }
    return true;
  };
  gateway_fixture f(gateway_fixture::quick(), nullptr, engine);
  chain = &f.chain;

  const auto many = f.submit(transfers(f, 20));
  const bytes one = encode_txn(f.transfer(0));
  const auto sync = f.submit_sync(one, std::chrono::milliseconds{5'000});
  room = false;
  const auto busy = f.submit(transfers(f, 2), rpc::submit_wait::confirmed);

  CHECK(f.plan->lists == 0);
  REQUIRE(offered.size() == 2);
  CHECK(offered[0]->items.size() == 20);
  REQUIRE(many.size() == 20);
  for (const auto& r : many) CHECK(r.ok());
  REQUIRE(std::holds_alternative<rpc::located_txn>(sync));
  CHECK(offered[1]->items[0].hash == crypto::keccak256(one));
  REQUIRE(busy.size() == 2);
  for (const auto& r : busy) CHECK(r.error().code == submit_errc::unavailable);
}

TEST_CASE("an engine in this process answers for its pool while nobody plays the role") {
  api::pool_lookup found;
  std::optional<api::soft_confirmation> promise;
  gateway::local_sequencer engine;
  engine.submit = [](const auto& list, auto done) {
    api::submit_answer_list out;
    out.items.assign(list->items.size(), api::txn_accepted{});
    done(std::make_shared<const api::submit_answer_list>(std::move(out)));
    return true;
  };
  engine.pending_nonce = [](const address&) { return u64{9}; };
  engine.lookup = [&](const hash256&) { return found; };
  engine.confirm = [&](const hash256&) { return promise; };
  gateway_fixture f(gateway_fixture::quick(), nullptr, engine);
  f.roles.clear("sequencer", f.sequencer.address());
  const hash256 mined = f.chain.lay_block({f.transfer(0)})->txn_hashes[0];
  const txn t = f.transfer(10);

  CHECK(f.backend->pending_nonce(test_key(0).account) == 9);
  const auto sync = f.submit_sync(encode_txn(t), std::chrono::milliseconds{5'000});
  REQUIRE(std::holds_alternative<rpc::sync_nonce_gap>(sync));
  CHECK(std::get<rpc::sync_nonce_gap>(sync).expected_nonce == 9);
  CHECK_FALSE(f.backend->confirmation_of(mined));
  promise.emplace().txn_hash = mined;
  CHECK(f.backend->confirmation_of(mined)->txn_hash == mined);
  CHECK(f.backend->pending_by_hash(txn_hash(t)) == nullptr);
  found.where = api::pool_lookup::place::pending;
  found.body = std::make_shared<const txn>(t);
  CHECK(f.backend->pending_by_hash(txn_hash(t))->body == t);
  CHECK(f.backend->status_of(txn_hash(t))->stage == rpc::txn_stage::pending);
  found = {};
  found.where = api::pool_lookup::place::dropped;
  found.reason = {api::drop_code::expired, {}, {}};
  CHECK(f.backend->drop_reason_of(txn_hash(t))->code == "expired");
}

TEST_CASE("a list of nothing sound never reaches the sequencer") {
  gateway_fixture f;
  const auto got = f.submit({{0x01}, {}});
  REQUIRE(got.size() == 2);
  CHECK_FALSE(got[0].ok());
  CHECK(f.plan->lists == 0);
}

TEST_CASE("confirmed waits for the block; what is late is not lost") {
  gateway_fixture f;
  f.plan->submit = [&](const api::submission_list& l) {
    CHECK(l.wait == api::submit_wait::confirmed);
    return confirm(f.chain, l);
  };
  const bytes first = encode_txn(f.transfer(0));
  REQUIRE(f.submit({first}, rpc::submit_wait::confirmed)[0].ok());
  REQUIRE(f.backend->txn_by_hash(crypto::keccak256(first)));

  f.plan->submit = [](const api::submission_list&) {
    return api::submit_answer_list{
        {api::drop_reason{api::drop_code::not_confirmed_in_time, {}, {}}}};
  };
  const bytes second = encode_txn(f.transfer(1));
  CHECK(*f.submit({second}, rpc::submit_wait::confirmed)[0] == crypto::keccak256(second));
}

TEST_CASE("sync answers the receipt's place, a timeout, a gap or a refusal") {
  gateway_fixture f;
  f.plan->submit = [&](const api::submission_list& l) { return confirm(f.chain, l); };
  const auto found = f.submit_sync(encode_txn(f.transfer(0)), std::chrono::milliseconds{1000});
  REQUIRE(std::holds_alternative<rpc::located_txn>(found));
  const auto& at = std::get<rpc::located_txn>(found);
  CHECK(at.block->header.number == block_number{1});
  CHECK(at.block->txns[at.index].outcome.success);

  f.plan->submit = [](const api::submission_list& l) {
    CHECK(l.wait == api::submit_wait::confirmed);
    CHECK(l.wait_ms == 300);
    return api::submit_answer_list{
        {api::drop_reason{api::drop_code::not_confirmed_in_time, {}, {}}}};
  };
  const bytes late = encode_txn(f.transfer(1));
  const auto timeout = f.submit_sync(late, std::chrono::milliseconds{300});
  REQUIRE(std::holds_alternative<rpc::sync_timeout>(timeout));
  CHECK(std::get<rpc::sync_timeout>(timeout).txn_hash == crypto::keccak256(late));
  CHECK(std::get<rpc::sync_timeout>(timeout).why == "");
  f.plan->why_unconfirmed = "L1";
  const auto held = f.submit_sync(late, std::chrono::milliseconds{300});
  REQUIRE(std::holds_alternative<rpc::sync_timeout>(held));
  CHECK(std::get<rpc::sync_timeout>(held).why == "L1");

  f.plan->pending_nonce = 2;
  f.plan->submit = [](const api::submission_list& l) {
    CHECK(l.wait == api::submit_wait::accepted);
    return api::submit_answer_list{{api::txn_accepted{}}};
  };
  const auto gap = f.submit_sync(encode_txn(f.transfer(5)), std::chrono::milliseconds{300});
  REQUIRE(std::holds_alternative<rpc::sync_nonce_gap>(gap));
  CHECK(std::get<rpc::sync_nonce_gap>(gap).expected_nonce == 2);

  f.plan->submit = [](const api::submission_list&) {
    return api::submit_answer_list{{api::drop_reason{api::drop_code::nonce_too_low, 2, 0}}};
  };
  const auto refused = f.submit_sync(encode_txn(f.transfer(0)), std::chrono::milliseconds{300});
  REQUIRE(std::holds_alternative<rpc::submit_error>(refused));
  CHECK(std::get<rpc::submit_error>(refused).code == submit_errc::nonce_too_low);
  const auto broken = f.submit_sync({0x01}, std::chrono::milliseconds{300});
  CHECK(std::get<rpc::submit_error>(broken).code == submit_errc::malformed);
}

TEST_CASE("what is in flight is bounded and the rest is shed at once") {
  auto config = gateway_fixture::quick();
  config.submissions_in_flight_max = 10;
  config.submit_timeout = std::chrono::milliseconds{3'000};
  gateway_fixture f(config);
  f.plan->submit = [](const api::submission_list&) { return std::nullopt; };
  const auto raw = transfers(f, 10);
  const std::vector<bytes_view> views(raw.begin(), raw.end());
  std::promise<std::vector<rpc::submit_result>> held;
  auto coming = held.get_future();
  f.backend->submit(views, rpc::submit_wait::admitted,
                    [&](auto results) { held.set_value(std::move(results)); });

  const auto shed = f.submit({raw[0]});
  CHECK(shed[0].error().code == submit_errc::unavailable);
  CHECK(shed[0].error().detail == "too many transactions are in flight, try again");
  CHECK(f.backend->counters().refused_busy == 1);

  // The sequencer dies with the question open: it is answered all the same, and there is room.
  caf::anon_send_exit(f.sequencer, caf::exit_reason::kill);
  const auto answered = coming.get();
  REQUIRE(answered.size() == 10);
  for (const auto& a : answered) CHECK(a.error().code == submit_errc::unavailable);
}

TEST_CASE("who throws when he is answered leaves nothing in flight") {
  gateway_fixture f;
  const bytes cut{0x02};
  const bytes_view view{cut};
  const auto throws = [](const auto&) { throw std::runtime_error("no answer wanted"); };
  CHECK_NOTHROW(f.backend->submit({&view, 1}, rpc::submit_wait::admitted, throws));
  CHECK_NOTHROW(f.backend->submit_sync(view, std::chrono::milliseconds{100}, throws));
  CHECK(f.backend->counters().submissions_in_flight == 0);
  CHECK(f.submit({cut})[0].error().code == submit_errc::malformed);
}

TEST_CASE("without a sequencer submissions are unavailable, reads go on") {
  gateway_fixture f;
  f.chain.lay_block({f.transfer(0)});
  f.roles.clear("sequencer", f.sequencer.address());
  const auto got = f.submit({encode_txn(f.transfer(1))});
  CHECK(got[0].error().code == submit_errc::unavailable);
  CHECK(f.backend->heads().latest == block_number{1});
  CHECK(f.backend->pending_nonce(test_key(0).account) == 1);
  CHECK_FALSE(f.backend->health().ready);
}

TEST_CASE("a closed backend takes nothing more") {
  gateway_fixture f;
  f.backend->close();
  CHECK(f.submit({encode_txn(f.transfer(0))})[0].error().detail == "the node is shutting down");
  CHECK(f.plan->lists == 0);
}

TEST_CASE("the pool's view of a transaction is passed on") {
  gateway_fixture f;
  const txn t = f.transfer(4);
  f.plan->pending_nonce = 9;
  CHECK(f.backend->pending_nonce(test_key(0).account) == 9);

  f.plan->lookup.where = api::pool_lookup::place::queued;
  f.plan->lookup.body = std::make_shared<const txn>(t);
  f.plan->lookup.sender = test_key(0).account;
  const auto pending = f.backend->pending_by_hash(txn_hash(t));
  REQUIRE(pending);
  CHECK(pending->body == t);
  CHECK(f.backend->status_of(txn_hash(t))->stage == rpc::txn_stage::queued);

  f.plan->lookup = {};
  f.plan->lookup.where = api::pool_lookup::place::dropped;
  f.plan->lookup.reason = {api::drop_code::expired, {}, {}};
  CHECK(f.backend->pending_by_hash(txn_hash(t)) == nullptr);
  CHECK(f.backend->status_of(txn_hash(t))->stage == rpc::txn_stage::dropped);
  CHECK(f.backend->drop_reason_of(txn_hash(t))->code == "expired");

  f.plan->lookup = {};
  CHECK_FALSE(f.backend->status_of(txn_hash(t)));
  CHECK_FALSE(f.backend->drop_reason_of(txn_hash(t)));
}

namespace {

struct listener final : rpc::chain_observer {
  std::vector<u64> blocks;
  std::vector<hash256> pending;
  bool wants = true;
  void on_block(const rpc::sealed_block_ptr& b) noexcept override {
    blocks.push_back(b->header.number.value);
  }
  void on_pending(std::span<const rpc::pending_txn_ptr> all) noexcept override {
    for (const auto& t : all) pending.push_back(t->hash);
  }
  bool wants_pending() const noexcept override { return wants; }
};

}  // namespace

TEST_CASE("observers hear of blocks in order and of what was accepted") {
  gateway_fixture f;
  const auto ears = std::make_shared<listener>();
  f.backend->observe(ears);
  f.chain.lay_block({f.transfer(0)});
  f.chain.lay_block({f.transfer(1)});
  f.backend->feed();
  f.chain.lay_block({});
  f.backend->feed();
  f.backend->feed();
  CHECK(ears->blocks == std::vector<u64>{1, 2, 3});

  f.plan->submit = [](const api::submission_list&) {
    return api::submit_answer_list{
        {api::txn_accepted{}, api::drop_reason{api::drop_code::pool_full, {}, {}}}};
  };
  const bytes taken = encode_txn(f.transfer(2));
  (void)f.submit({taken, encode_txn(f.transfer(3))});
  CHECK(ears->pending == std::vector<hash256>{crypto::keccak256(taken)});
  ears->wants = false;
  (void)f.submit({taken, encode_txn(f.transfer(3))});
  CHECK(ears->pending.size() == 1);
}
