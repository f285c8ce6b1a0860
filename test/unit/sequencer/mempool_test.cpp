#include "actors/sequencer/mempool.hpp"

#include <map>
#include <random>

#include <catch2/catch.hpp>

#include "runtime/crypto/keccak.hpp"

using namespace ashlar;
using namespace ashlar::sequencer;
using api::drop_code;
using place = api::pool_lookup::place;

namespace {

address who(u8 n) {
  address a;
  a[0] = n;
  return a;
}

struct pool_fixture {
  chain_config chain;
  mempool_config config;
  std::map<address, evm::account> accounts;
  std::optional<mempool> made;
  u64 salt = 0;

  pool_fixture() {
    chain.chain_id = 7;
    chain.base_fee_min = 10;
    for (u8 n = 1; n < 100; ++n) accounts[who(n)].balance = u256{1'000'000'000'000};
  }
  mempool& pool() {
    if (!made)
      made.emplace(config, chain, [this](const address& a) -> std::optional<evm::account> {
        const auto it = accounts.find(a);
        return it == accounts.end() ? std::nullopt : std::optional(it->second);
      });
    return *made;
  }

  api::submission make(u8 from, u64 nonce, u64 tip, u64 cap = 1000) {
    auto t = std::make_shared<txn>();
    t->type = txn_type::dynamic_fee;
    t->chain_id = 7;
    t->nonce = nonce;
    t->max_priority_fee_per_gas = u256{tip};
    t->max_fee_per_gas = u256{cap};
    t->gas_limit = 21'000;
    t->to = who(200);
    t->value = u256{++salt};
    return finish(from, std::move(t));
  }
  static api::submission finish(u8 from, std::shared_ptr<txn> t) {
    api::submission s;
    s.sender = who(from);
    const bytes raw = encode_txn(*t);
    s.hash = crypto::keccak256(raw);
    s.encoded_bytes = static_cast<u32>(raw.size());
    s.body = std::move(t);
    return s;
  }
  drop_code offer(const api::submission& s, u64 now = 100) {
    const auto refused = pool().add(s, unix_seconds{now});
    return refused ? refused->code : drop_code::none;
  }
  drop_code offer(u8 from, u64 nonce, u64 tip, u64 cap = 1000) {
    return offer(make(from, nonce, tip, cap));
  }
  /// "1:0 2:5": sender:nonce in the order taken.
  std::string take(u32 n, mempool::fate fate = mempool::fate::included) {
    std::string text;
    std::vector<mempool::settlement> all;
    for (const auto& s : pool().take(n)) {
      text += (text.empty() ? "" : " ") + std::to_string(s.sender[0]) + ":" +
              std::to_string(s.body->nonce);
      all.push_back({s.hash, fate, {drop_code::insufficient_funds, {}, {}}});
      if (fate == mempool::fate::included) accounts[s.sender].nonce = s.body->nonce + 1;
    }
    pool().settle(all, unix_seconds{100});
    pool().all_staged();
    for (const auto& [a, account] : accounts) pool().account_changed(a, account.nonce);
    return text;
  }
};

}  // namespace

TEST_CASE("the highest tip is next, the older first among equals") {
  pool_fixture f;
  CHECK(f.offer(1, 0, 5) == drop_code::none);
  CHECK(f.offer(2, 0, 9) == drop_code::none);
  CHECK(f.offer(3, 0, 5) == drop_code::none);
  CHECK(f.take(10) == "2:0 1:0 3:0");
  CHECK_FALSE(f.pool().has_ready());
}

TEST_CASE("among equals nobody's second one goes before another's first") {
  pool_fixture f;
  for (u64 nonce = 0; nonce < 9; ++nonce) f.offer(1, nonce, 5);
  for (u64 nonce = 0; nonce < 2; ++nonce) f.offer(2, nonce, 5);
  f.offer(3, 0, 5);
  f.offer(4, 0, 6);
  f.offer(4, 1, 6);
  CHECK(f.take(7) == "4:0 4:1 1:0 2:0 3:0 1:1 2:1");
  // the next chunk begins with the oldest again
  f.offer(5, 0, 5);
  CHECK(f.take(3) == "1:2 5:0 1:3");
}

TEST_CASE("the effective tip counts, not the offered one") {
  pool_fixture f;
  f.offer(1, 0, 500, 600);
  f.offer(2, 0, 200, 10'000);
  f.pool().set_base_fee(u256{500});
  CHECK(f.take(10) == "2:0 1:0");
}

TEST_CASE("a transaction whose cap is below the base fee waits until the base fee falls") {
  pool_fixture f;
  f.pool().set_base_fee(u256{500});
  CHECK(f.offer(1, 0, 1, 400) == drop_code::none);
  CHECK(f.take(10) == "");
  f.pool().set_base_fee(u256{400});
  CHECK(f.take(10) == "1:0");
}

TEST_CASE("a sender's transactions go in nonce order whatever they pay") {
  pool_fixture f;
  f.offer(1, 2, 900);
  f.offer(1, 1, 1);
  f.offer(1, 0, 2);
  f.offer(2, 0, 10);
  CHECK(f.take(10) == "2:0 1:0 1:1 1:2");
}

TEST_CASE("a transaction behind a gap waits for the gap to be filled") {
  pool_fixture f;
  const auto later = f.make(1, 1, 5);
  CHECK(f.offer(later) == drop_code::none);
  CHECK(f.take(10) == "");
  CHECK(f.pool().lookup(later.hash).where == place::queued);
  CHECK(f.pool().totals().queued_txns == 1);
  CHECK(f.pool().pending_nonce(who(1)) == 0);
  f.offer(1, 0, 5);
  CHECK(f.pool().lookup(later.hash).where == place::pending);
  CHECK(f.pool().pending_nonce(who(1)) == 2);
  CHECK(f.take(10) == "1:0 1:1");
}

TEST_CASE("a gap that is too large is refused, a long row of consecutive nonces is not") {
  pool_fixture f;
  f.config.nonce_gap_max = 4;
  CHECK(f.offer(1, 5, 1) == drop_code::nonce_gap_too_large);
  for (u64 n = 0; n < 20; ++n) CHECK(f.offer(1, n, 1) == drop_code::none);
  CHECK(f.offer(1, 24, 1) == drop_code::nonce_gap_too_large);
  CHECK(f.offer(1, 23, 1) == drop_code::none);
}

TEST_CASE("a replacement must pay a tenth more on both fees") {
  pool_fixture f;
  const auto first = f.make(1, 0, 100, 1000);
  f.offer(first);
  CHECK(f.offer(1, 0, 109, 1100) == drop_code::replacement_underpriced);
  CHECK(f.offer(1, 0, 110, 1099) == drop_code::replacement_underpriced);
  CHECK(f.pool().lookup(first.hash).where == place::pending);
  const auto better = f.make(1, 0, 110, 1100);
  CHECK(f.offer(better) == drop_code::none);
  CHECK(f.pool().lookup(first.hash).where == place::dropped);
  CHECK(f.pool().lookup(first.hash).reason.code == drop_code::replaced);
  CHECK(f.pool().take(10).at(0).hash == better.hash);
}

TEST_CASE("what is being executed is not replaced") {
  pool_fixture f;
  f.offer(1, 0, 100, 1000);
  const auto taken = f.pool().take(1);
  CHECK(f.offer(1, 0, 900, 9000) == drop_code::nonce_too_low);
  f.pool().settle({{taken[0].hash, mempool::fate::included, {}}}, unix_seconds{100});
}

TEST_CASE("the same transaction is known while it waits, and its nonce is low when it is mined") {
  pool_fixture f;
  const auto s = f.make(1, 0, 5);
  f.offer(s);
  CHECK(f.offer(s) == drop_code::already_known);
  f.take(1);
  CHECK(f.offer(s) == drop_code::nonce_too_low);
}

TEST_CASE("each fault of a transaction has its own reason") {
  pool_fixture f;
  f.accounts[who(1)].nonce = 3;
  CHECK(f.offer(1, 2, 1) == drop_code::nonce_too_low);
  CHECK(f.offer(2, 0, 11, 10) == drop_code::tip_above_cap);
  CHECK(f.offer(2, 0, 1, 9) == drop_code::fee_cap_below_base);
  CHECK(f.offer(250, 0, 1) == drop_code::insufficient_funds);
  CHECK(f.offer(2, ~0ull, 1) == drop_code::nonce_max);

  const auto with = [&](auto change) {
    auto t = std::make_shared<txn>(*f.make(2, 0, 1).body);
    change(*t);
    return f.offer(pool_fixture::finish(2, t));
  };
  CHECK(with([](txn& t) { t.gas_limit = 20'999; }) == drop_code::intrinsic_gas);
  CHECK(with([](txn& t) { t.gas_limit = (1u << 24) + 1; }) == drop_code::gas_limit_above_cap);
  CHECK(with([](txn& t) { t.value = u256{1'000'000'000'000}; }) == drop_code::insufficient_funds);
  CHECK(with([](txn& t) {
          t.to.reset();
          t.gas_limit = 10'000'000;
          t.data.assign(2 * 24'576 + 1, 0);
        }) == drop_code::initcode_too_large);
  CHECK(with([](txn& t) { t.data.assign(129 * 1024, 0); }) == drop_code::too_large);
  CHECK(with([](txn& t) { t.max_fee_per_gas = t.value = u256::max(); }) ==
        drop_code::insufficient_funds);
  // A cost over 256 bits is more than all the money there may be.
  f.accounts[who(2)].balance = u256::max();
  CHECK(with([](txn& t) { t.max_fee_per_gas = t.value = u256::max(); }) ==
        drop_code::insufficient_funds);
  CHECK(with([](txn& t) { t.value = u256::max(); }) == drop_code::insufficient_funds);

  f.accounts[who(5)].code_size = 100;
  CHECK(f.offer(5, 0, 1) == drop_code::sender_not_eoa);
  f.accounts[who(5)].code_size = 23;  // an EIP-7702 delegation
  CHECK(f.offer(5, 0, 1) == drop_code::none);
}

TEST_CASE("a refusal says what was there and what was wanted") {
  pool_fixture f;
  f.accounts[who(1)].nonce = 3;
  const auto why = f.pool().add(f.make(1, 2, 1), unix_seconds{1});
  REQUIRE(why);
  CHECK(why->have == u256{3});
  CHECK(why->want == u256{2});
}

TEST_CASE("a sender may hold no more than its limit") {
  pool_fixture f;
  f.config.sender_txns_max = 3;
  for (u64 n = 0; n < 3; ++n) CHECK(f.offer(1, n, 1) == drop_code::none);
  CHECK(f.offer(1, 3, 999) == drop_code::sender_limit);
  CHECK(f.offer(1, 2, 999, 2000) == drop_code::none);  // a replacement is no addition
}

TEST_CASE("a full pool lets the worst paying transaction go for a better one") {
  pool_fixture f;
  f.config.txns_max = 3;
  const auto worst = f.make(1, 0, 5);
  f.offer(worst);
  f.offer(2, 0, 20);
  f.offer(3, 0, 30);
  CHECK(f.offer(4, 0, 5) == drop_code::underpriced);
  CHECK(f.offer(4, 0, 6) == drop_code::none);
  CHECK(f.pool().lookup(worst.hash).reason.code == drop_code::pool_full);
  CHECK(f.take(10) == "3:0 2:0 4:0");
}

TEST_CASE("a full pool takes the tail of the worst paying sender first") {
  pool_fixture f;
  f.config.txns_max = 3;
  f.offer(1, 0, 5);
  f.offer(1, 1, 900);
  f.offer(1, 2, 900);
  CHECK(f.offer(2, 0, 6) == drop_code::none);
  CHECK(f.take(10) == "2:0 1:0 1:1");
}

TEST_CASE("the pool's bytes are limited") {
  pool_fixture f;
  const auto s = f.make(1, 0, 5);
  f.config.bytes_max = s.encoded_bytes + 10;
  CHECK(f.offer(s) == drop_code::none);
  CHECK(f.offer(2, 0, 1) == drop_code::underpriced);
  CHECK(f.pool().totals().bytes == s.encoded_bytes);
  f.take(1);
  CHECK(f.pool().totals().bytes == 0);
}

TEST_CASE("who cannot be executed holds a tenth of the pool and gives way") {
  pool_fixture f;
  f.config.txns_max = 40;  // so four that wait
  // given: one sender without its first nonce, whose balance would never be spent
  for (u64 n = 1; n <= 4; ++n) CHECK(f.offer(1, n, 900) == drop_code::none);
  CHECK(f.offer(1, 5, 900) == drop_code::pool_full);
  // then: a second one that waits too shares with it
  const auto shares = f.make(2, 1, 1);
  CHECK(f.offer(shares) == drop_code::none);
  CHECK(f.offer(2, 2, 1) == drop_code::none);
  CHECK(f.offer(2, 3, 1) == drop_code::pool_full);
  CHECK(f.pool().totals().queued_txns == 4);
  // and what can be executed takes all of the rest, and theirs
  for (u8 who = 3; who < 3 + 39; ++who) CHECK(f.offer(who, 0, 5) == drop_code::none);
  CHECK(f.pool().totals().pending_txns == 39);
  CHECK(f.pool().totals().queued_txns == 1);
  CHECK(f.offer(50, 0, 5) == drop_code::none);
  CHECK(f.pool().totals().queued_txns == 0);
  CHECK(f.pool().lookup(shares.hash).reason.code == drop_code::pool_full);
  CHECK(f.offer(51, 0, 5) == drop_code::underpriced);
  CHECK(f.offer(51, 1, 900) == drop_code::pool_full);
}

TEST_CASE("the first nonce brings its sender out of those that wait") {
  pool_fixture f;
  f.config.txns_max = 40;
  for (u64 n = 1; n <= 4; ++n) CHECK(f.offer(1, n, 7) == drop_code::none);
  CHECK(f.offer(1, 0, 7) == drop_code::none);
  for (u64 n = 5; n <= 8; ++n) CHECK(f.offer(1, n, 7) == drop_code::none);
  for (u64 n = 1; n <= 4; ++n) CHECK(f.offer(2, n, 7) == drop_code::none);
  CHECK(f.take(20) == "1:0 1:1 1:2 1:3 1:4 1:5 1:6 1:7 1:8");
}

TEST_CASE("a replacement is held to the pool's bytes") {
  pool_fixture f;
  const auto small = f.make(1, 0, 5);
  auto body = std::make_shared<txn>(*f.make(1, 0, 9, 2000).body);
  body->data = bytes(20'000, 0);
  body->gas_limit = 300'000;
  const auto large = pool_fixture::finish(1, std::move(body));
  f.config.bytes_max = small.encoded_bytes * 2 + 10'000;
  CHECK(f.offer(small) == drop_code::none);
  CHECK(f.offer(2, 0, 50) == drop_code::none);
  CHECK(f.offer(large) == drop_code::underpriced);
  CHECK(f.pool().totals().bytes <= f.config.bytes_max);
  CHECK(f.take(10) == "2:0 1:0");
}

TEST_CASE("what is deferred comes back and is taken again") {
  pool_fixture f;
  f.offer(1, 0, 5);
  f.offer(1, 1, 5);
  CHECK(f.take(10, mempool::fate::deferred) == "1:0 1:1");
  CHECK(f.take(10) == "1:0 1:1");
}

TEST_CASE("a dropped transaction holds up those behind it until its nonce is filled again") {
  pool_fixture f;
  const auto bad = f.make(1, 0, 5);
  f.offer(bad);
  f.offer(1, 1, 5);
  CHECK(f.take(1, mempool::fate::dropped) == "1:0");
  CHECK(f.pool().lookup(bad.hash).reason.code == drop_code::insufficient_funds);
  const auto drops = f.pool().collect_drops();
  REQUIRE(drops.size() == 1);
  CHECK(drops[0].hash == bad.hash);
  CHECK(f.pool().collect_drops().empty());
  CHECK_FALSE(f.pool().has_ready());
  f.offer(1, 0, 7);
  CHECK(f.take(10) == "1:0 1:1");
}

TEST_CASE("an account that moved on by other means loses its stale transactions") {
  pool_fixture f;
  const auto stale = f.make(1, 0, 5);
  f.offer(stale);
  f.offer(1, 1, 5);
  f.accounts[who(1)].nonce = 1;
  f.pool().account_changed(who(1), 1);
  CHECK(f.pool().lookup(stale.hash).reason.code == drop_code::nonce_too_low);
  CHECK(f.take(10) == "1:1");
}

TEST_CASE("a sender's nonce is known between a transaction's execution and its block's staging") {
  pool_fixture f;
  f.config.nonce_gap_max = 4;
  const auto mined = f.make(1, 0, 5);
  f.offer(mined);
  for (u64 n = 1; n < 10; ++n) f.offer(1, n, 5);
  std::vector<mempool::settlement> all;
  for (const auto& s : f.pool().take(10)) all.push_back({s.hash, mempool::fate::included, {}});
  f.pool().settle(all, unix_seconds{100});  // the account source still says nonce 0
  CHECK(f.pool().pending_nonce(who(1)) == 10);
  CHECK(f.offer(1, 0, 5) == drop_code::nonce_too_low);
  CHECK(f.offer(mined) == drop_code::already_known);
  f.pool().all_staged();
  CHECK(f.offer(mined) == drop_code::nonce_too_low);
  CHECK(f.offer(1, 10, 5) == drop_code::none);
  CHECK(f.take(10) == "1:10");
  f.accounts[who(1)].nonce = 11;
  f.pool().account_changed(who(1), 11);
  CHECK(f.pool().pending_nonce(who(1)) == 11);
}

TEST_CASE("a transaction that waits too long expires") {
  pool_fixture f;
  f.config.expiry_seconds = 60;
  const auto old = f.make(1, 5, 5);
  f.offer(old, 100);
  f.offer(f.make(2, 0, 5), 150);
  f.pool().expire(unix_seconds{160});
  CHECK(f.pool().lookup(old.hash).where == place::queued);
  f.pool().expire(unix_seconds{161});
  CHECK(f.pool().lookup(old.hash).reason.code == drop_code::expired);
  CHECK(f.take(10) == "2:0");
}

TEST_CASE("a censored sender is refused and what it had waiting is dropped") {
  pool_fixture f;
  const auto s = f.make(1, 0, 5);
  f.offer(s);
  f.pool().set_censored({who(9), who(1)});
  CHECK(f.pool().lookup(s.hash).reason.code == drop_code::censored);
  CHECK(f.offer(1, 0, 5) == drop_code::censored);
  CHECK(f.offer(2, 0, 5) == drop_code::none);
  f.pool().set_censored({});
  CHECK(f.offer(1, 0, 5) == drop_code::none);
}

TEST_CASE("the ring of drop reasons forgets the oldest") {
  pool_fixture f;
  f.config.drops_max = 2;
  std::vector<hash256> hashes;
  for (u8 n = 1; n <= 3; ++n) {
    const auto s = f.make(n, 0, 5);
    hashes.push_back(s.hash);
    f.offer(s);
    f.take(1, mempool::fate::dropped);
  }
  CHECK(f.pool().lookup(hashes[0]).where == place::unknown);
  CHECK(f.pool().lookup(hashes[1]).where == place::dropped);
  CHECK(f.pool().lookup(hashes[2]).where == place::dropped);
}

TEST_CASE("whatever happens, every accepted transaction is in the pool, mined, or has a reason") {
  for (u64 seed = 1; seed <= 30; ++seed) {
    INFO("seed " << seed);
    std::mt19937_64 random{seed};
    pool_fixture f;
    f.config.txns_max = 40;
    f.config.sender_txns_max = 8;
    f.config.expiry_seconds = 50;
    f.config.drops_max = 100'000;
    std::map<hash256, bool> accepted;  // -> mined
    u64 now = 1000;
    for (int step = 0; step < 1500; ++step) {
      now += random() % 2;
      const u8 from = static_cast<u8>(1 + random() % 12);
      switch (random() % 8) {
        case 0: {
          std::vector<mempool::settlement> all;
          std::map<address, bool> broken;
          for (const auto& s : f.pool().take(1 + static_cast<u32>(random() % 10))) {
            CHECK(s.body->nonce >= f.accounts[s.sender].nonce);
            mempool::settlement what{s.hash, mempool::fate::deferred, {}};
            if (!broken[s.sender]) {
              const u64 luck = random() % 10;
              if (luck < 7) {
                REQUIRE(s.body->nonce == f.accounts[s.sender].nonce);
                what.what = mempool::fate::included;
                f.accounts[s.sender].nonce++;
                accepted[s.hash] = true;
              } else {
                if (luck < 9) what = {s.hash, mempool::fate::dropped, {drop_code::none, {}, {}}};
                broken[s.sender] = true;
              }
            }
            all.push_back(what);
          }
          f.pool().settle(all, unix_seconds{100});
          for (const auto& [a, account] : f.accounts) f.pool().account_changed(a, account.nonce);
          break;
        }
        case 1:
          f.pool().set_base_fee(u256{10 + random() % 100});
          break;
        case 2:
          f.pool().expire(unix_seconds{now});
          break;
        case 3:
          if (random() % 4 == 0) {
            f.pool().account_changed(who(from), ++f.accounts[who(from)].nonce);
          }
          break;
        default: {
          const auto s = f.make(from, f.accounts[who(from)].nonce + random() % 6, random() % 50,
                                50 + random() % 200);
          if (f.offer(s, now) == drop_code::none) accepted[s.hash] = false;
        }
      }
      const auto totals = f.pool().totals();
      REQUIRE(totals.pending_txns + totals.queued_txns <= 40);
    }
    u64 waiting = 0, lost = 0;
    for (const auto& [hash, mined] : accepted) {
      const auto at = f.pool().lookup(hash).where;
      waiting += at == place::pending || at == place::queued;
      lost += !mined && at == place::unknown;
    }
    CHECK(lost == 0);
    const auto totals = f.pool().totals();
    CHECK(waiting == totals.pending_txns + totals.queued_txns);
  }
}

TEST_CASE("a configuration that cannot work is named") {
  mempool_config c;
  CHECK(check(c).empty());
  c.txns_max = 0;
  CHECK_FALSE(check(c).empty());
}
