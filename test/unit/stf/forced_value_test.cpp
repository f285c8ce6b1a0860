#include <catch2/catch.hpp>

#include "test/support/memory_chain.hpp"
#include "test/support/pubdata_adversary.hpp"

// Ether that is on L2 can be forced out: an operation from L1 sends what its sender has here.

using namespace ashlar;
using namespace ashlar::test;

namespace {

constexpr u64 gas_limit = 200'000;
const u256 price{10'000'000'000};
const u256 fee_max = price * u256{gas_limit};
const address refund_to{{0xf1}};

/// A forced call whose mint pays for its gas and brings `brought` of its value.
txn forced(u64 id, u64 user, const address& to, const u256& value, const u256& brought,
           bytes data = {}) {
  l2_canonical_txn c = to_canonical(forced_txn(id, user, to, std::move(data), gas_limit));
  c.max_fee_per_gas = price;
  c.value = value;
  c.reserved[0] = fee_max + brought;
  c.reserved[1] = u256::from_be(bytes_view(refund_to.data_));
  const auto t = to_txn(c);
  ensure(t.ok());
  return *t;
}

u256 balance_of(const memory_chain& chain, const address& who) {
  const auto it = chain.state.accounts.find(who);
  return it == chain.state.accounts.end() ? u256{} : it->second.balance;
}
u256 supply(const memory_chain& chain) {
  u256 sum;
  for (const auto& [who, account] : chain.state.accounts) sum += account.balance;
  return sum;
}

/// One batch, natively and from its witness, which must agree.
memory_chain::sealed seal(memory_chain& chain, std::vector<txn> txns) {
  const auto out =
      chain.seal({{unix_seconds{chain.start.parent.timestamp.value + 1}, std::move(txns)}});
  const auto proved = stf::apply_batch(stf::encode_batch_witness(out.witness));
  REQUIRE(proved.ok());
  REQUIRE(proved->input == out.native.input);
  REQUIRE(proved->pubdata == out.native.pubdata);
  return out;
}

}  // namespace

TEST_CASE("ether on L2 is sent by an operation from L1, and is not where it is not there",
          "[stf][forced]") {
  memory_state genesis;
  const address owner = test_key(1).account, poor = test_key(2).account, to{{0x70}};
  genesis.put(owner, {0, u256{1'000}, evm::empty_code_hash, 0});
  genesis.put(poor, {0, u256{10}, evm::empty_code_hash, 0});
  memory_chain chain(genesis);
  const u256 before = supply(chain);

  // when: all that one has; more than the other has; that with some of it brought; again nothing
  const std::vector<txn> txns{forced(0, 1, to, 1'000, 0), forced(1, 2, to, 11, 0),
                              forced(2, 2, to, 30, 20), forced(3, 1, to, 1, 0),
                              forced(4, 1, to, 5, 5)};
  const auto out = seal(chain, txns);

  // then
  const std::vector<bool> expected{true, false, true, false, true};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    CHECK(out.receipts[i].success == expected[i]);
    CHECK(out.native.logs[i].value[31] == (expected[i] ? 1 : 0));
  }
  CHECK(balance_of(chain, to) == u256{1'000 + 30 + 5});
  CHECK(balance_of(chain, owner).is_zero());
  CHECK(balance_of(chain, poor).is_zero());
  // The queue's money is all there is more of: what L1 holds covers what is here.
  u256 minted;
  for (const txn& t : txns) minted += t.priority.mint;
  CHECK(supply(chain) == before + minted);
}
