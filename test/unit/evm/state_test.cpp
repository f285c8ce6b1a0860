#include "runtime/evm/state.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "test/unit/evm/evm_world.hpp"

using namespace ashlar;
using namespace ashlar::evm;
using test::address_of;

TEST_CASE("a revert takes back values, warmth, logs and refunds") {
  test::map_reader reader;
  const address who = address_of(1);
  reader.accounts[who].balance = 5;
  reader.storage[who][7] = 70;
  evm::state over{reader};
  over.begin_txn();
  account_entry& e = over.load(who);
  const auto before = over.mark();

  over.warm(e);
  over.set_balance(e, 9);
  over.set_nonce(e, 3);
  const u8 code[] = {1, 2, 3};
  over.set_code(e, code);
  slot_entry& s = over.slot(e, 7);
  over.warm(s);
  over.read(s);
  over.set_storage(s, 71);
  over.set_transient(e, 1, 11);
  over.add_refund(100);
  over.add_log({who, {}, {}});
  over.revert(before);

  CHECK(e.now == reader.accounts[who]);
  CHECK(over.read(s) == u256{70});
  CHECK_FALSE(over.is_warm(e));
  CHECK_FALSE(over.is_warm(s));
  CHECK(over.get_transient(e, 1) == u256{});
  CHECK(over.refund() == 0);
  CHECK(over.logs().empty());
  over.end_txn();
  CHECK(over.diff() == state_diff{});
}

TEST_CASE("the diff is netted over the overlay's life") {
  test::map_reader reader;
  const address who = address_of(1);
  reader.accounts[who].balance = 5;
  evm::state over{reader};
  for (const u64 value : {1, 2, 0}) {
    over.begin_txn();
    account_entry& e = over.load(who);
    slot_entry& s = over.slot(e, 1);
    over.read(s);
    over.set_storage(s, value);
    over.set_balance(e, e.now.balance + u256{1});
    over.end_txn();
  }
  const state_diff d = over.diff();
  CHECK(d.slots.empty());
  REQUIRE(d.accounts.size() == 1);
  CHECK(d.accounts[0].before->balance == u256{5});
  CHECK(d.accounts[0].after->balance == u256{8});
}

TEST_CASE("what a destroyed account had written is gone, and its next life begins empty") {
  test::map_reader reader;
  const address who = address_of(1);
  evm::state over{reader};
  for (const u64 value : {1, 2}) {
    // given: an account that is created, writes three slots, the last in a frame that reverts
    over.begin_txn();
    account_entry& e = over.load(who);
    CHECK_FALSE(over.is_occupied(e));
    over.set_created(e);
    over.set_nonce(e, 1);
    for (const u64 key : {1, 2}) {
      slot_entry& s = over.slot(e, key);
      CHECK(over.read(s) == u256{});
      over.set_storage(s, value);
    }
    const auto before = over.mark();
    slot_entry& third = over.slot(e, 3);
    over.read(third);
    over.set_storage(third, value);
    over.revert(before);
    // when: it is destroyed, and sent something after that
    over.set_destructed(e);
    over.set_balance(e, 7);
    over.end_txn();
    // then
    CHECK_FALSE(over.get_account(who).has_value());
    for (const u64 key : {1, 2, 3}) CHECK(over.get_storage(who, key) == u256{});
    CHECK(over.diff() == state_diff{});
  }
  // What lives on keeps what it has written.
  over.begin_txn();
  account_entry& e = over.load(who);
  over.set_created(e);
  over.set_nonce(e, 1);
  slot_entry& s = over.slot(e, 1);
  over.read(s);
  over.set_storage(s, 5);
  over.end_txn();
  CHECK(over.get_storage(who, 1) == u256{5});
}

TEST_CASE("an original value is the one at the transaction's start") {
  test::map_reader reader;
  const address who = address_of(1);
  reader.accounts[who].nonce = 1;
  reader.storage[who][1] = 10;
  evm::state over{reader};
  over.begin_txn();
  slot_entry& s = over.slot(over.load(who), 1);
  over.read(s);
  over.set_storage(s, 20);
  CHECK(s.original == u256{10});
  over.end_txn();
  over.begin_txn();
  over.read(s);
  CHECK(s.original == u256{20});
  CHECK(s.before == u256{10});
}

TEST_CASE("touched are exactly the accounts and slots that were read") {
  test::map_reader reader;
  reader.accounts[address_of(1)].nonce = 1;
  evm::state over{reader};
  over.begin_txn();
  over.warm(over.entry(address_of(9)));  // an access list reads nothing
  over.warm(over.slot(over.entry(address_of(9)), 1));
  over.read(over.slot(over.load(address_of(1)), 4));
  over.load(address_of(2));
  over.end_txn();

  std::set<address> accounts;
  std::set<u256> slots;
  over.for_each_touched([&](const address& a, const auto&) { accounts.insert(a); },
                        [&](const address&, const u256& s, const u256&) { slots.insert(s); },
                        [](const hash256&, bytes_view) {});
  CHECK(accounts == std::set<address>{address_of(1), address_of(2)});
  CHECK(slots == std::set<u256>{4});
  CHECK(reader.reads == 3);
}

TEST_CASE("keys chosen against the constants of the hash do not collide") {
  // The constants that words are mixed with: a word equal to one of them makes a factor zero.
  constexpr u64 constants[] = {0xa0761d6478bd642full, 0xe7037ed1a0b428dbull};
  const seeded_hash hash{12345};
  for (const u64 fixed : constants)
    for (int where = 0; where < 4; ++where) {
      std::set<u64> slots, accounts;
      for (u64 i = 0; i < 1'000; ++i) {
        u256 key{i, i, i, i};
        key.limb[static_cast<std::size_t>(where)] = fixed;
        key.limb[static_cast<std::size_t>(where ^ 2)] = fixed;
        slots.insert(hash.of(u32{0}, key));
        address who;
        store_be64(who.data(), i);
        store_be64(who.data() + 8, i);
        std::memcpy(who.data() + 8 * (where & 1), &fixed, 8);
        accounts.insert(hash.of(who));
      }
      CHECK(slots.size() == 1'000);
      CHECK(accounts.size() == 1'000);
    }
}

TEST_CASE("the diff and what was touched do not depend on the seed") {
  test::map_reader reader;
  const auto run = [&](u64 seed) {
    workspace space{{.hash_seed = seed}};
    evm::state over{reader, &space};
    over.begin_txn();
    for (u64 i = 0; i < 500; ++i) {
      account_entry& e = over.load(address_of(static_cast<u8>(i * 7)));
      over.set_balance(e, i + 1);
      slot_entry& s = over.slot(e, u256{i * i});
      over.read(s);
      over.set_storage(s, i + 1);
    }
    over.end_txn();
    return over.diff();
  };
  CHECK(run(1) == run(2));
  CHECK(run(1) == run(~u64{0}));
}

TEST_CASE("many slots survive the table's growth") {
  test::map_reader reader;
  const address who = address_of(1);
  reader.accounts[who].nonce = 1;
  evm::state over{reader};
  over.begin_txn();
  account_entry& e = over.load(who);
  for (u64 i = 0; i < 5000; ++i) {
    slot_entry& s = over.slot(e, u256{i} << 200);
    over.read(s);
    over.set_storage(s, i + 1);
  }
  for (u64 i = 0; i < 5000; ++i) REQUIRE(over.read(over.slot(e, u256{i} << 200)) == u256{i + 1});
  over.end_txn();
  CHECK(over.diff().slots.size() == 5000);
}

TEST_CASE("code is translated when it runs again and the gas that was used has paid for it") {
  // given: a cache, and two codes as large as a contract may be
  const bytes large(24'576, 0x54);
  evm::code_cache cache(64u << 20, 1, evm::seeded_hash(1));
  const auto runs = [&](u8 name) {
    return cache.get(hash256{{name}}, large).translation_to_run() != nullptr;
  };
  // when: its first credit is spent
  u8 paid = 0;
  for (; paid < 100; ++paid) {
    CHECK_FALSE(runs(paid));
    if (!runs(paid)) break;
  }
  // then: it was bounded, nothing more is translated, what is translated stays so
  CHECK(paid == (1u << 19) / large.size());
  CHECK_FALSE(runs(paid));
  CHECK(runs(0));
  // when: gas comes in
  cache.earn(64 * large.size() - (u64{1} << 19) % large.size() * 64);
  CHECK(runs(paid));
  CHECK_FALSE(runs(static_cast<u8>(paid + 1)));
  CHECK_FALSE(runs(static_cast<u8>(paid + 1)));
}
