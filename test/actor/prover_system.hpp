#pragma once

#include <filesystem>

#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/prover/prover.hpp"
#include "test/actor/system_fixture.hpp"
#include "test/support/settlement_fixture.hpp"
#include "test/support/tiny_proofs.hpp"

/// The prover role over stores that outlive it, on virtual time, with proofs of a tiny program.
namespace ashlar::test {

using namespace std::chrono_literals;

/// Made once: keys cost more than the tests around them.
inline prover::proof_engine& honest() {
  static const auto engine = make_tiny_engine();
  return *engine;
}
inline std::shared_ptr<const prover::checker_slot> checker_of(const prover::proof_checker& e) {
  return std::make_shared<prover::checker_slot>(
      std::shared_ptr<const prover::proof_checker>(std::shared_ptr<void>{}, &e));
}

struct scratch {
  scratch() {
    char name[] = "/tmp/ashlar-prover-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~scratch() { std::filesystem::remove_all(path); }
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

inline api::worker_hello hello_of(const std::string& name,
                                  const prover::proof_engine& e = honest()) {
  return {name, e.program_commitment(), e.params_name(), 2};
}

inline connection::connection(prover_system& s, const std::string& worker_name) : system(s) {
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

}  // namespace ashlar::test
