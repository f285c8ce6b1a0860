#include <future>

#include <caf/event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <catch2/catch.hpp>

#include "test/actor/gateway_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;

TEST_CASE("what a batch still waits is told by what earlier ones waited, or not at all") {
  gateway_fixture f;
  const u64 start = f.time.wall().value;
  std::vector<hash256> txns;
  for (u64 n = 0; n < 5; ++n)
    txns.push_back(f.chain.lay_block({f.transfer(n)}, n == 0 ? 0 : 100)->txn_hashes[0]);
  const auto seal = [&](u64 n, u64 at) {
    store::sealed_batch b;
    b.number = batch_number{n};
    b.first_block = b.last_block = block_number{n};
    b.txn_count = 1;
    b.input.first_timestamp = unix_seconds{start + 100 * (n - 1)};
    b.sealed_at = unix_seconds{at};
    REQUIRE(f.chain.batches->append(b).ok());
  };
  const auto settle = [&](u64 n, batch_stage stage, u64 commit, u64 prove = 0, u64 execute = 0) {
    store::batch_settlement s;
    s.stage = stage;
    s.commit_at = unix_seconds{commit};
    s.prove_at = unix_seconds{prove};
    s.execute_at = unix_seconds{execute};
    REQUIRE(f.chain.batches->set_settlement(batch_number{n}, s).ok());
  };
  const auto left = [&](u64 n) { return f.backend->batch(batch_number{n})->estimate_s; };
  const auto left_of_txn = [&](u64 n) { return f.backend->status_of(txns[n - 1])->estimate_s; };

  // No batch was ever sealed, then none committed, and so on.
  CHECK(left(1) == std::nullopt);
  CHECK(left_of_txn(1) == std::nullopt);
  seal(1, start + 40);
  CHECK(left(1) == std::nullopt);
  f.time.pass(std::chrono::seconds{110});
  CHECK(left(2) == 30u);  // open since the second block
  CHECK(left_of_txn(2) == 30u);
  settle(1, batch_stage::committed, start + 60);
  CHECK(left(1) == std::nullopt);
  seal(2, start + 105);
  CHECK(left(2) == 15u);
  settle(1, batch_stage::proved, start + 60, start + 160);
  settle(2, batch_stage::proving, start + 120);
  CHECK(left(1) == std::nullopt);
  CHECK(left(2) == 100u);  // the clock is behind L1's
  f.time.pass(std::chrono::seconds{40});
  CHECK(left(2) == 70u);
  CHECK(left_of_txn(2) == 70u);

  // Of several by the middle one; of an overdue batch by those that took as long.
  settle(2, batch_stage::executed, start + 120, start + 160, start + 170);
  settle(1, batch_stage::executed, start + 60, start + 160, start + 165);
  CHECK(left(2) == std::nullopt);
  seal(3, start + 210);
  settle(3, batch_stage::executed, start + 220, start + 280, start + 400);
  seal(4, start + 310);
  settle(4, batch_stage::committed, start + 350);
  f.time.pass(std::chrono::seconds{210});
  CHECK(left(4) == 50u);  // behind 10 s, by 40, 60 and 100
  f.time.pass(std::chrono::seconds{40});
  CHECK(left(4) == 50u);  // behind 50 s, by 60 and 100
  f.time.pass(std::chrono::seconds{50});
  CHECK(left(4) == 0u);
  f.time.pass(std::chrono::seconds{1});
  CHECK(left(4) == std::nullopt);
  // Times that an older folder does not have count for nothing.
  settle(3, batch_stage::executed, 0, 0, 0);
  settle(4, batch_stage::committed, 0);
  CHECK(left(4) == std::nullopt);
}

TEST_CASE("one caller waits for what roles say of a batch, the others go without") {
  gateway_fixture f;
  for (u64 n = 1; n <= 2; ++n) {
    f.chain.lay_block({f.transfer(n - 1)});
    store::sealed_batch b;
    b.number = batch_number{n};
    b.first_block = b.last_block = block_number{n};
    REQUIRE(f.chain.batches->append(b).ok());
  }
  // Its first answer comes when it is told to.
  struct publisher_plan {
    std::atomic<u32> asked{0};
    std::promise<void> first;
    caf::typed_response_promise<api::batch_progress> due;
  };
  const auto plan = std::make_shared<publisher_plan>();
  const auto publishing = [](caf::event_based_actor* self,
                             const std::shared_ptr<publisher_plan>& p) -> caf::behavior {
    const auto said = [](u32 n) {
      api::batch_progress out;
      out.waits_for = "answer " + std::to_string(n);
      return out;
    };
    return {[self, p, said](api::status_atom, batch_number) -> caf::result<api::batch_progress> {
              if (++p->asked != 1) return said(p->asked);
              p->due = self->make_response_promise<api::batch_progress>();
              p->first.set_value();
              return p->due;
            },
            [p, said](api::drain_atom) { p->due.deliver(said(1)); }};
  };
  const caf::actor publisher = f.system->spawn(publishing, plan);
  f.roles.set("publisher", publisher);
  const auto waits = [&](u64 n) { return f.backend->explained_batch(batch_number{n})->waits_for; };

  auto slow = std::async(std::launch::async, [&] { return waits(1); });
  plan->first.get_future().wait();
  // The publisher is busy with the first question.
  CHECK(waits(1) == "its commit to be sent to L1");
  CHECK(waits(2) == "its commit to be sent to L1");
  CHECK(plan->asked == 1);
  caf::anon_send(publisher, api::drain_atom::value);
  CHECK(slow.get() == "answer 1");
  // What was said is used again for a while; of another batch, and later, it is asked again.
  CHECK(waits(1) == "answer 1");
  CHECK(plan->asked == 1);
  CHECK(waits(2) == "answer 2");
  f.time.pass(std::chrono::seconds{1});
  CHECK(waits(1) == "answer 3");
  CHECK(f.backend->batch(batch_number{1})->waits_for == "its commit to be sent to L1");
  CHECK(plan->asked == 3);
  caf::anon_send_exit(publisher, caf::exit_reason::kill);
}
