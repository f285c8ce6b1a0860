#include <catch2/catch.hpp>

#include "test/e2e/l1_faults/roles_on_l1.hpp"

using namespace ashlar;
using namespace ashlar::test;

namespace {

/// Both roles' cores over it.
struct settlement {
  real_l1& l1;
  manual_clock time;
  memory_disk batch_disk, journal_disk, view_disk;
  std::unique_ptr<l1::signer> account = operator_signer();
  std::unique_ptr<store::batch_store> batches;
  std::unique_ptr<store::intent_journal> journal;
  std::unique_ptr<l1_listener::l1_view> view;
  l1::client publisher_client, listener_client;
  std::optional<publisher::settlement_engine> engine;
  std::optional<l1_listener::chain_follower> follower;

  explicit settlement(real_l1& chain)
      : l1(chain), publisher_client(chain.connect()), listener_client(chain.connect()) {
    batches = std::move(store::batch_store::open(batch_disk.config())).value();
    journal = std::move(store::intent_journal::open(journal_disk.config())).value();
    view = std::move(l1_listener::l1_view::open(view_disk.config())).value();
    engine.emplace(publishing_on(l1), publisher_client, *account, time, *batches, *journal);
    follower.emplace(listening_on(l1), listener_client, time, *view, *batches);
  }

  void seal(std::optional<u64> timestamp = std::nullopt) {
    const u64 n = batches->last().value + 1;
    REQUIRE(batches->append(batch_on(l1, n, timestamp.value_or(l1.now()))).ok());
  }
  void step(bool mining = true) {
    const auto published = engine->step();
    REQUIRE(published.ok());
    if (mining) l1.mine();
    const auto listened = follower->step();
    REQUIRE(listened.ok());
    time.advance(std::max(*published, *listened));
  }
  void steps(unsigned n) {
    for (unsigned i = 0; i < n; ++i) step();
  }
  u64 committed() { return l1::read_progress(l1.client(), l1.chain())->committed.value; }
};

}  // namespace

TEST_CASE("on a real L1: commits, deposits, reorgs, a taken nonce and reverts") {
  real_l1 chain;
  settlement s(chain);

  SECTION("batches are committed and seen, deposits are credited with the contract's hash") {
    for (int i = 0; i < 3; ++i) s.seal();
    chain.deposit(u256{5});
    s.steps(8);
    CHECK(s.committed() == 3);
    CHECK(s.batches->settlement(batch_number{3})->stage == batch_stage::committed);
    CHECK(s.batches->settlement(batch_number{1})->commit_gas > 21'000);
    CHECK(s.follower->heads().safe == block_number{9});
    const auto ops = s.follower->operations(priority_id{0});
    REQUIRE(ops.ok());
    REQUIRE(*ops);
    CHECK((*ops)->items.size() == 1);
    CHECK((*ops)->items[0].body->value == u256{5});
    CHECK(s.engine->status().waits_for == "");
    CHECK(s.follower->status().waits_for == "");
    CHECK_THAT(s.engine->progress_of(batch_number{1})->waits_for,
               Catch::Contains("the contract has no verifier"));
  }

  SECTION("reorgs of depth 1 to 5 lose no batch and commit none twice") {
    chain.mine(6);
    u64 sealed = 0;
    for (u64 depth = 1; depth <= 5; ++depth) {
      INFO("depth " << depth);
      s.seal();
      ++sealed;
      s.step();
      s.step();
      chain.reorg(depth);
      s.steps(10);
      CHECK(s.committed() == sealed);
      CHECK(s.view->totals().committed == sealed);
      CHECK(s.batches->settlement(batch_number{sealed})->stage == batch_stage::committed);
    }
    CHECK(s.engine->status().waits_for == "");
    CHECK(s.follower->status().waits_for == "");
  }

  SECTION("a nonce that another sender took is planned anew") {
    s.seal();
    s.seal();
    // Mined before the engine sends: then its plan is right; and again while its commit waits.
    chain.send({s.account->account(), s.account->account(), {}, {}});
    s.step();
    s.step(false);
    chain.raw("anvil_dropAllTransactions", "[]");
    chain.send({s.account->account(), s.account->account(), {}, {}});
    s.steps(25);
    CHECK(s.committed() == 2);
    CHECK(s.engine->status().waits_for == "");
  }

  SECTION("the contract's own reason is named, and nothing is sent") {
    s.seal(chain.now() - 700'000);
    s.steps(3);
    CHECK(s.committed() == 0);
    CHECK_THAT(s.engine->progress_of(batch_number{1})->waits_for,
               Catch::Contains("commit would revert: TimestampTooOld("));
  }
}
