#include <catch2/catch.hpp>

#include "actors/node/escape/batch.hpp"
#include "runtime/stf/genesis.hpp"
#include "runtime/types/priority.hpp"
#include "test/support/memory_chain.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr unix_seconds now{1'700'600'000};

/// A chain of nothing but its genesis.
struct fresh_chain {
  chain_config config = memory_chain::sample_config();
  stf::rebuilt_chain chain{stf::genesis_diff({{test_key(0).account, 0, u256{1} << 80, {}, {}}}),
                           stf::genesis_header(config, unix_seconds{1'700'000'000})};
};

/// Operation `id` of the queue: mints, and gives a thousandth to an account of its own.
txn operation(u64 id, u64 gas_limit = 100'000, bytes payload = {}) {
  l2_canonical_txn t;
  t.txn_type = u256{0x7f};
  t.from = u256{0x1111};
  t.to = u256{0x2222 + id};
  t.gas_limit = u256{gas_limit};
  t.gas_per_pubdata_byte_limit = u256{800};
  t.max_fee_per_gas = u256{5'000'000'000};
  t.nonce = u256{id};
  t.value = u256{1'000};
  t.reserved[0] = u256{1} << 70;
  t.reserved[1] = u256{0x3333};
  t.data = std::move(payload);
  return to_txn(t).value();
}

std::vector<txn> operations(u64 first, u64 count) {
  std::vector<txn> out;
  for (u64 i = 0; i < count; ++i) out.push_back(operation(first + i));
  return out;
}

address receiver(u64 id) {
  return address::copy_of((u256{0x2222 + id}).to_be().data() + 12);
}

}  // namespace

TEST_CASE("a batch of operations is one that L1 alone continues from") {
  fresh_chain f;
  hash256 rolling;
  for (u64 round = 0; round < 3; ++round) {
    const auto queue = operations(f.chain.next().priority_next, 5);
    const auto laid = node::lay_operations(f.config, f.chain, queue, 5, now, {});
    if (!laid.ok()) FAIL(laid.error());
    CHECK(laid->operations == 5);
    const public_input& in = laid->sealed.input;
    CHECK(in.number.value == round + 1);
    CHECK(in.priority_count == 5);
    CHECK(in.priority_hash_before == rolling);
    for (const txn& t : queue) rolling = extend_priority_hash(rolling, t.priority.canonical_hash);
    CHECK(in.priority_hash_after == rolling);
    CHECK(in.first_timestamp == now);
    CHECK(in.last_timestamp == now);
    CHECK(in.state_before == f.chain.commitment());
    REQUIRE(f.chain.apply(in, laid->sealed.pubdata).ok());
    CHECK(f.chain.commitment() == in.state_after);
    const auto got = f.chain.reader()->get_account(receiver(5 * round + 4));
    REQUIRE(got.has_value());
    CHECK(got->balance == u256{1'000});
    CHECK(laid->sealed.logs.size() == 5);
    const auto known = node::batch_from_l1(in, laid->sealed.pubdata, f.chain);
    CHECK(known.logs == laid->sealed.logs);
    CHECK(known.state == laid->sealed.state);
    CHECK(known.priority_next == laid->sealed.priority_next);
  }
}

TEST_CASE("operations fill as many blocks as they take") {
  fresh_chain f;
  const auto laid = node::lay_operations(f.config, f.chain, operations(0, 150), 150, now, {});
  if (!laid.ok()) FAIL(laid.error());
  CHECK(laid->sealed.first_block.value == 1);
  CHECK(laid->sealed.last_block.value == 3);  // 64 a block
  // Nine of 16 million gas do not go into one of 100 million.
  std::vector<txn> large;
  for (u64 i = 0; i < 9; ++i) large.push_back(operation(i, 16'000'000));
  const auto wide = node::lay_operations(f.config, f.chain, large, 9, now, {});
  if (!wide.ok()) FAIL(wide.error());
  CHECK(wide->sealed.input.priority_count == 9);
}

TEST_CASE("what does not fit is left out, unless L1 demands it") {
  fresh_chain f;
  batch::sealing_config limits;
  limits.txns_max = 100;
  const auto queue = operations(0, 150);
  const auto laid_with = [&](u64 least) {
    auto laid = node::lay_operations(f.config, f.chain, queue, least, now, limits);
    if (!laid.ok()) FAIL(laid.error());
    return laid->operations;
  };
  CHECK(laid_with(0) == 64);
  CHECK(laid_with(64) == 64);
  CHECK(laid_with(23) == 87);
  limits.txns_max = 10;
  CHECK(laid_with(23) == 23);
  CHECK(laid_with(65) == 65);
}

TEST_CASE("a batch of operations is measured by what it holds, not by its blocks' bounds") {
  // given: operations whose data makes blocks' bounds of pubdata count a multiple of what they do
  fresh_chain f;
  std::vector<txn> queue;
  for (u64 i = 0; i < 120; ++i) {
    queue.push_back(operation(i, 100'000));
    // All to one account, whose change is published once.
    queue.back() = [&] {
      l2_canonical_txn t = to_canonical(queue.back());
      t.to = u256{0x2222};
      return to_txn(t).value();
    }();
  }
  batch::sealing_config limits;
  const auto one = node::lay_operations(f.config, f.chain, std::span(queue).first(64), 0, now, {});
  if (!one.ok()) FAIL(one.error());
  limits.pubdata_bytes_max = 12'000;
  REQUIRE(2 * one->sealed.pubdata.size() < limits.pubdata_bytes_max);
  // when
  const auto laid = node::lay_operations(f.config, f.chain, queue, 0, now, limits);
  // then
  if (!laid.ok()) FAIL(laid.error());
  CHECK(laid->operations == 120);
  CHECK(laid->sealed.pubdata.size() <= limits.pubdata_bytes_max);
}

TEST_CASE("what is demanded has room whatever comes behind it") {
  // given: two small operations that are overdue, and large ones that are not
  fresh_chain f;
  std::vector<txn> queue = operations(0, 2);
  for (u64 i = 2; i < 8; ++i) queue.push_back(operation(i, 4'000'000, bytes(65'536, 1)));
  batch::sealing_config limits;
  limits.pubdata_bytes_max = 5'000;
  // when
  const auto laid = node::lay_operations(f.config, f.chain, queue, 2, now, limits);
  // then
  if (!laid.ok()) FAIL(laid.error());
  CHECK(laid->operations >= 2);
}

TEST_CASE("operations that are not the queue's next ones are refused") {
  fresh_chain f;
  CHECK_FALSE(node::lay_operations(f.config, f.chain, operations(1, 3), 0, now, {}).ok());
}
