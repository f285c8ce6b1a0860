#include <catch2/catch.hpp>

#include "runtime/base/hex.hpp"
#include "runtime/stf/fees.hpp"
#include "test/unit/batch/pubdata_fixture.hpp"

// Whatever the sequencer puts into blocks, every batch that is laid of them has a proof: it takes
// no more memory than one can hold (types/memory_limits.hpp).

using namespace ashlar;
using namespace ashlar::test;

namespace {

const address greedy{{0x9e}};
constexpr u32 codes = 300;

/// Codes of the largest size, from 0xc0de... on, and a contract that copies each until it fails.
memory_state many_codes() {
  memory_state s = adversary_genesis(2);
  for (u32 i = 0; i < codes; ++i) {
    bytes code(24'576, 0x5b);
    store_be32(code.data() + 4, i);
    address a{{0xc0, 0xde}};
    store_be32(a.data() + 16, i);
    s.put(a, {1, {}, evm::empty_code_hash, 0}, code);
  }
  s.put(greedy, {1, {}, evm::empty_code_hash, 0},
        *from_hex("0x73c0de000000000000000000000000000000000000"
                  "5b60015f5f833c600101601556"));
  return s;
}

}  // namespace

TEST_CASE("a priority operation that loads too many codes fails, and the queue goes on",
          "[batch][memory]") {
  pubdata_fixture f(many_codes());
  f.add_all({forced_txn(0, 0, greedy, {}),
             forced_txn(1, 0, slot_writer, two_words(u256{1}, u256{2})),
             signed_txn(f.chain, test_key(1), 0, test_key(0).account, u256{1})});
  u64 succeeded = 0, failed = 0;
  for (u64 n = 1; n <= f.blocks->head().number.value; ++n) {
    const auto receipts = f.blocks->receipts_at(block_number{n});
    for (const receipt& r : *receipts) (r.success ? succeeded : failed) += 1;
  }
  CHECK(failed == 1);
  CHECK(succeeded == 2);
  f.open_layer();
  f.lay_all();
  CHECK(f.batches->get(f.batches->last())->priority_next == 2);
}

TEST_CASE("a block whose proof is full takes no more, and a batch is sealed before it overflows",
          "[batch][memory]") {
  // given: forced operations that each hold a log of half a megabyte
  memory_state genesis = adversary_genesis(2);
  genesis.put(greedy, {1, {}, evm::empty_code_hash, 0}, *from_hex("0x6207a1205fa000"));
  pubdata_fixture f(genesis);
  f.config.sealing.proving_cycles_max = 10'000'000'000;
  constexpr u64 operations = 40;
  for (u64 i = 0; i < operations; ++i) {
    const txn t = forced_txn(i, 0, greedy, {});
    if (f.add(t).what == pubdata_fixture::verdict::included) continue;
    CHECK(f.add(t).block_full);
    f.close_block();
    REQUIRE(f.add(t).what == pubdata_fixture::verdict::included);
  }
  f.close_block();
  const u64 blocks = f.blocks->head().number.value;
  for (u64 n = 1; n <= blocks; ++n) {
    const auto used = stf::memory_used(f.blocks->block_at(block_number{n})->block.header);
    REQUIRE(used.has_value());
    CHECK(used->bytes <= block_memory_max().bytes);
  }
  CHECK(blocks >= operations / 3);
  // when: they are laid; each batch is applied again from its witness
  f.open_layer();
  f.lay_all();
  // then
  REQUIRE(f.batches->last().value > 1);
  for (u64 n = 1; n < f.batches->last().value; ++n)
    CHECK(f.batches->get(batch_number{n})->seal_reason == std::string("memory of the proof"));
  CHECK(f.batches->get(f.batches->last())->priority_next == operations);
}
