#include <atomic>
#include <filesystem>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_actor.hpp>
#include <catch2/catch.hpp>

#include "actors/api/inspect.hpp"
#include "actors/prover/prover.hpp"
#include "actors/prover/worker.hpp"
#include "actors/prover/worker_gate.hpp"
#include "runtime/types/batch.hpp"

// The prover role, its checker, the gate's threads and workers with theirs, at once and in real
// time: what the thread sanitizer is to see of them. The engine proves nothing, so that no prover
// need be compiled for it; what proofs are is looked at in prover_test.cpp.

using namespace ashlar;
using namespace ashlar::prover;

namespace {

constexpr u64 batch_count = 12;

class steady_clock final : public clock {
 public:
  duration steady() const noexcept override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
  unix_seconds wall() const noexcept override { return unix_seconds{1'800'000'000}; }
};

/// A witness is the public input's hash, and its "proof" the hash again and again, of several
/// chunks. Looks at whether it is cancelled as often as a prover does.
class repeating_engine final : public proof_engine {
 public:
  hash256 program_commitment() const override { return {}; }
  std::string params_name() const override { return "none"; }
  status<std::string> check(const hash256& input, bytes_view proof) const override {
    if (!equal(proof, proof_of(input))) return fail(std::string("another input's"));
    return nothing{};
  }
  result<engine_proof, std::string> prove(bytes_view witness,
                                          const std::function<void(const proving_progress&)>& told,
                                          const std::atomic<bool>& cancelled) override {
    constexpr u32 segments = 5;
    const hash256 input = hash256::copy_of(witness.data());
    for (const u32 pass : {1u, 2u})
      for (u32 done = 0; done < segments; ++done) {
        if (cancelled.load()) return fail(std::string("cancelled"));
        told({pass, done, pass == 2 ? segments : 0, 100});
        work(input);
      }
    return engine_proof{proof_of(input), 100, segments};
  }
  u64 expected_bytes(u32) const override { return proof_bytes; }

 private:
  static constexpr std::size_t proof_bytes = 300'000;
  /// Ten segments of this are several words of a worker that holds a lease.
  static void work(const hash256& input) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
    while (std::chrono::steady_clock::now() < end) (void)proof_of(input);
  }
  static bytes proof_of(const hash256& input) {
    bytes out;
    while (out.size() < proof_bytes) append(out, input);
    return out;
  }
};

struct scratch {
  std::string path;
  scratch() {
    char name[] = "/tmp/ashlar-threads-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~scratch() { std::filesystem::remove_all(path); }
};

struct coordinator {
  scratch folder;
  steady_clock time;
  std::unique_ptr<store::batch_store> batches = open_batches(folder.path + "/batches");
  store::content_store witnesses =
      std::move(store::content_store::open(folder.path + "/witnesses")).value();
  std::unique_ptr<proof_archive> archive =
      std::move(proof_archive::open(folder.path + "/proofs")).value();
  std::shared_ptr<checker_slot> checker =
      std::make_shared<checker_slot>(std::make_shared<repeating_engine>());
  caf::actor_system_config caf_config;
  std::optional<caf::actor_system> system;
  // Behind the system, which waits until nobody holds the role.
  std::shared_ptr<supervision::role_directory> directory =
      std::make_shared<supervision::role_directory>();
  api::prover_actor role;
  std::unique_ptr<worker_gate> gate;

  coordinator() {
    seal();
    api::register_messages(caf_config);
    caf_config.set("scheduler.max-threads", std::size_t{2});
    system.emplace(caf_config);
    prover_config config;
    config.tick_ms = 20;
    config.lease_ms = 100;
    role = spawn_prover(*system, {}, config, {time, *batches, witnesses, *archive, checker},
                        directory);
    directory->set("prover", caf::actor_cast<caf::actor>(role));
    gate_config at;
    at.socket = socket();
    at.proof_bytes_max = at.held_bytes_max = 1'000'000;  // one proof at a time, the others wait
    gate = std::move(worker_gate::start(at, *system, directory, witnesses)).value();
  }
  ~coordinator() {
    caf::scoped_actor self{*system};
    self->monitor(role);
    caf::anon_send_exit(role, caf::exit_reason::user_shutdown);
    self->receive([](const caf::down_msg&) {});
    gate.reset();
  }
  std::string socket() const { return folder.path + "/sock"; }

  static std::unique_ptr<store::batch_store> open_batches(const std::string& path) {
    store::database_config config;
    config.folder = path;
    return std::move(store::batch_store::open(config)).value();
  }
  void seal() {
    for (u64 n = 1; n <= batch_count; ++n) {
      store::sealed_batch b;
      b.number = b.input.number = batch_number{n};
      b.first_block = b.last_block = b.input.first_block = b.input.last_block = block_number{n};
      const hash256 input = public_input_hash(b.input);
      b.witness_hash = witnesses.put(input).value();
      REQUIRE(batches->append(b).ok());
    }
  }
  template <class T, class... Ts>
  T ask(Ts&&... message) {
    caf::scoped_actor self{*system};
    T out{};
    self->request(role, std::chrono::seconds(60), std::forward<Ts>(message)...)
        .receive([&](T& value) { out = std::move(value); },
                 [](caf::error&) { FAIL("the role does not answer"); });
    return out;
  }
};

/// A worker on a thread of its own, until it is asked to stop.
std::jthread work_at(const std::string& socket, std::string name) {
  return std::jthread([socket, name = std::move(name)](std::stop_token stop) {
    repeating_engine engine;
    worker_config config;
    config.name = name;
    config.poll_ms = config.retry_ms = 5;
    (void)run_worker(
        config, engine, [&] { return dial(socket); }, stop);
  });
}

}  // namespace

TEST_CASE("workers come and go while a coordinator leases, checks and tells") {
  coordinator c;
  std::vector<std::jthread> workers;
  for (const char* name : {"a", "b"}) workers.push_back(work_at(c.socket(), name));
  // when: others ask how it stands, and a third worker is stopped over and over, whatever it does
  std::jthread watcher([&](std::stop_token stop) {
    while (!stop.stop_requested()) {
      (void)c.ask<api::role_status>(api::status_atom::value);
      (void)c.ask<api::fleet_report_ptr>(api::fleet_atom::value);
    }
  });
  u64 proved = 0;
  while (proved < batch_count) {
    auto brief = work_at(c.socket(), "c");
    while (proved < batch_count &&
           c.ask<api::batch_proof_status>(api::status_atom::value, batch_number{proved + 1}).proved)
      ++proved;
  }
  // then
  watcher.request_stop();
  watcher.join();
  workers.clear();
  for (u64 n = 1; n <= batch_count; ++n) {
    const auto record = c.archive->find(batch_number{n});
    REQUIRE(record);
    const auto file = c.archive->read(*record);
    REQUIRE(file.ok());
    CHECK(c.checker->get()->check(record->public_input_hash, *file).ok());
    CHECK(record->public_input_hash == public_input_hash(c.batches->get(batch_number{n})->input));
  }
}
