#include <catch2/catch.hpp>

#include "runtime/crypto/secp256k1.hpp"
#include "runtime/stf/fees.hpp"
#include "test/support/batch_workload.hpp"
#include "test/support/pubdata_adversary.hpp"

// One transaction may publish so much and no more, whatever gas it pays: types/pubdata_limits.hpp.

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr unix_seconds now{1'700'000'001};
constexpr u64 slots = 1'800;  // 36 bytes each: just below the bound

chain_config with_bound(u64 bytes) {
  chain_config c = memory_chain::sample_config();
  c.pubdata_txn_bytes_max = bytes;
  return c;
}

struct run_result {
  memory_chain::sealed batch;
  memory_state state;
};

/// One block with this transaction, natively and from its witness, which must agree.
run_result seal_one(const chain_config& config, const txn& t) {
  memory_chain chain(adversary_genesis(2), config);
  run_result out{chain.seal({{now, {t}}}), chain.state};
  const auto proved = stf::apply_batch(stf::encode_batch_witness(out.batch.witness));
  REQUIRE(proved.ok());
  REQUIRE(proved->input == out.batch.native.input);
  REQUIRE(stf::pubdata_charged(chain.start.parent) == out.batch.pubdata_charged);
  REQUIRE(out.batch.native.pubdata.size() <= batch_pubdata_bytes_max(out.batch.pubdata_charged, 1));
  return out;
}

u256 slot_zero(const memory_state& s) {
  return s.slots.at({slot_writer, u256{}});
}

}  // namespace

TEST_CASE("a transaction at the bound of pubdata passes, one byte more fails", "[pubdata]") {
  const bool forced = GENERATE(false, true);
  const auto make = [&](const chain_config& c) {
    return forced ? forced_txn(0, 0, slot_writer, two_words(u256{slots}, u256{7}))
                  : adversary_txn(c, 0, 0, slot_writer, slots, u256{7});
  };
  const auto open = with_bound(pubdata_txn_bytes_highest);
  const auto whole = seal_one(open, make(open));
  const u256 before = slot_zero(adversary_genesis(0));
  REQUIRE(whole.batch.receipts[0].success);
  REQUIRE(slot_zero(whole.state) != before);
  const u64 bytes = whole.batch.pubdata_charged;
  REQUIRE(bytes > 60'000);
  CAPTURE(forced, bytes);

  for (const u64 bound : {bytes + 1, bytes}) {
    const auto same = seal_one(with_bound(bound), make(open));
    CHECK(same.batch.receipts[0].success);
    CHECK(same.batch.receipts[0].gas_used == whole.batch.receipts[0].gas_used);
    CHECK(slot_zero(same.state) == slot_zero(whole.state));
  }
  const auto fails = seal_one(with_bound(bytes - 1), make(open));
  CHECK_FALSE(fails.batch.receipts[0].success);
  CHECK(fails.batch.receipts[0].gas_used == make(open).gas_limit);
  CHECK(slot_zero(fails.state) == before);
  CHECK(fails.batch.pubdata_charged < 200);
  CHECK(fails.batch.native.pubdata.size() < 1'000);
  CHECK(fails.state.accounts.at(test_key(0).account).nonce == (forced ? 0 : 1));
}

TEST_CASE("a block that is full of pubdata takes no more, in the proved program too", "[pubdata]") {
  const auto config = with_bound(pubdata_txn_bytes_highest);
  const auto fill = [&](u64 some) {
    return adversary_txn(config, 0, 0, slot_writer, some, u256{7});
  };
  const txn last = signed_txn(config, test_key(1), 0, test_key(0).account, u256{1});
  const auto charge = [&](u64 some) {
    memory_chain chain(adversary_genesis(2), config);
    return chain.seal({{now, {fill(some)}}}).pubdata_charged;
  };
  // given: the most and the fewest slots on either side of full
  u64 below = 440;
  while (charge(below + 1) < pubdata_block_bytes_full) ++below;
  // one block where the first leaves a byte or more
  memory_chain open(adversary_genesis(2), config);
  const auto one = open.seal({{now, {fill(below), last}}});
  CHECK(one.receipts[1].success);
  CHECK(stf::apply_batch(one.witness).ok());
  // two blocks where it does not, and none that holds both
  memory_chain full(adversary_genesis(2), config);
  const auto two = full.seal({{now, {fill(below + 1)}}, {now, {last}}});
  CHECK(stf::apply_batch(two.witness).ok());
  stf::batch_witness together = two.witness;
  together.blocks[0].txns.push_back(together.blocks[1].txns[0]);
  together.blocks.pop_back();
  const auto refused = stf::apply_batch(together);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == stf::batch_error_code::rejected);
  CHECK(refused.error().rejection == evm::rejection::block_pubdata);
  CHECK(refused.error().txn == 1);
}

TEST_CASE("a message of a megabyte fails, and sends nothing", "[pubdata]") {
  memory_state genesis = adversary_genesis(1);
  genesis.put(l1_messenger_address, {1, {}, evm::empty_code_hash, 0}, messenger_code);
  for (const bool fits : {true, false}) {
    memory_chain chain(genesis);
    const u64 size = fits ? 50'000 : 500'000;
    const auto batch =
        chain.seal({{now,
                     {signed_txn(chain.config, test_key(0), 0, l1_messenger_address, {},
                                 to_bytes(u256{size}.to_be().data_), 16'000'000)}}});
    CHECK(batch.receipts[0].success == fits);
    CHECK(batch.native.messages.size() == (fits ? 1 : 0));
    CHECK(batch.native.pubdata.size() <= batch_pubdata_bytes_max(batch.pubdata_charged, 1));
  }
}

TEST_CASE("a contract of the largest size fits", "[pubdata]") {
  // RETURN(0, 24576): code of zeros.
  const auto out = seal_one(with_bound(pubdata_txn_bytes_lowest),
                            signed_txn(memory_chain::sample_config(), test_key(0), 0, std::nullopt,
                                       {}, *from_hex("0x6160005ff3"), 16'000'000));
  CHECK(out.batch.receipts[0].success);
  CHECK(out.batch.pubdata_charged > 24'576);
}

TEST_CASE("what transactions leave behind when they fail is charged, too", "[pubdata]") {
  // Its own nonce and balance stay, so they are published.
  const auto config = with_bound(pubdata_txn_bytes_lowest);
  const auto out = seal_one(config, adversary_txn(config, 0, 0, slot_writer, slots, u256{7}));
  REQUIRE_FALSE(out.batch.receipts[0].success);
  CHECK(out.batch.pubdata_charged >= 5);
}

TEST_CASE("charges of several transactions bound what the batch publishes", "[pubdata]") {
  // To 1 and then to 2^256 - 1 is two short steps modulo 2^256, and 32 bytes in all.
  const auto config = with_bound(pubdata_txn_bytes_highest);
  memory_chain chain(adversary_genesis(1), config);
  u64 time = now.value;
  for (u64 round = 0; round < 2; ++round) {
    const auto fill = [&](u64 nonce, const u256& value) {
      return adversary_txn(config, 0, nonce, slot_filler, 1'500, value);
    };
    const auto batch = chain.seal({{unix_seconds{++time}, {fill(2 * round, u256{1})}},
                                   {unix_seconds{++time}, {fill(2 * round + 1, u256::max())}}});
    for (const receipt& r : batch.receipts) REQUIRE(r.success);
    CHECK(batch.native.pubdata.size() <= batch_pubdata_bytes_max(batch.pubdata_charged, 2));
  }
}

TEST_CASE("a sender who is emptied by the prepaid fee is charged for what comes back",
          "[pubdata]") {
  // Balances such that nothing is left while the transaction runs, and much is given back.
  memory_state genesis;
  constexpr u64 senders = 60;
  const u64 gas_limit = 1'000'000;
  chain_config config = memory_chain::sample_config();
  for (u64 i = 0; i < senders; ++i) {
    const u256 price{config.base_fee_genesis + 1'000};
    genesis.put(test_key(i).account, {0, price * u256{gas_limit}, evm::empty_code_hash, 0});
  }
  memory_chain chain(genesis, config);
  std::vector<txn> txns;
  for (u64 i = 0; i < senders; ++i) {
    txn t = signed_txn(config, test_key(i), 0, test_key(i).account, {}, {}, gas_limit);
    t.max_fee_per_gas = u256{config.base_fee_genesis + 1'000};
    const auto s = crypto::sign(signing_hash(t), test_key(i).secret);
    REQUIRE(s.has_value());
    t.signature = {static_cast<u8>(s->y_parity), s->r, s->s};
    txns.push_back(t);
  }
  const auto batch = chain.seal({{unix_seconds{1'700'000'000}, txns}});
  const u64 charged = batch.pubdata_charged;
  // A key, a nonce and some bytes of balance each.
  CHECK(charged >= senders * (4 + 1 + 4));
  CHECK(batch.native.pubdata.size() <= batch_pubdata_bytes_max(charged, 1));
}

TEST_CASE("no batch of any kind publishes more than its charges allow", "[pubdata]") {
  const u64 seed = GENERATE(11, 12, 13, 14);
  CAPTURE(seed);
  batch_workload work(seed);
  for (int i = 0; i < 6; ++i) {
    const auto batch = work.next(1 + static_cast<std::size_t>(i) * 3, 12);
    const u64 blocks = batch.witness.blocks.size();
    CHECK(batch.native.pubdata.size() <= batch_pubdata_bytes_max(batch.pubdata_charged, blocks));
  }
}
