#include <csignal>
#include <fstream>
#include <sys/resource.h>

#include "runtime/base/hex.hpp"
#include "test/actor/prover_system.hpp"

using namespace ashlar;
using namespace ashlar::test;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

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
