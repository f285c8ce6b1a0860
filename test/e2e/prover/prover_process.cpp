// A coordinator or a worker as a process of its own, around tiny proofs. What it does stands in its
// log, as an operator would see it.
//
//   prover_process coordinator FOLDER BATCHES ROUNDS    until SIGTERM
//   prover_process worker SOCKET NAME honest|random|state|chain|program

#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <thread>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/typed_actor.hpp>

#include "actors/api/inspect.hpp"
#include "actors/prover/prover.hpp"
#include "actors/prover/worker.hpp"
#include "actors/prover/worker_gate.hpp"
#include "test/support/settlement_fixture.hpp"
#include "test/support/tiny_proofs.hpp"

using namespace ashlar;

namespace {

class steady_clock final : public clock {
 public:
  duration steady() const noexcept override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
  unix_seconds wall() const noexcept override { return unix_seconds{1'800'000'000}; }
};

int wait_for_end() {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  int got = 0;
  sigwait(&ends, &got);
  return 0;
}

void seal_batches(store::batch_store& batches, store::content_store& witnesses, u64 upto,
                  u32 rounds) {
  for (u64 n = batches.last().value + 1; n <= upto; ++n) {
    store::sealed_batch b = test::batch_of(n);
    b.witness_hash = witnesses.put(test::tiny_witness(public_input_hash(b.input), rounds)).value();
    ensure(batches.append(b).ok());
  }
}

int run_coordinator(const std::string& folder, u64 upto, u32 rounds) {
  store::database_config config;
  config.folder = folder + "/batches";
  const auto batches = std::move(store::batch_store::open(config)).value();
  auto witnesses = std::move(store::content_store::open(folder + "/witnesses")).value();
  const auto archive = std::move(prover::proof_archive::open(folder + "/proofs")).value();
  seal_batches(*batches, witnesses, upto, rounds);
  const auto checker = std::make_shared<prover::checker_slot>(test::make_tiny_engine());
  const steady_clock time;
  caf::actor_system_config caf_config;
  api::register_messages(caf_config);
  caf_config.set("scheduler.max-threads", std::size_t{2});
  caf::actor_system system(caf_config);
  const auto directory = std::make_shared<supervision::role_directory>();
  prover::prover_config role;
  role.lease_ms = 2'000;
  role.lies_max = 2;
  role.log = api::event_log(1);
  const auto coordinator = prover::spawn_prover(
      system, {}, role, {time, *batches, witnesses, *archive, checker}, directory);
  directory->set("prover", caf::actor_cast<caf::actor>(coordinator));
  prover::gate_config gate_config;
  gate_config.socket = folder + "/sock";
  gate_config.proof_bytes_max = u64{8} << 20;
  gate_config.log = role.log;
  auto gate = prover::worker_gate::start(gate_config, system, directory, witnesses);
  if (!gate) {
    std::fprintf(stderr, "%s\n", gate.error().c_str());
    return 1;
  }
  wait_for_end();
  caf::scoped_actor self{system};
  self->monitor(coordinator);
  caf::anon_send_exit(coordinator, caf::exit_reason::user_shutdown);
  self->receive([](const caf::down_msg&) {}, caf::after(std::chrono::seconds(10)) >> [] {});
  gate->reset();
  return 0;
}

int run_worker_process(const std::string& socket, const std::string& name,
                       const std::string& kind) {
  const std::map<std::string, test::lie> lies = {{"random", test::lie::random_bytes},
                                                 {"state", test::lie::another_state},
                                                 {"chain", test::lie::another_chain},
                                                 {"program", test::lie::another_program}};
  const auto told = lies.find(kind);
  const auto engine = told == lies.end() ? test::make_tiny_engine()
                                         : test::make_liar(told->second, test::batch_of(1).input);
  prover::worker_config config;
  config.name = name;
  config.poll_ms = 50;
  config.retry_ms = 100;
  config.log = api::event_log(1);
  std::jthread worker([&](std::stop_token stop) {
    (void)prover::run_worker(
        config, *engine, [&] { return prover::dial(socket); }, stop);
  });
  return wait_for_end();
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  api::set_log(api::log_level::info, api::log_format::text);
  if (argc == 5 && std::strcmp(argv[1], "coordinator") == 0)
    return run_coordinator(argv[2], std::stoull(argv[3]), static_cast<u32>(std::stoul(argv[4])));
  if (argc == 5 && std::strcmp(argv[1], "worker") == 0)
    return run_worker_process(argv[2], argv[3], argv[4]);
  return 2;
}
