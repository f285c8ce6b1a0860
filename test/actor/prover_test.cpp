#include "actors/prover/prover.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/supervision/fault_point.hpp"
#include "actors/supervision/supervisor.hpp"
#include "runtime/base/hex.hpp"
#include "test/actor/system_fixture.hpp"
#include "test/support/settlement_fixture.hpp"
#include "test/support/tiny_proofs.hpp"

using namespace ashlar;
using namespace ashlar::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {

/// Made once: keys cost more than the tests around them.
prover::proof_engine& honest() {
  static const auto engine = make_tiny_engine();
  return *engine;
}
std::shared_ptr<const prover::checker_slot> checker_of(const prover::proof_checker& e) {
  return std::make_shared<prover::checker_slot>(
      std::shared_ptr<const prover::proof_checker>(std::shared_ptr<void>{}, &e));
}

struct scratch {
  scratch() {
    char name[] = "/tmp/ashlar-prover-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~scratch() { fs::remove_all(path); }
  std::string path;
};

struct prover_system;

/// A worker's connection: messages from an address of its own.
struct connection {
  explicit connection(prover_system& s, const std::string& worker_name);
  prover_system& system;
  std::optional<caf::scoped_actor> self;
  caf::error last_error;

  template <class T, class... Ts>
  std::optional<T> ask(Ts&&... message);

  std::optional<api::proof_lease> lease() { return ask<api::proof_lease>(api::lease_atom::value); }
  bool renew(const api::proof_lease& l, u32 pass = 1, u32 done = 0) {
    return ask<u32>(api::renew_atom::value,
                    api::proof_progress{l.batch, l.lease_epoch, pass, done, 5, 100})
        .has_value();
  }
  bool finish(const api::proof_lease& l, bytes file) {
    const api::proof_offer offer{l.batch, l.lease_epoch, std::move(file), 7, 1};
    return ask<api::ack>(api::finish_atom::value,
                         api::proof_offer_ptr(std::make_shared<api::proof_offer>(offer)))
        .has_value();
  }
  api::errc error() const { return api::to_errc(last_error); }
};

/// A coordinator over stores that outlive it, on virtual time.
struct prover_system {
  scratch folder;
  manual_clock time;
  memory_disk batch_disk;
  std::unique_ptr<store::batch_store> batches;
  std::optional<store::content_store> witnesses;
  std::unique_ptr<prover::proof_archive> archive;
  prover::prover_config config;
  const prover::proof_checker* checker = &honest();
  std::shared_ptr<prover::checker_slot> slot;  ///< in place of one that is filled
  system_fixture fixture;
  api::prover_actor role;

  prover_system() {
    batches = std::move(store::batch_store::open(batch_disk.config())).value();
    witnesses = std::move(store::content_store::open(folder.path + "/witnesses")).value();
    archive = std::move(prover::proof_archive::open(folder.path + "/proofs")).value();
    config.lies_max = 2;
    config.backoff.jitter_percent = 0;
  }
  ~prover_system() { stop(); }

  void start() {
    role = prover::spawn_prover(fixture.system(), {false}, config, parts(), {});
    fixture.run();
  }
  prover::prover_parts parts() {
    return {time, *batches, *witnesses, *archive, slot ? slot : checker_of(*checker)};
  }
  void stop() {
    if (role) caf::anon_send_exit(role, caf::exit_reason::kill);
    fixture.run();
    role = api::prover_actor{};
  }
  void seal(u64 upto, u32 rounds = 10) {
    for (u64 n = batches->last().value + 1; n <= upto; ++n) {
      store::sealed_batch b = batch_of(n);
      b.witness_hash = *witnesses->put(tiny_witness(public_input_hash(b.input), rounds));
      REQUIRE(batches->append(b).ok());
    }
    pass(300ms);
  }
  /// Tick by tick, as time passes for a role that is awake.
  void pass(std::chrono::milliseconds by) {
    for (const std::chrono::milliseconds tick(config.tick_ms); by > 0ms; by -= tick) {
      const auto step = std::min(by, tick);
      time.advance(step);
      fixture.advance(step);
    }
  }
  /// Nothing runs meanwhile, as when the process is stopped.
  void stand_still(std::chrono::milliseconds by) {
    time.advance(by);
    fixture.advance(std::chrono::milliseconds(config.tick_ms));
  }
  bytes proof_of(const api::proof_lease& l, prover::proof_engine& by = honest()) {
    const std::atomic<bool> never{false};
    auto proved = by.prove(*witnesses->get(l.witness_hash), {}, never);
    REQUIRE(proved.ok());
    return std::move(proved->file);
  }
  api::role_status status() { return fixture.ask<api::role_status>(role, api::status_atom::value); }
  u64 counter(const std::string& name) {
    for (const auto& [key, value] : status().counters)
      if (key == name) return value;
    FAIL("no counter " << name);
    return 0;
  }
  api::batch_proof_status status_of(u64 n) {
    return fixture.ask<api::batch_proof_status>(role, api::status_atom::value, batch_number{n});
  }
  api::fleet_report_ptr fleet() {
    return fixture.ask<api::fleet_report_ptr>(role, api::fleet_atom::value);
  }
  /// Proves and delivers everything that is to be had.
  u32 prove_all(connection& w) {
    u32 count = 0;
    while (const auto l = w.lease()) {
      REQUIRE(w.finish(*l, proof_of(*l)));
      ++count;
    }
    return count;
  }
};

api::worker_hello hello_of(const std::string& name, const prover::proof_engine& e = honest()) {
  return {name, e.program_commitment(), e.params_name(), 2};
}

connection::connection(prover_system& s, const std::string& worker_name) : system(s) {
  self.emplace(s.fixture.system());
  ask<api::ack>(api::hello_atom::value, hello_of(worker_name));
}

template <class T, class... Ts>
std::optional<T> connection::ask(Ts&&... message) {
  last_error = caf::error{};
  std::optional<T> out;
  auto pending = (*self)->request(system.role, caf::infinite, std::forward<Ts>(message)...);
  system.fixture.run();
  pending.receive([&](T value) { out = std::move(value); },
                  [&](caf::error& e) { last_error = std::move(e); });
  return out;
}

}  // namespace

TEST_CASE("each sealed batch is leased, proved, verified and kept, the lowest first") {
  prover_system s;
  s.start();
  s.seal(3);
  connection a(s, "a"), b(s, "b");
  const auto first = a.lease(), second = b.lease();
  REQUIRE((first && second));
  CHECK(first->batch == batch_number{1});
  CHECK(second->batch == batch_number{2});
  CHECK(first->lease_ms == s.config.lease_ms);
  REQUIRE(a.renew(*first, 2, 1));
  CHECK(s.status_of(1).doing == "proved by a: segment 2 of 5");
  REQUIRE(a.finish(*first, s.proof_of(*first)));
  CHECK(s.status_of(1).proved);
  CHECK_FALSE(s.status_of(2).proved);
  REQUIRE(b.finish(*second, s.proof_of(*second)));
  CHECK(s.prove_all(a) == 1);
  CHECK(a.error() == api::errc::no_job);
  CHECK(s.counter("batches_proved") == 3);
  CHECK(s.status().healthy);
  // What lies on disk is a proof of the batch, by its hash.
  const auto record = s.archive->find(batch_number{2});
  REQUIRE(record);
  CHECK(record->worker == "b");
  CHECK(s.status_of(2).proof_hash == record->proof_hash);
  CHECK(honest()
            .check(public_input_hash(s.batches->get(batch_number{2})->input),
                   *s.archive->read(*record))
            .ok());
  s.fixture.ask<api::batch_proof_status>(s.role, api::status_atom::value, batch_number{9});
  CHECK(api::to_errc(s.fixture.last_error()) == api::errc::not_found);
}

TEST_CASE("four kinds of lies are refused and counted, the liar suspended, the batch proved") {
  for (const lie kind :
       {lie::random_bytes, lie::another_state, lie::another_chain, lie::another_program}) {
    CAPTURE(static_cast<int>(kind));
    prover_system s;
    s.start();
    s.seal(1);
    const auto liar = make_liar(kind, s.batches->get(batch_number{1})->input);
    connection bad(s, "bad"), good(s, "good");
    for (u32 i = 1; i <= s.config.lies_max; ++i) {
      const auto l = bad.lease();
      REQUIRE(l);
      CHECK_FALSE(bad.finish(*l, s.proof_of(*l, *liar)));
      CHECK(bad.error() == api::errc::failed);
      CHECK(s.counter("refused_total") == i);
      CHECK_FALSE(s.status_of(1).proved);
      CHECK_THAT(s.status_of(1).doing, Catch::Contains("a proof by bad was refused"));
    }
    CHECK_FALSE(bad.lease());
    CHECK(bad.error() == api::errc::no_job);
    CHECK(s.counter("workers_suspended") == 1);
    CHECK(s.fleet()->workers.at(0).state == "suspended");
    CHECK(s.fleet()->workers.at(0).lies == s.config.lies_max);
    CHECK(s.archive->find(batch_number{1}) == std::nullopt);
    CHECK(s.prove_all(good) == 1);
    CHECK(s.status_of(1).proved);
  }
}

TEST_CASE("a worker that ends or falls silent is replaced, and speaks for nothing after") {
  prover_system s;
  s.start();
  s.seal(1);
  connection a(s, "a"), b(s, "b");
  const auto dead = a.lease();
  REQUIRE(dead);
  a.self.reset();  // its connection ends
  s.fixture.run();
  const auto hung = b.lease();
  REQUIRE(hung);
  CHECK(hung->lease_epoch > dead->lease_epoch);
  CHECK(s.status_of(1).doing == "proved by b: begins");
  s.pass(3s);
  REQUIRE(b.renew(*hung));
  s.pass(3s);
  CHECK_FALSE(connection(s, "c").lease());
  s.pass(1s);
  s.pass(250ms);
  connection d(s, "d");
  const auto l = d.lease();
  REQUIRE(l);
  CHECK_FALSE(b.renew(*hung));
  CHECK(b.error() == api::errc::stale_epoch);
  CHECK_FALSE(b.finish(*hung, s.proof_of(*hung)));
  CHECK(b.error() == api::errc::stale_epoch);
  CHECK_FALSE(b.finish(*l, s.proof_of(*l)));  // another's lease, its epoch guessed
  CHECK(d.finish(*l, s.proof_of(*l)));
  CHECK(s.counter("expired_total") == 1);
  CHECK(s.counter("workers_lost_total") == 1);
  CHECK(s.counter("stale_total") == 3);
  CHECK(s.archive->find(batch_number{1})->worker == "d");
}

TEST_CASE("time in which the role stood still counts against no lease") {
  prover_system s;
  s.start();
  s.seal(1);
  connection a(s, "a");
  const auto l = a.lease();
  REQUIRE(l);
  s.pass(2s);
  s.stand_still(1h);
  CHECK(s.counter("expired_total") == 0);
  REQUIRE(a.renew(*l));
  // Its silence after that counts in full.
  s.pass(3s);
  s.stand_still(20s);
  CHECK(s.counter("expired_total") == 0);
  s.pass(1s);
  CHECK(s.counter("expired_total") == 1);
}

TEST_CASE("only workers of this program and these parameters register, under a plain name") {
  prover_system s;
  s.start();
  connection c(s, "c");
  const auto other = make_tiny_engine(1);
  CHECK_FALSE(c.ask<api::ack>(api::hello_atom::value, hello_of("x", *other)));
  CHECK(c.error() == api::errc::invalid_argument);
  auto wrong = hello_of("x");
  wrong.params = "proven128";
  CHECK_FALSE(c.ask<api::ack>(api::hello_atom::value, wrong));
  CHECK_FALSE(c.ask<api::ack>(api::hello_atom::value, hello_of("x\n")));
  connection twin(s, "c");
  CHECK(twin.error() == api::errc::busy);
  CHECK_FALSE(twin.lease());
  CHECK(twin.error() == api::errc::invalid_argument);
}

TEST_CASE("after a restart what is proved is not proved again, and old epochs are void") {
  prover_system s;
  s.start();
  s.seal(4);
  connection a(s, "a");
  for (int i = 0; i < 2; ++i) {
    const auto l = a.lease();
    REQUIRE(a.finish(*l, s.proof_of(*l)));
  }
  const auto old = a.lease();
  REQUIRE(old->batch == batch_number{3});
  s.stop();
  s.start();
  s.pass(300ms);
  CHECK(s.counter("batches_proved") == 2);
  connection again(s, "a");
  CHECK_FALSE(again.finish(*old, s.proof_of(*old)));
  CHECK(again.error() == api::errc::stale_epoch);
  const auto l = again.lease();
  REQUIRE(l);
  CHECK(l->batch == batch_number{3});
  CHECK(l->lease_epoch > old->lease_epoch);
  CHECK_FALSE(again.finish({l->batch, old->lease_epoch, l->witness_hash, 0}, s.proof_of(*l)));
}

TEST_CASE("another program, or a batch that was laid again, is proved anew") {
  prover_system s;
  s.start();
  s.seal(2);
  connection a(s, "a");
  CHECK(s.prove_all(a) == 2);
  // The chain takes batch 2 back and lays another.
  REQUIRE(s.batches->truncate(batch_number{1}).ok());
  store::sealed_batch b = batch_of(2, 1);
  b.witness_hash = *s.witnesses->put(tiny_witness(public_input_hash(b.input), 10));
  REQUIRE(s.batches->append(b).ok());
  s.fixture.ask<api::ack>(s.role, api::batch_atom::value,
                          api::batch_sealed{b.number, b.first_block, b.last_block});
  CHECK_FALSE(s.status_of(2).proved);
  CHECK(s.prove_all(a) == 1);
  CHECK(s.status_of(2).proved);
  s.stop();
  const auto upgraded = make_tiny_engine(1);
  s.checker = upgraded.get();
  s.start();
  s.pass(300ms);
  CHECK(s.counter("batches_proved") == 0);
  CHECK(s.counter("jobs_queued") == 2);
}

TEST_CASE("a proof that is missing or damaged on disk is noticed and made again") {
  prover_system s;
  s.start();
  s.seal(3);
  connection a(s, "a");
  CHECK(s.prove_all(a) == 3);
  const auto file = [&](u64 n) {
    return s.folder.path + "/proofs/files/" +
           to_hex(s.archive->find(batch_number{n})->proof_hash).substr(2);
  };
  s.stop();
  fs::remove(file(1));
  {
    std::fstream f(file(3), std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(1'000);
    const char byte = static_cast<char>(f.peek() ^ 1);
    f.seekp(1'000);
    f.put(byte);
  }
  s.start();
  s.pass(300ms);
  CHECK_FALSE(s.status_of(1).proved);
  CHECK(s.status_of(2).proved);
  CHECK_FALSE(s.status_of(3).proved);
  CHECK(s.counter("damaged_total") == 1);
  connection b(s, "b");
  CHECK(s.prove_all(b) == 2);
  CHECK(s.archive->read(*s.archive->find(batch_number{3})).ok());
}

TEST_CASE("a proof that cannot be read for now is neither forgotten nor made again") {
  prover_system s;
  s.start();
  s.seal(2);
  connection a(s, "a");
  CHECK(s.prove_all(a) == 2);
  const auto record = *s.archive->find(batch_number{1});
  s.stop();
  // A folder in the file's place: it is there, and reading it fails, as with a disk that errs.
  const std::string file = s.folder.path + "/proofs/files/" + to_hex(record.proof_hash).substr(2);
  fs::rename(file, file + "-whole");
  fs::create_directory(file);
  // The record of the other likewise.
  const std::string other = s.folder.path + "/proofs/records/batch-2";
  fs::rename(other, other + "-whole");
  fs::create_symlink(other, other);
  s.start();
  s.pass(1s);
  CHECK(s.counter("damaged_total") == 0);
  CHECK(s.counter("jobs_queued") == 0);
  CHECK_THAT(s.status().waits_for, Catch::Contains("records of proofs cannot be read"));
  fs::remove(file);
  fs::rename(file + "-whole", file);
  fs::remove(other);
  fs::rename(other + "-whole", other);
  s.pass(601s);
  CHECK(s.status_of(1).proved);
  CHECK(s.status_of(2).proved);
  CHECK(s.counter("batches_proved") == 2);
  CHECK(s.counter("damaged_total") == 0);
  CHECK(s.status().healthy);
}

TEST_CASE("proofs stay until L1 has executed their batches, and some batches longer") {
  prover_system s;
  s.config.proofs_kept_max = 1;
  s.start();
  s.seal(3);
  connection a(s, "a");
  CHECK(s.prove_all(a) == 3);
  s.pass(1s);
  for (u64 n = 1; n <= 3; ++n) CHECK(s.archive->find(batch_number{n}));
  store::batch_settlement on_l1;
  on_l1.stage = batch_stage::executed;
  for (u64 n = 1; n <= 3; ++n) REQUIRE(s.batches->set_settlement(batch_number{n}, on_l1).ok());
  s.pass(1s);
  CHECK_FALSE(s.archive->find(batch_number{1}));
  CHECK_FALSE(s.archive->find(batch_number{2}));
  CHECK(s.archive->find(batch_number{3}));
  CHECK(s.status_of(1).doing == "proved on L1");
  CHECK(s.counter("jobs_queued") == 0);
}

TEST_CASE("while the disk is full a verified proof is held, the status says so, nothing is lost") {
  prover_system s;
  s.start();
  s.seal(2);
  connection a(s, "a");
  const auto l = a.lease();
  const bytes proof = s.proof_of(*l);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{1'000, before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  CHECK(a.finish(*l, proof));  // the worker has done its part
  const auto full = s.status();
  const auto next = a.lease();  // and goes on with another batch
  s.pass(2s);
  const auto still = s.status();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  CHECK_FALSE(full.healthy);
  CHECK_THAT(full.waits_for, Catch::Contains("the proof of batch 1 cannot be written") &&
                                 Catch::Contains("File too large"));
  CHECK_FALSE(still.healthy);
  REQUIRE(next);
  CHECK(next->batch == batch_number{2});
  CHECK_FALSE(s.status_of(1).proved);
  for (int i = 0; i < 20; ++i) {
    s.pass(250ms);
    REQUIRE(a.renew(*next));
  }
  CHECK(s.status_of(1).proved);
  CHECK(*s.archive->read(*s.archive->find(batch_number{1})) == proof);
  CHECK(s.status().healthy);
  CHECK(s.counter("leases_total") == 2);
}

TEST_CASE("a batch that cannot be proved is stuck with its reason, and the others go on") {
  prover_system s;
  s.config.attempts_max = 2;
  s.start();
  s.seal(2);
  s.witnesses->erase(s.batches->get(batch_number{2})->witness_hash);
  connection a(s, "a");
  for (int i = 0; i < 2; ++i) {
    const auto l = a.lease();
    REQUIRE(l);
    CHECK(l->batch == batch_number{1});
    REQUIRE(a.ask<api::ack>(api::giveup_atom::value, l->batch, l->lease_epoch,
                            std::string("the program did not run to its end")));
    s.pass(2s);
  }
  CHECK(s.status_of(1).doing == "stuck: the program did not run to its end");
  CHECK_THAT(s.status().waits_for, Catch::Contains("batch 1 is stuck"));
  CHECK(s.counter("jobs_stuck") >= 1);
  CHECK_FALSE(a.lease());
  CHECK_THAT(s.status_of(2).doing, Catch::Contains("its witness is not in the store"));
  s.seal(3);
  const auto l = a.lease();
  REQUIRE(l);
  CHECK(l->batch == batch_number{3});
  REQUIRE(a.finish(*l, s.proof_of(*l)));
  // An operator need not wait for that.
  s.fixture.ask<api::ack>(s.role, api::restart_atom::value, batch_number{9});
  CHECK(api::to_errc(s.fixture.last_error()) == api::errc::not_found);
  s.fixture.ask<api::ack>(s.role, api::restart_atom::value, batch_number{1});
  CHECK_FALSE(s.fixture.last_error());
  const auto again = a.lease();
  REQUIRE(again);
  CHECK(again->batch == batch_number{1});
  for (int i = 0; i < 2; ++i) {
    const auto l = i == 0 ? again : a.lease();
    REQUIRE(l);
    REQUIRE(a.ask<api::ack>(api::giveup_atom::value, l->batch, l->lease_epoch,
                            std::string("the program did not run to its end")));
    s.pass(2s);
  }
  s.pass(600s);
  CHECK(connection(s, "b").lease()->batch == batch_number{1});
}

TEST_CASE("who waits for a verdict hears that the role ended") {
  /// The role ends while a proof is checked.
  struct : prover::proof_checker {
    hash256 program_commitment() const override { return honest().program_commitment(); }
    std::string params_name() const override { return honest().params_name(); }
    status<std::string> check(const hash256&, bytes_view) const override {
      caf::anon_send_exit(*role, caf::exit_reason::kill);
      return nothing{};
    }
    const api::prover_actor* role = nullptr;
  } last;
  prover_system s;
  last.role = &s.role;
  s.checker = &last;
  s.start();
  s.seal(1);
  connection a(s, "a");
  const auto l = a.lease();
  REQUIRE(l);
  CHECK_FALSE(a.finish(*l, bytes(10, 1)));
  CHECK(a.error() == api::errc::shutting_down);
}

TEST_CASE("jobs that are open at once are bounded; later batches follow as room is made") {
  prover_system s;
  s.config.open_max = s.config.in_flight_max = 2;
  s.start();
  s.seal(5);
  CHECK(s.fleet()->jobs.size() == 2);
  connection a(s, "a");
  u32 proved = 0;
  for (int round = 0; round < 5; ++round) {
    proved += s.prove_all(a);
    s.pass(300ms);
  }
  CHECK(proved == 5);
  CHECK(s.counter("batches_proved") == 5);
}

TEST_CASE("while the key is made the role says that it prepares, and takes no worker") {
  prover_system s;
  s.slot = std::make_shared<prover::checker_slot>();
  s.start();
  s.seal(2);
  CHECK(s.status().healthy);
  CHECK(s.status().doing == "preparing: the key of the program is made");
  CHECK(s.status_of(1).doing == "preparing: the key of the program is made");
  CHECK(s.fleet()->trouble == "preparing: the key of the program is made");
  connection early(s, "early");
  CHECK(early.error() == api::errc::not_ready);
  CHECK_FALSE(early.lease());
  // It may be that there never is one.
  s.slot->set_trouble("there is not enough memory for the program's key");
  CHECK_FALSE(s.status().healthy);
  CHECK(s.status().waits_for == "cannot prove: there is not enough memory for the program's key");
  // And then, that there is.
  s.slot->set({std::shared_ptr<void>{}, &honest()});
  s.pass(300ms);
  connection a(s, "a");
  CHECK(s.prove_all(a) == 2);
  CHECK(s.status().healthy);
  CHECK(s.counter("batches_proved") == 2);
}

TEST_CASE("that the node's own worker cannot prove is told while nobody else does") {
  prover_system s;
  s.slot = std::make_shared<prover::checker_slot>();
  s.slot->set({std::shared_ptr<void>{}, &honest()});
  s.start();
  CHECK(s.status().healthy);
  // when: its device is lost
  s.slot->set_trouble("there is no device 0");
  // then
  const std::string told = "the worker in this process cannot prove: there is no device 0";
  CHECK_FALSE(s.status().healthy);
  CHECK(s.status().waits_for == told);
  CHECK(s.fleet()->trouble == told);
  // and when it is back
  s.slot->set_trouble({});
  CHECK(s.status().healthy);
  // or another proves
  s.slot->set_trouble("there is no device 0");
  connection a(s, "a");
  CHECK(s.status().healthy);
  CHECK(s.fleet()->trouble.empty());
}

TEST_CASE("when all workers are suspended the status says what is waited for") {
  prover_system s;
  s.start();
  s.seal(1);
  const auto liar = make_liar(lie::random_bytes, {});
  connection bad(s, "bad");
  for (u32 i = 0; i < s.config.lies_max; ++i) {
    const auto l = bad.lease();
    REQUIRE(l);
    CHECK_FALSE(bad.finish(*l, s.proof_of(*l, *liar)));
  }
  CHECK_FALSE(s.status().healthy);
  CHECK_THAT(s.status().waits_for, Catch::Contains("suspended"));
}

TEST_CASE("a role that always fails is started again and again, and none of its siblings") {
  // Its archive cannot count generations, so that each start ends at once.
  prover_system s;
  const std::string generation = s.folder.path + "/proofs/generation";
  fs::remove_all(generation);
  fs::create_directory(generation);
  fs::create_directory(generation + "/in-the-way");
  const auto directory = std::make_shared<supervision::role_directory>();
  u32 siblings = 0;
  std::vector<supervision::child_spec> children;
  children.push_back(
      {"sequencer", supervision::restart_type::permanent, [&](caf::actor_system& sys) {
         ++siblings;
         return sys.spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
       }});
  children.push_back(prover::supervised_prover({false}, s.config, s.parts(), directory));
  supervision::supervisor_config root;
  root.name = "node";
  root.intensity = {5, 30s};  // as the node's
  root.directory = directory;
  const auto node = supervision::spawn_supervisor(s.fixture.system(), root, std::move(children));
  std::optional<int> ended;
  supervision::watch_root(node, [&](const supervision::root_end& e) { ended = e.exit_code; });
  s.fixture.run();
  for (int second = 0; second < 1'800; ++second) s.fixture.advance(1s);
  CHECK_FALSE(ended);
  CHECK(siblings == 1);
  const auto standing = [&] {
    for (const auto& one : directory->standings())
      if (one.role == "prover") return one;
    return supervision::role_directory::standing{};
  };
  CHECK_FALSE(standing().played);
  CHECK_THAT(standing().why_ended, Catch::Contains("storage"));
  // A supervisor plays no role.
  for (const auto& one : directory->standings()) CHECK(one.role != "proving");
  // It comes back by itself when the cause is mended.
  fs::remove_all(generation);
  for (int second = 0; second < 120; ++second) s.fixture.advance(1s);
  CHECK(standing().played);
  CHECK(siblings == 1);
  caf::anon_send_exit(node, caf::exit_reason::user_shutdown);
  for (int second = 0; second < 20; ++second) s.fixture.advance(1s);
  CHECK(ended == 0);
}

namespace {

/// The role under its supervisor, as in a node: what throws is started again.
struct supervised {
  prover_system& s;
  std::shared_ptr<supervision::role_directory> directory =
      std::make_shared<supervision::role_directory>();
  caf::actor tree;

  explicit supervised(prover_system& system) : s(system) {
    const auto spec = prover::supervised_prover({false}, s.config, s.parts(), directory);
    tree = spec.start(s.fixture.system());
    s.fixture.run();
    s.role = directory->find_as<api::prover_actor>("prover");
  }
  ~supervised() {
    caf::anon_send_exit(tree, caf::exit_reason::kill);
    s.role = api::prover_actor{};
    s.fixture.run();
  }
  /// The role that is there once the supervisor has waited.
  void await_restart() {
    s.pass(2s);
    s.role = directory->find_as<api::prover_actor>("prover");
    REQUIRE(s.role);
  }
  void check_restarted_once(const std::string& why) const {
    for (const auto& one : directory->standings())
      if (one.role == "prover") {
        CHECK(one.played);
        CHECK(one.restarts == 1);
        CHECK_THAT(one.why_ended, Catch::Contains(why));
      }
  }
};

}  // namespace

TEST_CASE("a role that throws as it leases is started again and its leases are void") {
  // given: a is at work on batch 1
  prover_system s;
  supervised tree(s);
  s.seal(2);
  connection a(s, "a"), b(s, "b");
  const auto old = a.lease();
  REQUIRE(old);
  // when: it throws with batch 2 given away and b not told
  supervision::arm_fault("prover.leased", "planted");
  CHECK_FALSE(b.lease());
  CHECK_FALSE(supervision::is_armed("prover.leased"));
  tree.await_restart();
  // then: what a proves under the old lease is nobody's
  connection again(s, "a");
  CHECK_FALSE(again.finish(*old, s.proof_of(*old)));
  CHECK(again.error() == api::errc::stale_epoch);
  // and both batches are leased anew, once each, above any epoch of before
  const auto first = again.lease();
  REQUIRE(first);
  CHECK(first->batch == batch_number{1});
  CHECK(first->lease_epoch > old->lease_epoch);
  REQUIRE(again.finish(*first, s.proof_of(*first)));
  CHECK(s.prove_all(again) == 1);
  CHECK(s.counter("batches_proved") == 2);
  CHECK(s.counter("leases_total") == 2);
  tree.check_restarted_once("planted");
}

TEST_CASE("a checker that throws before a proof is kept ends the role, which has it made again") {
  prover_system s;
  supervised tree(s);
  s.seal(1);
  connection a(s, "a");
  const auto old = a.lease();
  REQUIRE(old);
  const bytes proof = s.proof_of(*old);
  // when
  supervision::arm_fault("prover.verified", "planted");
  CHECK_FALSE(a.finish(*old, proof));
  CHECK_FALSE(supervision::is_armed("prover.verified"));
  tree.await_restart();
  // then: nothing was kept, the old lease is void, and a new one ends with the batch proved
  CHECK_FALSE(s.archive->find(batch_number{1}));
  CHECK_FALSE(s.status_of(1).proved);
  connection again(s, "a");
  CHECK_FALSE(again.finish(*old, proof));
  CHECK(again.error() == api::errc::stale_epoch);
  const auto anew = again.lease();
  REQUIRE(anew);
  CHECK(anew->lease_epoch > old->lease_epoch);
  REQUIRE(again.finish(*anew, proof));
  CHECK(s.status_of(1).proved);
  CHECK_FALSE(again.lease());
  tree.check_restarted_once("planted");
}

TEST_CASE("a role that throws over a proof that is kept has the batch proved after its restart") {
  prover_system s;
  supervised tree(s);
  s.seal(1);
  connection a(s, "a");
  const auto old = a.lease();
  REQUIRE(old);
  const bytes proof = s.proof_of(*old);
  // when: the proof is on disk, and neither the table nor the worker was told
  supervision::arm_fault("prover.kept", "planted");
  CHECK_FALSE(a.finish(*old, proof));
  CHECK_FALSE(supervision::is_armed("prover.kept"));
  tree.await_restart();
  // then: it counts, and nobody is asked to prove the batch again
  CHECK(s.status_of(1).proved);
  CHECK(*s.archive->read(*s.archive->find(batch_number{1})) == proof);
  connection again(s, "a");
  CHECK_FALSE(again.lease());
  CHECK(again.error() == api::errc::no_job);
  CHECK_FALSE(again.finish(*old, proof));
  CHECK(again.error() == api::errc::stale_epoch);
  CHECK(s.counter("leases_total") == 0);
  tree.check_restarted_once("planted");
}
