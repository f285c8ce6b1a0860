#include "actors/sequencer/sequencer.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/api/errors.hpp"
#include "actors/supervision/supervisor.hpp"
#include "test/actor/system_fixture.hpp"
#include "test/unit/sequencer/engine_fixture.hpp"

using namespace ashlar;
using namespace ashlar::sequencer;
using namespace std::chrono_literals;
using test::user;

namespace {

/// A sequencer under a supervisor, on virtual time.
struct node {
  test::system_fixture fixture;
  test::engine_fixture chain;
  std::shared_ptr<engine> core;
  std::shared_ptr<head_relay> relay = make_head_relay();
  std::shared_ptr<supervision::role_directory> directory =
      std::make_shared<supervision::role_directory>();
  api::supervisor_actor root;
  actor_config config;

  explicit node(u64 seed = 1) : fixture(seed) {
    chain.on_head = relay_head(relay);
    REQUIRE(chain.open().empty());
    core = std::shared_ptr<engine>(chain.engine.get(), [](engine*) {});
    supervision::child_spec spec;
    spec.name = "sequencer";
    spec.start = [this](caf::actor_system& system) {
      return caf::actor_cast<caf::actor>(spawn_sequencer(system, config, false, core, relay));
    };
    supervision::supervisor_config c;
    c.name = "root";
    c.intensity = {.restarts_max = 5, .period = 5s};
    c.backoff = {.initial = 100ms, .longest = 1s, .jitter_percent = 0};
    c.directory = directory;
    root = supervision::spawn_supervisor(fixture.system(), c, {spec});
    fixture.run();
  }
  ~node() {
    caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
    root = api::supervisor_actor{};
    fixture.run();
  }
  api::sequencer_actor sequencer() { return directory->find_as<api::sequencer_actor>("sequencer"); }
  /// Lets the actor make its blocks.
  void work() { fixture.advance(1ms); }

  api::submission_list_ptr list(std::vector<api::submission> items, api::submit_wait wait) {
    return std::make_shared<const api::submission_list>(
        api::submission_list{std::move(items), wait, 1000, false});
  }
};

struct seen {
  std::vector<u64> heads;
  bool slow = false;
};
struct watch_state {
  caf::typed_response_promise<api::ack> held;
};

/// Answers at once, or when it is told to.
using watcher = api::head_follower_actor::extend<caf::reacts_to<api::tick_atom>>;
watcher::behavior_type watch(watcher::stateful_pointer<watch_state> self,
                             const std::shared_ptr<seen>& what) {
  return {[self, what](api::head_atom, const api::head_event& e) -> caf::result<api::ack> {
            what->heads.push_back(e.number.value);
            if (!what->slow) return api::ack{};
            self->state.held = self->make_response_promise<api::ack>();
            return self->state.held;
          },
          [self](api::tick_atom) { self->state.held.deliver(api::ack{}); }};
}

/// Is told of the sequencer's heads from now on.
watcher follow(node& n, const std::shared_ptr<seen>& what) {
  const watcher follower = n.fixture.system().spawn(watch, what);
  n.fixture.ask<api::head_event>(n.sequencer(), api::follow_atom::value,
                                 api::head_follower_actor{follower});
  return follower;
}

}  // namespace

TEST_CASE("submissions through the actor are answered when their block is durable") {
  node n;
  caf::scoped_actor client{n.fixture.system()};
  auto pending = client->request(
      n.sequencer(), caf::infinite, api::submit_atom::value,
      n.list({n.chain.transfer(1, 0), n.chain.transfer(1, 1)}, api::submit_wait::confirmed));
  n.fixture.run();
  CHECK(n.chain.store->head().number == block_number{0});
  n.work();
  api::submit_answer_list_ptr answers;
  pending.receive([&](const api::submit_answer_list_ptr& a) { answers = a; },
                  [](caf::error& e) { FAIL(api::to_text(e)); });
  REQUIRE(answers->items.size() == 2);
  CHECK(std::get<api::soft_confirmation>(answers->items[1]).index == 1);
  CHECK(n.chain.store->head().number == block_number{1});
}

TEST_CASE("the actor tells nonces, drop reasons, totals, confirmations and status") {
  node n;
  const auto s = n.chain.transfer(1, 0), gap = n.chain.transfer(1, 3);
  n.fixture.ask<api::submit_answer_list_ptr>(n.sequencer(), api::submit_atom::value,
                                             n.list({s, gap}, api::submit_wait::accepted));
  CHECK(n.fixture.ask<u64>(n.sequencer(), api::nonce_atom::value, user(1)) == 1);
  CHECK(n.fixture.ask<api::pool_totals>(n.sequencer(), api::totals_atom::value).queued_txns == 1);
  n.work();
  const auto c =
      n.fixture.ask<api::soft_confirmation_ptr>(n.sequencer(), api::confirm_atom::value, s.hash);
  REQUIRE(c);
  CHECK(confirmation_signed_by(*c) == n.chain.signer.who());
  n.fixture.ask<api::ack>(n.sequencer(), api::censor_atom::value, api::censor_list{{user(1)}});
  const auto l =
      n.fixture.ask<api::pool_lookup_ptr>(n.sequencer(), api::lookup_atom::value, gap.hash);
  CHECK(l->reason.code == api::drop_code::censored);
  const auto status = n.fixture.ask<api::role_status>(n.sequencer(), api::status_atom::value);
  CHECK(status.role == "sequencer");
  CHECK(status.doing == "head 1");
}

TEST_CASE("priority operations are taken in order and a gap names the one that is due") {
  node n;
  const auto list = [](std::vector<api::priority_op> ops) {
    return std::make_shared<const api::priority_list>(api::priority_list{std::move(ops)});
  };
  n.fixture.ask<priority_id>(n.sequencer(), api::priority_atom::value,
                             list({n.chain.forced(1, 2)}));
  CHECK(api::to_text(n.fixture.last_error()) == "priority_gap: operation 0 is due");
  CHECK(n.fixture.ask<priority_id>(n.sequencer(), api::priority_atom::value,
                                   list({n.chain.forced(0, 2)})) == priority_id{1});
  n.work();
  CHECK(n.fixture.ask<priority_id>(n.sequencer(), api::priority_atom::value) == priority_id{1});
  CHECK(n.chain.store->head().number == block_number{1});
}

TEST_CASE("a follower gets one head at a time, and what it missed as one") {
  node n;
  const auto what = std::make_shared<seen>();
  const watcher follower = follow(n, what);
  CHECK(what->heads == std::vector<u64>{0});
  what->slow = true;
  for (u64 k = 0; k < 5; ++k) {
    n.chain.submit({n.chain.transfer(1, k)}, api::submit_wait::accepted);
    n.work();
  }
  n.fixture.advance(10ms);
  CHECK(what->heads == std::vector<u64>{0, 1});
  what->slow = false;
  caf::anon_send(follower, api::tick_atom::value);
  n.fixture.run();
  CHECK(what->heads == std::vector<u64>{0, 1, 5});
  caf::anon_send_exit(follower, caf::exit_reason::kill);
  n.fixture.run();
}

TEST_CASE("heads that follow each other at once are told as one, and the last of them always") {
  node n;
  const auto what = std::make_shared<seen>();
  const watcher follower = follow(n, what);
  const auto lay = [&](u64 nonce) {
    n.chain.submit({n.chain.transfer(1, nonce)}, api::submit_wait::accepted);
    n.work();
  };
  // the first one at once
  lay(0);
  CHECK(what->heads == std::vector<u64>{0, 1});
  for (u64 k = 1; k < 4; ++k) lay(k);
  CHECK(what->heads == std::vector<u64>{0, 1});
  n.fixture.advance(std::chrono::milliseconds(n.config.head_rest_ms));
  CHECK(what->heads == std::vector<u64>{0, 1, 4});
  // and one behind a rest in which nothing happened
  n.fixture.advance(std::chrono::milliseconds(2 * n.config.head_rest_ms));
  CHECK(what->heads == std::vector<u64>{0, 1, 4});
  lay(4);
  CHECK(what->heads == std::vector<u64>{0, 1, 4, 5});
  caf::anon_send_exit(follower, caf::exit_reason::kill);
  n.fixture.run();
}

TEST_CASE("an actor that was replaced takes no head from the one in its place") {
  for (u64 seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    node n{seed};
    // given: a head that the first actor was told of and has not taken
    n.chain.submit({n.chain.transfer(1, 0)}, api::submit_wait::accepted);
    REQUIRE(n.core->step());
    // when: another takes its place and is told of the next one, and either may be first
    const auto what = std::make_shared<seen>();
    const auto follower = n.fixture.system().spawn(watch, what);
    const auto second = spawn_sequencer(n.fixture.system(), n.config, false, n.core, n.relay);
    caf::scoped_actor client{n.fixture.system()};
    auto followed = client->request(second, caf::infinite, api::follow_atom::value,
                                    api::head_follower_actor{follower});
    auto& jobs = n.fixture.scheduler().jobs;
    std::rotate(jobs.begin(), jobs.end() - 1, jobs.end());
    n.fixture.scheduler().run_once();
    followed.receive([](const api::head_event& e) { CHECK(e.number == block_number{1}); },
                     [](caf::error& e) { FAIL(api::to_text(e)); });
    n.chain.submit({n.chain.transfer(1, 1)}, api::submit_wait::accepted);
    REQUIRE(n.core->step());
    n.fixture.run();
    // then
    CHECK(what->heads.back() == 2);
    caf::anon_send_exit(second, caf::exit_reason::kill);
    caf::anon_send_exit(follower, caf::exit_reason::kill);
    n.fixture.run();
  }
}

TEST_CASE("an actor that dies under load is restarted and loses nothing that was accepted") {
  for (u64 seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    node n{seed};
    u64 next = 0;
    for (int round = 0; round < 5; ++round) {
      std::vector<api::submission> items;
      for (int i = 0; i < 20; ++i) items.push_back(n.chain.transfer(1, next++));
      const auto a = n.fixture.ask<api::submit_answer_list_ptr>(
          n.sequencer(), api::submit_atom::value,
          n.list(std::move(items), api::submit_wait::accepted));
      REQUIRE(a);
      // Gone before it made a block of them.
      caf::anon_send_exit(n.directory->find("sequencer"), caf::exit_reason::kill);
      n.fixture.run();
      CHECK_FALSE(n.directory->find("sequencer"));
      n.fixture.advance(2s);
      REQUIRE(n.directory->find("sequencer"));
      n.work();
    }
    CHECK(n.chain.store->head().txns_total == next);
    CHECK(n.chain.store->state_at(n.chain.store->head().number)->get_account(user(1))->nonce ==
          next);
  }
}

TEST_CASE("a client whose sequencer dies hears of it and may send the same again") {
  node n;
  const auto s = n.chain.transfer(1, 0);
  caf::scoped_actor client{n.fixture.system()};
  const auto send = [&] {
    return client->request(n.sequencer(), caf::infinite, api::submit_atom::value,
                           n.list({s}, api::submit_wait::confirmed));
  };
  auto first = send();
  n.fixture.run();
  caf::anon_send_exit(n.directory->find("sequencer"), caf::exit_reason::kill);
  n.fixture.run();
  bool failed = false;
  first.receive([](const api::submit_answer_list_ptr&) {}, [&](caf::error&) { failed = true; });
  CHECK(failed);
  n.fixture.advance(1s);
  auto again = send();
  n.fixture.run();
  n.work();
  api::submit_answer_list_ptr answers;
  again.receive([&](const api::submit_answer_list_ptr& a) { answers = a; },
                [](caf::error& e) { FAIL(api::to_text(e)); });
  CHECK(std::get<api::soft_confirmation>(answers->items.at(0)).number == block_number{1});
  CHECK(n.chain.store->head().txns_total == 1);
}

TEST_CASE("more requests than the limit are turned away") {
  node n;
  n.config.requests_max = 1;
  n.fixture.ask<api::ack>(n.root, api::restart_atom::value, std::string("sequencer"));
  caf::scoped_actor client{n.fixture.system()};
  auto waits = client->request(n.sequencer(), caf::infinite, api::submit_atom::value,
                               n.list({n.chain.transfer(1, 1)}, api::submit_wait::confirmed));
  n.fixture.run();
  n.fixture.ask<api::submit_answer_list_ptr>(
      n.sequencer(), api::submit_atom::value,
      n.list({n.chain.transfer(2, 0)}, api::submit_wait::confirmed));
  CHECK(api::to_errc(n.fixture.last_error()) == api::errc::busy);
  n.chain.time.advance(2s);
  n.work();
  api::submit_answer_list_ptr answers;
  waits.receive([&](const api::submit_answer_list_ptr& a) { answers = a; }, [](caf::error&) {});
  REQUIRE(answers);
  CHECK(std::get<api::drop_reason>(answers->items.at(0)).code ==
        api::drop_code::not_confirmed_in_time);
}

TEST_CASE("a drain is answered when what was accepted is in blocks") {
  node n;
  n.chain.submit({n.chain.transfer(1, 0)}, api::submit_wait::accepted);
  caf::scoped_actor client{n.fixture.system()};
  auto drained = client->request(n.sequencer(), caf::infinite, api::drain_atom::value);
  n.fixture.run();
  n.work();
  bool done = false;
  drained.receive([&](api::ack) { done = true; }, [](caf::error&) {});
  CHECK(done);
  CHECK(n.chain.store->head().txns_total == 1);
}
