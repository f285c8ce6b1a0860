#include <catch2/catch.hpp>

#include "net/l1/chain_contract.hpp"
#include "runtime/stf/fees.hpp"
#include "test/unit/batch/pubdata_fixture.hpp"

// Whatever the sequencer puts into blocks, every batch that is laid of them fits L1.

using namespace ashlar;
using namespace ashlar::test;

namespace {

/// geth's and anvil's limit of an encoded transaction.
constexpr std::size_t l1_txn_bytes_max = 128 * 1024;
/// Type 2: nonce, fees, gas, address, value, signature and their heads.
constexpr std::size_t l1_envelope_bytes = 300;

std::size_t commit_bytes(const store::sealed_batch& b) {
  return l1::encode_commit_batch(b.input, b.pubdata).size() + l1_envelope_bytes;
}

}  // namespace

TEST_CASE("batches full of the largest transactions fit the L1 transaction", "[batch][pubdata]") {
  const bool forced = GENERATE(false, true);
  CAPTURE(forced);
  pubdata_fixture f(adversary_genesis(2));
  // The most that fits below the bound: 36 bytes a slot beside the sender's few.
  const u64 slots = (f.chain.pubdata_txn_bytes_max - 150) / 36;
  // A block that is nearly full already, so that the largest one comes on top.
  const u64 few = (pubdata_block_bytes_full - 200) / 36;
  for (u64 i = 0; i < 6; ++i) {
    const auto first = forced ? forced_txn(2 * i, 0, slot_writer, two_words(u256{few}, u256{2 * i}))
                              : adversary_txn(f.chain, 0, 2 * i, slot_writer, few, u256{2 * i});
    const auto second =
        forced ? forced_txn(2 * i + 1, 0, slot_writer, two_words(u256{slots}, u256{2 * i + 1}))
               : adversary_txn(f.chain, 0, 2 * i + 1, slot_writer, slots, u256{2 * i + 1});
    REQUIRE(f.add(first).what == pubdata_fixture::verdict::included);
    REQUIRE(f.add(second).what == pubdata_fixture::verdict::included);
    CHECK(f.add(second).block_full);
    f.close_block();
    const auto head = f.blocks->block_at(f.blocks->head().number);
    const auto receipts = f.blocks->receipts_at(f.blocks->head().number);
    REQUIRE((*receipts)[0].success);
    REQUIRE((*receipts)[1].success);
    CHECK(stf::pubdata_charged(head->block.header) >
          block_charge_max(f.chain.pubdata_txn_bytes_max) - 1'000);
  }
  f.open_layer();
  f.lay_all();
  REQUIRE(f.batches->last().value > 0);
  std::size_t largest = 0;
  for (u64 n = 1; n <= f.batches->last().value; ++n) {
    const auto b = f.batches->get(batch_number{n});
    REQUIRE(b.ok());
    largest = std::max(largest, b->pubdata.size());
    CHECK(commit_bytes(*b) <= l1_txn_bytes_max);
  }
  CHECK(largest > 60'000);
}

TEST_CASE("a batch that L1 would never take is an error and not sealed", "[batch][pubdata]") {
  // given: two blocks that are too much together, and each has an operation that is overdue
  pubdata_fixture f(adversary_genesis(2));
  const u64 slots = (f.chain.pubdata_txn_bytes_max - 150) / 36;
  const u256 value = u256::from_be(crypto::keccak256(bytes(1, 7)));
  for (u64 i = 0; i < 2; ++i) {
    const address& to = i == 0 ? slot_writer : slot_filler;
    REQUIRE(f.add(forced_txn(i, 0, test_key(0).account, {}, 100'000)).what ==
            pubdata_fixture::verdict::included);
    REQUIRE(f.add(adversary_txn(f.chain, 1, i, to, slots, value)).what ==
            pubdata_fixture::verdict::included);
    f.close_block();
  }
  u64 deadline = f.time.wall().value - 1;
  const auto open = [&] {
    auto opened = batch::batch_layer::open(
        f.config, f.chain,
        {*f.blocks, *f.tree, *f.batches, *f.witnesses, f.time,
         [&](u64 id) {
           return id < 2 ? std::optional(batch::queued_operation{unix_seconds{deadline}, 100'000})
                         : std::nullopt;
         },
         nullptr});
    REQUIRE(opened.ok());
    return std::move(*opened);
  };
  const auto advanced = open()->advance();
  REQUIRE_FALSE(advanced.ok());
  CHECK(advanced.error().code == batch::layer_error_code::not_for_l1);
  CHECK_THAT(advanced.error().text, Catch::Contains("leaves out operation 1"));
  CHECK(f.batches->last().value == 0);
  // and where it is not overdue, it has a batch of its own
  ++deadline;
  const auto sealed = open()->advance();
  REQUIRE(sealed.ok());
  REQUIRE(f.batches->last().value == 1);
  CHECK(f.batches->get(batch_number{1})->input.priority_count == 1);
}

TEST_CASE("a priority operation above the bound fails and does not hold up the queue",
          "[batch][pubdata]") {
  pubdata_fixture f(adversary_genesis(2));
  f.add_all({forced_txn(0, 0, slot_writer, two_words(u256{2'500}, u256{1})),
             forced_txn(1, 0, slot_writer, two_words(u256{1}, u256{2}))});
  const auto receipts = f.blocks->receipts_at(f.blocks->head().number);
  REQUIRE(receipts->size() == 2);
  CHECK_FALSE((*receipts)[0].success);
  CHECK((*receipts)[0].gas_used == 16'000'000);
  CHECK((*receipts)[1].success);
  f.open_layer();
  f.lay_all();
  const auto b = f.batches->get(batch_number{1});
  REQUIRE(b.ok());
  CHECK(b->priority_next == 2);
  CHECK(b->pubdata.size() < 2'000);
}

TEST_CASE("short steps round 2^256 in one batch do not make it too large", "[batch][pubdata]") {
  pubdata_fixture f(adversary_genesis(1));
  std::vector<txn> txns;
  for (u64 i = 0; i < 6; ++i)
    txns.push_back(adversary_txn(f.chain, 0, i, slot_filler, 1'700,
                                 i % 2 == 0 ? u256{1 + i} : u256::max() - u256{i}));
  f.add_all(txns);
  f.open_layer();
  f.lay_all();
  for (u64 n = 1; n <= f.batches->last().value; ++n)
    CHECK(commit_bytes(*f.batches->get(batch_number{n})) <= l1_txn_bytes_max);
}

TEST_CASE("blocks of ordinary transfers fill a batch to the number of its transactions",
          "[batch][pubdata]") {
  // Charged 27 bytes each, they come to more than a batch may publish; netted they are few.
  constexpr u64 users = 20, txns_max = 8'000;
  pubdata_fixture f(adversary_genesis(users));
  f.config.sealing.txns_max = txns_max;
  f.config.sealing.proving_cycles_max = 1'000'000'000;
  f.config.check_witness = false;
  std::vector<txn> txns;
  for (u64 i = 0; i < txns_max; ++i)
    txns.push_back(signed_txn(f.chain, test_key(i % users), i / users,
                              test_key((i + 1) % users).account, u256{1'000'000'000}));
  f.add_all(txns);
  u64 charged = 0;
  for (u64 n = 1; n <= f.blocks->head().number.value; ++n)
    charged += *stf::pubdata_charged(f.blocks->block_at(block_number{n})->block.header);
  REQUIRE(charged > f.config.sealing.pubdata_bytes_max);
  f.open_layer();
  f.lay_all();
  CHECK(f.batches->last() == batch_number{1});
  CHECK(f.batches->get(batch_number{1})->seal_reason == std::string("transactions"));
}

TEST_CASE("thousands of small blocks are counted with what each publishes by itself",
          "[batch][pubdata]") {
  // 32 bytes of history a block that nobody is charged for.
  pubdata_fixture f(adversary_genesis(2));
  f.config.check_witness = false;
  f.config.sealing.pubdata_bytes_max = 30'000;
  for (u64 i = 0; i < 1'000; ++i) {
    REQUIRE(f.add(signed_txn(f.chain, test_key(0), i, test_key(1).account, u256{1})).what ==
            pubdata_fixture::verdict::included);
    f.close_block();
  }
  f.open_layer();
  f.lay_all();
  REQUIRE(f.batches->last().value > 1);
  for (u64 n = 1; n <= f.batches->last().value; ++n) {
    const auto b = f.batches->get(batch_number{n});
    CHECK(commit_bytes(*b) <= l1_txn_bytes_max);
    CHECK(b->pubdata.size() <= f.config.sealing.pubdata_bytes_max);
    // And no batch is sealed for its pubdata much before it has so much.
    if (b->seal_reason == std::string("pubdata"))
      CHECK(b->pubdata.size() > f.config.sealing.pubdata_bytes_max / 2);
  }
}

TEST_CASE("a block's bound is its own charge, gas and transactions", "[batch][pubdata]") {
  const chain_config chain = memory_chain::sample_config();
  block b;
  b.header.gas_used = 5'000'000;
  b.header.extra_data = stf::header_extra(9'000'000, 1'000, {70, 0, 8'000});
  b.txns.push_back(forced_txn(0, 0, slot_writer, {}));
  b.txns.push_back(adversary_txn(chain, 0, 0, slot_writer, 1, {}));
  const auto t = batch::bound_of(chain, b);
  CHECK(t.blocks == 1);
  CHECK(t.txns == 2);
  CHECK(t.l2_gas == 5'000'000);
  CHECK(t.pubdata_bytes == 1'250 + pubdata_bytes_per_block);
  CHECK(t.messages == 1'000 / 152 + 1);
  CHECK(t.memory == memory_use{72, 144, 8'000});
  b.header.extra_data.clear();
  CHECK(batch::bound_of(chain, b).pubdata_bytes ==
        published_bytes_max(block_charge_max(chain.pubdata_txn_bytes_max)) +
            pubdata_bytes_per_block);
  CHECK(batch::bound_of(chain, b).memory == block_memory_max());
}
