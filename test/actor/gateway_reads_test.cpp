#include <caf/event_based_actor.hpp>
#include <catch2/catch.hpp>

#include "test/actor/gateway_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;
using rpc::backend_errc;

namespace {

const address alice = test_key(0).account;
const address bob = test_key(1).account;
constexpr block_number nowhere{1'000};

txn count_up(const gateway_fixture& f, u64 nonce) {
  return signed_txn(f.chain.config, test_key(0), nonce, counter, u256{});
}

hash256 topic() {
  return u256{0x77}.to_be();
}

}  // namespace

TEST_CASE("state is answered at the block that was asked for") {
  gateway_fixture f;
  f.chain.lay_block({f.transfer(0)});
  f.chain.lay_block({count_up(f, 1)});
  CHECK(f.backend->account(alice, block_number{0})->nonce == 0);
  CHECK(f.backend->account(alice, block_number{2})->nonce == 2);
  CHECK(f.backend->account(bob, block_number{1})->balance ==
        f.backend->account(bob, block_number{0})->balance + u256{7});
  CHECK(f.backend->account(contract_no(77), block_number{2})->code_hash.is_zero());
  CHECK(f.backend->account(bob, block_number{0})->code_hash == evm::empty_code_hash);
  CHECK(*f.backend->storage(counter, {}, block_number{1}) == u256{6});
  CHECK(*f.backend->storage(counter, {}, block_number{2}) == u256{7});
  CHECK(*f.backend->code(reverter, block_number{0}) == code_of("602a5f5260205ffd"));
  CHECK(f.backend->code(alice, block_number{2})->empty());

  CHECK(f.backend->account(alice, nowhere).error().code == backend_errc::unknown_block);
  CHECK(f.backend->storage(counter, {}, nowhere).error().code == backend_errc::unknown_block);
  CHECK(f.backend->code(counter, nowhere).error().code == backend_errc::unknown_block);
}

TEST_CASE("blocks and transactions are found by number and hash") {
  gateway_fixture f;
  const auto laid = f.chain.lay_block({count_up(f, 0), count_up(f, 1)});
  const auto block = f.backend->block_by_number(block_number{1});
  REQUIRE(block);
  CHECK(block->hash == laid->hash);
  CHECK(block->header == laid->block.header);
  REQUIRE(block->txns.size() == 2);
  CHECK(block->txns[1].sender == alice);
  CHECK(block->txns[1].outcome == laid->receipts[1]);
  CHECK(block->txns[1].first_log_index == 1);
  CHECK(f.backend->block_by_hash(laid->hash) == block);
  CHECK(f.backend->number_of(laid->hash) == block_number{1});
  CHECK(f.backend->hash_of(block_number{1}) == laid->hash);
  const auto at = f.backend->txn_by_hash(laid->txn_hashes[1]);
  REQUIRE(at);
  CHECK(at->index == 1);
  CHECK(at->block == block);
  CHECK(f.backend->block_by_number(block_number{0})->txns.empty());

  CHECK(f.backend->block_by_number(nowhere) == nullptr);
  CHECK(f.backend->block_by_hash(topic()) == nullptr);
  CHECK_FALSE(f.backend->number_of(topic()));
  CHECK_FALSE(f.backend->hash_of(nowhere));
  CHECK_FALSE(f.backend->txn_by_hash(topic()));
}

TEST_CASE("a block's size is that of its RLP encoding") {
  gateway_fixture f;
  const auto laid = f.chain.lay_block({f.transfer(0), count_up(f, 1)});
  bytes raw;
  {
    rlp::list_scope all{raw};
    append(raw, encode_header(laid->block.header));
    {
      rlp::list_scope txns{raw};
      for (const txn& t : laid->block.txns) rlp::encode_string(raw, encode_txn(t));
      txns.close();
    }
    raw.push_back(0xc0);
    raw.push_back(0xc0);
    all.close();
  }
  CHECK(f.backend->block_by_number(block_number{1})->size_bytes == raw.size());
}

TEST_CASE("logs are filtered by range, address and topic") {
  gateway_fixture f;
  f.chain.lay_block({count_up(f, 0)});
  f.chain.lay_block({f.transfer(1)});
  f.chain.lay_block({count_up(f, 2), count_up(f, 3)});
  rpc::log_filter filter{block_number{0}, block_number{9}, {counter}, {{topic()}}};
  const auto all = f.backend->logs(filter, {});
  REQUIRE(all.ok());
  REQUIRE(all->size() == 3);
  CHECK((*all)[2].block == block_number{3});
  CHECK((*all)[2].txn_index == 1);
  CHECK((*all)[2].log_index == 1);
  CHECK(u256::from_be((*all)[2].entry.data.data()) == u256{9});
  CHECK(f.backend->logs(filter, {.results_max = 2}).error().code == backend_errc::too_many_results);
  CHECK(f.backend->logs(filter, {.bytes_max = 3 * 64 - 1}).error().code ==
        backend_errc::too_many_bytes);
  CHECK(f.backend->logs(filter, {.bytes_max = 3 * 64}).ok());
  CHECK(f.backend->logs(filter, {.expired = [] { return true; }}).error().code ==
        backend_errc::timeout);
  filter.from = block_number{2};
  CHECK(f.backend->logs(filter, {})->size() == 2);
  filter.topics = {{}, {}};
  CHECK(f.backend->logs(filter, {})->empty());
  filter.topics = {};
  filter.addresses = {reverter};
  CHECK(f.backend->logs(filter, {})->empty());
}

TEST_CASE("calls run on the state and in the view of their block") {
  gateway_fixture f;
  const auto first = f.chain.lay_block({count_up(f, 0)});
  f.chain.lay_block({count_up(f, 1)});
  rpc::call_request r;
  r.to = environment;
  rpc::state_overrides accounts;
  accounts[counter].code = *f.backend->code(environment, block_number{0});
  r.to = counter;
  const auto now = f.backend->call(r, block_number{2}, accounts, {}, {});
  CHECK(word(now->output, 0) == u256{2});
  CHECK(word(now->output, 3) == u256{8});
  CHECK(word(now->output, 4) == u256::from_be(first->hash));
  const auto past = f.backend->call(r, block_number{1}, accounts, {}, {});
  CHECK(word(past->output, 0) == u256{1});
  CHECK(word(past->output, 3) == u256{7});
  CHECK(f.backend->call(r, nowhere, {}, {}, {}).error().code == backend_errc::unknown_block);
  CHECK(f.backend->estimate_gas(r, nowhere, {}, {}, {}).error().code ==
        backend_errc::unknown_block);
  CHECK(f.backend->create_access_list(r, nowhere, {}, {}).error().code ==
        backend_errc::unknown_block);
}

TEST_CASE("an estimate at the head is enough in the next block") {
  gateway_fixture f;
  f.chain.lay_block({count_up(f, 0)});
  rpc::call_request r;
  r.from = alice;
  r.to = caller;
  const auto e = f.backend->estimate_gas(r, block_number{1}, {}, {}, {});
  REQUIRE(e.ok());
  const auto laid =
      f.chain.lay_block({signed_txn(f.chain.config, test_key(0), 1, caller, u256{}, {}, e->gas)});
  CHECK(laid->receipts[0].success);
}

TEST_CASE("fees quote the next block's base fee and a history") {
  gateway_fixture f;
  f.chain.lay_block({count_up(f, 0)});
  f.chain.lay_block({f.transfer(1)}, 1);
  const auto quote = f.backend->fees();
  CHECK(quote.next_base_fee == u256{f.chain.config.base_fee_min});
  CHECK(quote.suggested_tip == f.backend->config().tip_min);
  const double percentiles[] = {50};
  const auto history = f.backend->fees_of(5, block_number{2}, percentiles);
  REQUIRE(history.ok());
  CHECK(history->oldest == block_number{0});
  CHECK(history->base_fees.size() == 4);
  CHECK(history->rewards[2][0] == u256{1'000});
  CHECK(history->gas_used_ratios[0] == 0.0);
  CHECK(history->gas_used_ratios[1] > 0.0);
  const auto plain = f.backend->fees_of(2, block_number{1}, {});
  REQUIRE(plain.ok());
  CHECK(plain->rewards.empty());
  CHECK(plain->gas_used_ratios[1] == history->gas_used_ratios[1]);
  CHECK(plain->base_fees[2] == history->base_fees[2]);
  CHECK_FALSE(f.backend->fees_of(1, nowhere, {}).ok());
}

TEST_CASE("a proof needs a source, and is of the last sealed batch") {
  struct source final : gateway::proof_source {
    rpc::answer<rpc::account_proof> prove(const address&, std::span<const u256> slots) override {
      rpc::account_proof out;
      out.batch = batch_number{1};
      out.leaf_count = 9;
      out.slots.resize(slots.size());
      return out;
    }
  } proofs;
  const u256 slots[] = {u256{}};
  {
    gateway_fixture f;
    CHECK(f.backend->proof(counter, slots, block_number{0}).error().code ==
          backend_errc::unsupported);
  }
  gateway_fixture f(gateway_fixture::quick(), &proofs);
  f.chain.lay_block({count_up(f, 0)});
  f.chain.lay_block({count_up(f, 1)});
  store::sealed_batch b;
  b.number = batch_number{1};
  b.first_block = b.last_block = block_number{1};
  REQUIRE(f.chain.batches->append(b).ok());
  const auto got = f.backend->proof(counter, slots, block_number{2});
  REQUIRE(got.ok());
  CHECK(got->batch == batch_number{1});
  CHECK(got->slots[0].value == u256{7});
  CHECK(f.backend->proof(counter, slots, nowhere).error().code == backend_errc::unknown_block);
  b.number = batch_number{2};
  b.first_block = b.last_block = block_number{2};
  REQUIRE(f.chain.batches->append(b).ok());
  CHECK(f.backend->proof(counter, slots, block_number{2}).error().code ==
        backend_errc::state_pruned);
}

TEST_CASE("batches show their place, stage and steps") {
  gateway_fixture f;
  f.chain.lay_block({f.transfer(0), f.transfer(1)});
  const auto second = f.chain.lay_block({f.transfer(2)});
  f.chain.lay_block({f.transfer(3)});
  CHECK_FALSE(f.backend->last_batch());
  CHECK(f.backend->batch(batch_number{1})->stage == rpc::batch_stage::open);
  CHECK_FALSE(f.backend->batch_of(block_number{2}));

  store::sealed_batch b;
  b.number = batch_number{1};
  b.first_block = block_number{1};
  b.last_block = block_number{2};
  b.txn_count = 3;
  b.input.first_timestamp = unix_seconds{1'700'000'000};
  b.pubdata = {1, 2, 3};
  for (u16 i = 0; i < 3; ++i)
    b.logs.push_back({0, true, 2, l1_messenger_address, u256{i}.to_be(), {}});
  b.logs.push_back({0, true, 1, l1_messenger_address, {}, {}});
  REQUIRE(f.chain.batches->append(b).ok());

  const auto position = f.backend->batch_of(block_number{2});
  REQUIRE(position);
  CHECK(position->batch == batch_number{1});
  CHECK(position->first_txn_in_batch == 2);
  CHECK_FALSE(f.backend->batch_of(block_number{3}));
  CHECK(f.backend->batch(batch_number{1})->stage == rpc::batch_stage::sealed);
  CHECK(f.backend->batch(batch_number{1})->pubdata_bytes == 3);
  const auto open = f.backend->batch(batch_number{2});
  CHECK(open->first_block == block_number{3});
  CHECK(open->txns == 1);
  CHECK_FALSE(f.backend->batch(batch_number{3}));
  CHECK(f.backend->status_of(second->txn_hashes[0])->stage == rpc::txn_stage::batched);

  // The transaction is the third of the batch; its second log is the batch's leaf 1.
  const auto proof = f.backend->prove_message(second->txn_hashes[0], 1);
  REQUIRE(proof);
  CHECK(proof->index == 1);
  l2_log_proof check;
  check.index = proof->index;
  std::copy(proof->siblings.begin(), proof->siblings.end(), check.siblings.begin());
  check.root = proof->root;
  CHECK(check_l2_log(l2_log_leaf(b.logs[1]), check));
  CHECK(proof->root == l2_log_root(b.logs));
  CHECK_FALSE(f.backend->prove_message(second->txn_hashes[0], 3));
  CHECK_FALSE(f.backend->prove_message(topic(), 0));

  store::batch_settlement s;
  s.stage = batch_stage::proving;
  s.commit_txn = topic();
  s.commit_gas = 99;
  REQUIRE(f.chain.batches->set_settlement(batch_number{1}, s).ok());
  const auto committed = f.backend->batch(batch_number{1});
  CHECK(committed->stage == rpc::batch_stage::committed);
  CHECK(committed->commit->l1_txn == topic());
  CHECK_FALSE(committed->prove);
  const auto line = f.backend->pipeline();
  CHECK(line.last_committed == batch_number{1});
  CHECK_FALSE(line.last_proved);
  CHECK(line.open_batch == batch_number{2});
  s.stage = batch_stage::executed;
  REQUIRE(f.chain.batches->set_settlement(batch_number{1}, s).ok());
  CHECK(f.backend->status_of(second->txn_hashes[0])->stage == rpc::txn_stage::executed);
}

TEST_CASE("tags follow what the listener says, never ahead of the head") {
  gateway_fixture f;
  f.chain.lay_block({});
  f.chain.lay_block({});
  CHECK(f.backend->heads().safe == block_number{0});
  f.backend->set_settled({block_number{2}, block_number{1}});
  CHECK(f.backend->heads().latest == block_number{2});
  CHECK(f.backend->heads().safe == block_number{2});
  CHECK(f.backend->heads().finalized == block_number{1});
  f.backend->set_settled({block_number{9}, block_number{8}});
  CHECK(f.backend->heads().finalized == block_number{2});
}

TEST_CASE("a confirmation is the sequencer's, with v as wallets know it") {
  gateway_fixture f;
  const auto laid = f.chain.lay_block({f.transfer(0)});
  CHECK_FALSE(f.backend->confirmation_of(laid->txn_hashes[0]));
  api::soft_confirmation c;
  c.chain_id = 270;
  c.number = block_number{1};
  c.txn_hash = laid->txn_hashes[0];
  c.block_hash = laid->hash;
  c.signature[64] = 1;
  f.plan->confirmation = c;
  const auto got = f.backend->confirmation_of(laid->txn_hashes[0]);
  REQUIRE(got);
  CHECK(got->block == block_number{1});
  CHECK(got->signature[64] == 28);
  CHECK(got->signer == contract_no(200));
  CHECK_FALSE(f.backend->confirmation_of(topic()));
}

TEST_CASE("health asks every role and names what is missing") {
  auto config = gateway_fixture::quick();
  config.expected_roles = {"sequencer", "batch"};
  gateway_fixture f(config);
  auto report = f.backend->health();
  CHECK(report.ready);
  REQUIRE(report.roles.size() == 2);
  CHECK(report.roles[0].state == rpc::role_state::ok);
  CHECK(report.roles[1].role == "batch");
  CHECK(report.roles[1].state == rpc::role_state::down);
  f.plan->healthy = false;
  CHECK(f.backend->health().ready);  // within health_age_max: what was said before
  f.time.pass(std::chrono::seconds(1));
  CHECK_FALSE(f.backend->health().ready);
}

TEST_CASE("the pipeline has the layers of the publisher's last proof for L1") {
  gateway_fixture f;
  CHECK(f.backend->pipeline().proof_layers.empty());
  // With an argument, since CAF 0.17 binds a reference to null where there is none.
  const auto publishing = [](caf::event_based_actor*, u64 leaf_ms) -> caf::behavior {
    return {[leaf_ms](api::status_atom) {
      api::role_status out;
      out.role = "publisher";
      out.counters = {
          {"sent_total", 7}, {"proof_layer_leaf_ms", leaf_ms}, {"proof_layer_outer_ms", 900}};
      return out;
    }};
  };
  const caf::actor publisher = f.system->spawn(publishing, u64{4'096});
  f.roles.set("publisher", publisher);
  f.time.pass(std::chrono::seconds(1));
  const auto layers = f.backend->pipeline().proof_layers;
  REQUIRE(layers.size() == 2);
  CHECK(layers[0].name == "leaf");
  CHECK(layers[0].ms == 4'096);
  CHECK(layers[1].name == "outer");
  CHECK(layers[1].ms == 900);
  caf::anon_send_exit(publisher, caf::exit_reason::kill);
}

TEST_CASE("answers of roles are used from when they came, not from when they were asked") {
  gateway_fixture f;
  f.plan->while_asked = [&] { f.time.pass(std::chrono::seconds{1}); };
  CHECK(f.backend->health().ready);
  CHECK(f.backend->health().ready);
  f.backend->pipeline();
  CHECK(f.plan->statuses == 1);
}

TEST_CASE("health says how often a role was started again, and why one that is gone ended") {
  gateway_fixture f;
  f.roles.set("sequencer", f.roles.find("sequencer"), 3);
  const caf::actor other = caf::actor_cast<caf::actor>(f.sequencer);
  f.roles.set("batch", other);
  f.roles.clear("batch", other.address(), "failed: planted");
  const auto report = f.backend->health();
  REQUIRE(report.roles.size() == 2);
  CHECK(report.roles[0].role == "batch");
  CHECK(report.roles[0].state == rpc::role_state::down);
  CHECK(report.roles[0].detail == "ended: failed: planted");
  CHECK(report.roles[0].restarts == 0);
  CHECK(report.roles[1].role == "sequencer");
  CHECK(report.roles[1].state == rpc::role_state::ok);
  CHECK(report.roles[1].restarts == 3);
}

TEST_CASE("the gateway actor follows the sequencer, feeds, drains and reports") {
  gateway_fixture f;
  const auto actor = gateway::spawn_gateway(*f.system, {}, f.backend, f.roles);
  std::string failed;
  {
    caf::scoped_actor self{*f.system};
    const auto note = [&](caf::error& e) { failed += api::to_text(e) + "; "; };
    const std::chrono::seconds patience{20};
    f.chain.lay_block({});
    self->request(actor, patience, api::head_atom::value, api::head_event{})
        .receive([](api::ack) {}, note);
    self->request(actor, patience, api::status_atom::value)
        .receive([&](const api::role_status& s) { CHECK(s.healthy); }, note);
    self->request(actor, patience, api::drain_atom::value).receive([](api::ack) {}, note);
    self->send_exit(actor, caf::exit_reason::user_shutdown);
    self->wait_for(actor);
  }
  CHECK(failed.empty());
  CHECK_FALSE(f.submit({encode_txn(f.transfer(0))})[0].ok());
}
