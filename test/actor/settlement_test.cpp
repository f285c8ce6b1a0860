#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/l1_listener/l1_listener.hpp"
#include "actors/publisher/publisher.hpp"
#include "actors/supervision/fault_point.hpp"
#include "actors/supervision/supervisor.hpp"
#include "test/actor/system_fixture.hpp"
#include "test/support/proof_double.hpp"
#include "test/support/settlement_fixture.hpp"

using namespace ashlar;
using namespace ashlar::test;
using namespace std::chrono_literals;

namespace {

/// A connection that can be made to break like a bug would.
class fragile final : public l1::transport {
 public:
  fragile(std::unique_ptr<l1::transport> inner, const bool& broken)
      : inner_(std::move(inner)), broken_(broken) {}
  l1::l1_result<std::string> post(const std::string& body) override {
    if (broken_) throw std::runtime_error("planted");
    return inner_->post(body);
  }

 private:
  std::unique_ptr<l1::transport> inner_;
  const bool& broken_;
};

/// What a sequencer does with operations: takes those that are due.
struct sequencer_book {
  std::vector<hash256> taken;
  std::size_t largest_message = 0;
  bool silent = false;  ///< takes nothing and does not answer
  bool mute = false;    ///< takes them and does not answer
};

caf::behavior fake_sequencer(caf::event_based_actor* self, std::shared_ptr<sequencer_book> book) {
  return {
      [self, book](api::priority_atom) -> caf::result<priority_id> {
        if (book->mute) return self->make_response_promise<priority_id>();
        return priority_id{book->taken.size()};
      },
      [self, book](api::priority_atom,
                   const api::priority_list_ptr& list) -> caf::result<priority_id> {
        if (book->silent) return self->make_response_promise<priority_id>();
        book->largest_message = std::max(book->largest_message, list->items.size());
        for (const api::priority_op& op : list->items) {
          if (op.id.value < book->taken.size()) continue;
          if (op.id.value > book->taken.size()) return api::make_error(api::errc::priority_gap);
          book->taken.push_back(op.canonical_hash);
        }
        if (book->mute) return self->make_response_promise<priority_id>();
        return priority_id{book->taken.size()};
      },
  };
}

struct follower_book {
  std::vector<api::l1_batch_event> events;
  unsigned refuse = 0;
  unsigned in_flight = 0, most_in_flight = 0;
};

caf::behavior fake_follower(caf::event_based_actor*, std::shared_ptr<follower_book> book) {
  return {[book](api::stage_atom, const api::l1_batch_event& e) -> caf::result<api::ack> {
    if (book->refuse > 0) {
      --book->refuse;
      return api::make_error(api::errc::busy);
    }
    book->events.push_back(e);
    return api::ack{};
  }};
}

std::string text_of(const std::vector<api::l1_batch_event>& events) {
  std::string out;
  for (const auto& e : events)
    out += (out.empty() ? "" : ", ") + std::to_string(e.number.value) + " " + to_text(e.stage) +
           (e.reorged ? " reorged" : "");
  return out;
}

/// Both roles over one simulated L1, on virtual time.
struct settlement_system {
  manual_clock time;
  simulated_l1 l1{contract_address()};
  memory_disk batch_disk, journal_disk, view_disk;
  bool broken = false;
  proof_double proofs;
  publisher::proof_source* source = nullptr;  ///< none: as a node without a prover
  std::unique_ptr<l1::signer> account = operator_signer();
  std::unique_ptr<store::batch_store> batches;
  std::unique_ptr<store::intent_journal> journal;
  std::unique_ptr<l1_listener::l1_view> view;
  publisher::publisher_config publishing;
  l1_listener::listener_config listening;
  std::shared_ptr<supervision::role_directory> directory =
      std::make_shared<supervision::role_directory>();
  std::shared_ptr<sequencer_book> sequencer = std::make_shared<sequencer_book>();
  system_fixture fixture;
  api::publisher_actor publisher;
  api::l1_listener_actor listener;

  explicit settlement_system(u64 seed = 1) : fixture(seed) {
    publishing.contract = listening.contract = contract_address();
    publishing.l1_chain_id = listening.l1_chain_id = 31'337;
    publishing.confirmations = 2;
    listening.confirmations = 2;
    listening.finality_depth = 20;
    listening.start_block = l1::l1_block_number{1};
    l1.fund(account->account(), u256{10} * u256{1'000'000'000'000'000'000});
    l1.mine(3);
    batches = std::move(store::batch_store::open(batch_disk.config())).value();
    journal = std::move(store::intent_journal::open(journal_disk.config())).value();
    view = std::move(l1_listener::l1_view::open(view_disk.config())).value();
    play("sequencer", fixture.system().spawn(fake_sequencer, sequencer));
  }
  ~settlement_system() {
    for (const auto& [role, played, restarts, why] : directory->standings())
      caf::anon_send_exit(directory->find(role), caf::exit_reason::kill);
    fixture.run();
  }

  void play(const std::string& role, const caf::actor& who) { directory->set(role, who); }

  auto connector() {
    return [this] { return std::make_unique<fragile>(l1.connect(), broken); };
  }
  publisher::publisher_parts publisher_parts() {
    return {connector(), *account, time, *batches, *journal, source};
  }
  l1_listener::listener_parts listener_parts() {
    return {connector(), time, *view, *batches, {"publisher", "gateway"}};
  }
  void start_publisher() {
    publisher = publisher::spawn_publisher(fixture.system(), {false}, publishing, publisher_parts(),
                                           directory);
    play("publisher", caf::actor_cast<caf::actor>(publisher));
    fixture.run();
  }
  void start_listener() {
    listener = l1_listener::spawn_l1_listener(fixture.system(), {false}, listening,
                                              listener_parts(), directory);
    play("l1_listener", caf::actor_cast<caf::actor>(listener));
    fixture.run();
  }

  void seal(u64 upto) {
    for (u64 n = batches->last().value + 1; n <= upto; ++n)
      REQUIRE(batches->append(batch_of(n)).ok());
  }
  void pass(std::chrono::milliseconds by) {
    time.advance(by);
    fixture.advance(by);
  }
  /// Seconds of L1 with a block each.
  void live(unsigned seconds) {
    for (unsigned i = 0; i < seconds; ++i) {
      l1.mine();
      pass(1s);
    }
  }
  std::vector<u64> expected(u64 upto) const {
    std::vector<u64> all;
    for (u64 n = 1; n <= upto; ++n) all.push_back(n);
    return all;
  }
};

}  // namespace

TEST_CASE("the publisher commits what is sealed and answers for each batch") {
  settlement_system s;
  s.start_publisher();
  s.seal(3);
  s.live(10);
  CHECK(s.l1.commits() == s.expected(3));
  const auto progress =
      s.fixture.ask<api::batch_progress>(s.publisher, api::status_atom::value, batch_number{2});
  CHECK(progress.stage == batch_stage::committed);
  CHECK_THAT(progress.waits_for, Catch::Contains("no prover runs"));
  s.fixture.ask<api::batch_progress>(s.publisher, api::status_atom::value, batch_number{9});
  CHECK(api::to_errc(s.fixture.last_error()) == api::errc::not_found);
  const auto status = s.fixture.ask<api::role_status>(s.publisher, api::status_atom::value);
  CHECK(status.role == "publisher");
  CHECK(status.healthy);
}

TEST_CASE("a sealed batch is committed at once, not at the next poll") {
  settlement_system s;
  s.publishing.poll_ms = 60'000;
  s.publishing.resend_after_ms = s.publishing.bump_after_ms = 60'000;
  s.start_publisher();
  s.seal(1);
  CHECK(s.l1.pooled() == 0);
  s.fixture.ask<api::ack>(s.publisher, api::batch_atom::value,
                          api::batch_sealed{batch_number{1}, block_number{1}, block_number{3}});
  CHECK(s.l1.pooled() == 1);
}

TEST_CASE("both roles together: L1's word reaches store, followers and heads") {
  settlement_system s;
  auto book = std::make_shared<follower_book>();
  s.play("gateway", s.fixture.system().spawn(fake_follower, book));
  s.start_listener();
  s.start_publisher();
  s.seal(2);
  s.live(5);
  CHECK(text_of(book->events) == "1 committed, 2 committed");
  CHECK(s.batches->settlement(batch_number{2})->stage == batch_stage::committed);
  CHECK(s.fixture.ask<api::settled_heads>(s.listener, api::heads_atom::value).safe ==
        block_number{6});
  CHECK(s.fixture.ask<api::role_status>(s.listener, api::status_atom::value).healthy);
}

TEST_CASE("deposits reach the sequencer in bounded messages, once, and over its restart") {
  settlement_system s;
  s.listening.operations_per_message = 4;
  s.start_listener();
  for (u64 i = 0; i < 10; ++i) s.l1.deposit({}, u256{i});
  s.live(2);
  CHECK(s.sequencer->taken.empty());
  s.live(3);
  CHECK(s.sequencer->taken == s.l1.priority_ops());
  CHECK(s.sequencer->largest_message == 4);

  // It restarts without the last five, as one that had not made them durable.
  caf::anon_send_exit(s.directory->find("sequencer"), caf::exit_reason::kill);
  s.sequencer->taken.resize(5);
  s.play("sequencer", s.fixture.system().spawn(fake_sequencer, s.sequencer));
  s.live(2);
  CHECK(s.sequencer->taken == s.l1.priority_ops());
}

TEST_CASE("a catch-up of more blocks than are kept, without its logs at first, is read again") {
  // given: a listener that has read a batch
  settlement_system s;
  s.listening.hash_window = 8;
  s.listening.log_range_max = 100;
  s.start_listener();
  s.seal(2);
  s.l1.commit_by_another(batch_of(1).input, batch_of(1).pubdata);
  s.live(30);
  REQUIRE(s.batches->settlement(batch_number{1})->stage == batch_stage::committed);
  // when: it is away for long, and the first answer about that time lacks a commit and a deposit
  s.l1.commit_by_another(batch_of(2).input, batch_of(2).pubdata);
  s.l1.deposit({}, u256{1});
  s.l1.mine(300);
  bool hide = true;
  s.l1.faults = [&](std::string_view method) -> std::optional<simulated_l1::fault> {
    if (!hide || method != "eth_getLogs") return std::nullopt;
    hide = false;
    return simulated_l1::fault{R"({"id":)" + std::to_string(s.l1.requests()) + R"(,"result":[]})",
                               false};
  };
  s.live(20);
  // then
  CHECK_FALSE(hide);
  CHECK(s.batches->settlement(batch_number{2})->stage == batch_stage::committed);
  CHECK(s.sequencer->taken == s.l1.priority_ops());
  CHECK(s.view->gate().why_closed() == "");
  CHECK(s.fixture.ask<api::role_status>(s.listener, api::status_atom::value).healthy);
}

TEST_CASE("a sequencer that does not answer is asked again after the time-out") {
  settlement_system s;
  s.start_listener();
  s.live(1);
  s.sequencer->silent = true;
  s.l1.deposit({}, u256{1});
  s.live(4);
  CHECK(s.sequencer->taken.empty());
  s.sequencer->silent = false;
  s.live(12);
  CHECK(s.sequencer->taken == s.l1.priority_ops());
}

TEST_CASE("a deposit that was handed over counts as taken before the sequencer answers") {
  for (const bool restarted : {false, true}) {
    INFO("restarted " << restarted);
    // given: the sequencer has a deposit, and its answer is on the way
    settlement_system s;
    s.start_listener();
    s.live(2);
    s.sequencer->mute = true;
    s.l1.deposit({}, u256{1});
    s.live(4);
    REQUIRE(s.sequencer->taken.size() == 1);
    // when: L1 has another in its place
    s.l1.reorg(6, simulated_l1::fork::drops);
    s.l1.deposit({}, u256{2});
    s.live(6);
    if (restarted) {
      caf::anon_send_exit(s.listener, caf::exit_reason::kill);
      s.fixture.run();
      s.start_listener();
    }
    s.sequencer->mute = false;
    s.live(15);
    // then: no block is made behind what is executed, and why is said
    REQUIRE(s.l1.priority_ops() != s.sequencer->taken);
    CHECK_THAT(s.view->gate().why_closed(), Catch::Contains("L1 replaced operation 0"));
  }
}

TEST_CASE("a deposit that was handed over and not taken may be another after a reorg") {
  // given: a sequencer that died with what it was given
  settlement_system s;
  s.start_listener();
  s.live(2);
  s.sequencer->silent = true;
  s.l1.deposit({}, u256{1});
  s.live(4);
  // when
  s.l1.reorg(6, simulated_l1::fork::drops);
  s.l1.deposit({}, u256{2});
  s.live(4);
  s.sequencer->silent = false;
  s.live(20);
  // then
  CHECK(s.sequencer->taken.size() == 1);
  CHECK(s.sequencer->taken == s.l1.priority_ops());
  CHECK(s.view->gate().why_closed() == "");
}

TEST_CASE("a follower that refuses an event gets it again, in order") {
  settlement_system s;
  auto book = std::make_shared<follower_book>();
  book->refuse = 3;
  const auto who = s.fixture.system().spawn(fake_follower, book);
  s.start_listener();
  s.start_publisher();
  s.fixture.ask<api::ack>(s.listener, api::follow_atom::value,
                          caf::actor_cast<api::stage_follower_actor>(who));
  s.seal(3);
  s.live(10);
  CHECK(text_of(book->events) == "1 committed, 2 committed, 3 committed");
  caf::anon_send_exit(who, caf::exit_reason::kill);
}

TEST_CASE("a follower that comes back is told the present state") {
  settlement_system s;
  auto book = std::make_shared<follower_book>();
  s.play("gateway", s.fixture.system().spawn(fake_follower, book));
  s.start_listener();
  s.start_publisher();
  s.seal(2);
  s.live(5);
  caf::anon_send_exit(s.directory->find("gateway"), caf::exit_reason::kill);
  s.fixture.run();
  book->events.clear();
  s.play("gateway", s.fixture.system().spawn(fake_follower, book));
  s.live(2);
  CHECK(text_of(book->events) == "1 committed, 2 committed");
}

TEST_CASE("a slow follower's queue is replaced by the present state") {
  settlement_system s;
  s.listening.follower_queue_max = 16;
  auto book = std::make_shared<follower_book>();
  book->refuse = 12;
  s.play("gateway", s.fixture.system().spawn(fake_follower, book));
  s.start_listener();
  s.start_publisher();
  s.seal(40);
  s.live(40);
  CHECK(s.l1.commits() == s.expected(40));
  REQUIRE_FALSE(book->events.empty());
  std::set<u64> told;
  for (const auto& e : book->events) told.insert(e.number.value);
  CHECK(told.size() == 40);
}

TEST_CASE("a reorg is told to followers and the batch is committed again") {
  for (u64 depth = 1; depth <= 5; ++depth) {
    INFO("depth " << depth);
    settlement_system s{depth};
    auto book = std::make_shared<follower_book>();
    s.play("gateway", s.fixture.system().spawn(fake_follower, book));
    s.start_listener();
    s.start_publisher();
    s.live(6);
    s.seal(1);
    s.live(2);
    REQUIRE(s.l1.commits() == s.expected(1));
    s.l1.mine(depth);
    s.pass(1s);
    book->events.clear();
    s.l1.reorg(depth + 1, simulated_l1::fork::drops);
    s.live(10);
    CHECK(text_of(book->events) == "1 sealed reorged, 1 committed");
    CHECK(s.l1.commits() == s.expected(1));
  }
}

TEST_CASE("a publisher that has signed enough says so, also started anew, and goes on by itself") {
  settlement_system s;
  s.publishing.signatures_per_hour_max = 16;
  s.start_publisher();
  s.seal(20);
  s.live(40);
  CHECK(s.l1.commits() == s.expected(12));
  caf::anon_send_exit(s.publisher, caf::exit_reason::kill);
  s.start_publisher();
  s.live(10);
  CHECK(s.l1.commits() == s.expected(12));
  const auto status = s.fixture.ask<api::role_status>(s.publisher, api::status_atom::value);
  CHECK_THAT(status.waits_for,
             Catch::Contains("batch 13: commit is not signed: waits for the hour"));
  s.pass(1h);
  s.live(40);
  CHECK(s.l1.commits() == s.expected(20));
  CHECK(s.fixture.ask<api::role_status>(s.publisher, api::status_atom::value).healthy);
}

TEST_CASE("a store that refuses a write ends the role with storage_failed") {
  settlement_system s;
  s.start_publisher();
  caf::error reason;
  s.publisher->attach_functor([&](const caf::error& e) { reason = e; });
  s.seal(1);
  s.journal_disk.refuse_write(0);
  s.live(2);
  CHECK(api::to_errc(reason) == api::errc::storage_failed);
  CHECK(s.l1.pooled() == 0);
}

TEST_CASE("roles that throw are restarted by their supervisor and lose nothing") {
  settlement_system s;
  supervision::supervisor_config config;
  config.name = "settlement";
  config.intensity = {.restarts_max = 20, .period = 5s};
  config.directory = s.directory;
  supervision::child_spec publishing, listening;
  publishing.name = "publisher";
  publishing.start = [&s](caf::actor_system& system) {
    return caf::actor_cast<caf::actor>(publisher::spawn_publisher(
        system, {false}, s.publishing, s.publisher_parts(), s.directory));
  };
  listening.name = "l1_listener";
  listening.start = [&s](caf::actor_system& system) {
    return caf::actor_cast<caf::actor>(l1_listener::spawn_l1_listener(
        system, {false}, s.listening, s.listener_parts(), s.directory));
  };
  const auto root =
      supervision::spawn_supervisor(s.fixture.system(), config, {listening, publishing});
  s.fixture.run();
  for (u64 round = 1; round <= 5; ++round) {
    s.seal(2 * round);
    s.l1.deposit({}, u256{round});
    s.live(1);
    s.broken = true;
    s.live(1);
    s.broken = false;
    s.live(2);
  }
  s.live(20);
  CHECK(s.l1.commits() == s.expected(10));
  CHECK(s.sequencer->taken == s.l1.priority_ops());
  CHECK(s.batches->settlement(batch_number{10})->stage == batch_stage::committed);
  const auto children =
      s.fixture.ask<std::vector<api::child_status>>(root, api::children_atom::value);
  REQUIRE(children.size() == 2);
  CHECK(children[0].restarts > 0);
  CHECK(children[1].restarts > 0);
  CHECK_THAT(children[1].last_reason, Catch::Contains("planted"));
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  s.fixture.run();
}

TEST_CASE("a publisher that throws at any step of settlement does each step once") {
  // given: proofs are made, and the publisher runs under its supervisor
  const std::string step = GENERATE("commit", "verify", "prove", "execute");
  const std::string where = GENERATE("planned", "sent");
  const std::string point = "publisher." + where + "_" + step;
  INFO(point);
  settlement_system s;
  s.l1.set_verifier(true);
  s.source = &s.proofs;
  s.publishing.run.age_max_s = 0;
  supervision::supervisor_config config;
  config.name = "settlement";
  config.directory = s.directory;
  supervision::child_spec publishing;
  publishing.name = "publisher";
  publishing.start = [&s](caf::actor_system& system) {
    return caf::actor_cast<caf::actor>(publisher::spawn_publisher(
        system, {false}, s.publishing, s.publisher_parts(), s.directory));
  };
  const auto root = supervision::spawn_supervisor(s.fixture.system(), config, {publishing});
  s.fixture.run();
  s.seal(2);
  s.live(60);
  REQUIRE(s.l1.executions() == s.expected(2));
  // when: it throws with the step written down and not sent, or sent and not followed
  supervision::arm_fault(point, "planted");
  s.seal(5);
  s.live(90);
  // then: it was started again once, and L1 has every step once and no failure
  CHECK_FALSE(supervision::is_armed(point));
  const auto children =
      s.fixture.ask<std::vector<api::child_status>>(root, api::children_atom::value);
  REQUIRE(children.size() == 1);
  CHECK(children[0].restarts == 1);
  CHECK_THAT(children[0].last_reason, Catch::Contains("planted"));
  CHECK(s.l1.commits() == s.expected(5));
  CHECK(s.l1.executions() == s.expected(5));
  CHECK(s.l1.stages() == s.proofs.stages * s.l1.proofs().size());
  CHECK(s.l1.failures() == 0);
  CHECK(s.journal->open_intents()->empty());
  caf::anon_send_exit(root, caf::exit_reason::user_shutdown);
  s.fixture.run();
}
