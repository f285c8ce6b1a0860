#include "actors/node/proving.hpp"

#include <algorithm>
#include <future>
#include <sys/resource.h>
#include <thread>

#include "actors/node/child_process.hpp"
#include "actors/node/whole_file.hpp"
#include "actors/prover/job_table.hpp"
#include "runtime/riscv/program.hpp"

namespace ashlar::node {
namespace {

/// How much the proving threads yield to others (setpriority): confirmations come first.
constexpr int background_niceness = 15;

}  // namespace

result<bytes, std::string> read_guest(const std::string& given) {
  const std::string path =
      given.empty() ? find_program("ASHLAR_GUEST", "runtime/guest/ashlar-stf.elf", "ashlar-stf.elf")
                    : given;
  if (path.empty())
    return fail(
        std::string("the guest program ashlar-stf.elf is nowhere; build it, or name it "
                    "in the configuration, with --guest or ASHLAR_GUEST"));
  return read_whole(path);
}

std::string engine_config::validate() const {
  if (prover::find_params(params) == nullptr)
    return "params: no secure set is named " + params + "; there are proven128 and proven100";
  if (threads > 1'024) return "threads must be 0 to 1024";
  if (memory_bytes_max < riscv::guest_ram_bytes)
    return "memory_bytes_max is under what the program's memory alone takes (" +
           std::to_string(riscv::guest_ram_bytes) + ")";
  return {};
}

result<std::unique_ptr<prover::proof_engine>, std::string> open_engine(const engine_config& c) {
  if (auto why = c.validate(); !why.empty()) return fail(std::move(why));
  ASHLAR_TRY(const bytes guest, read_guest(c.guest));
  prover::batch_prover_config config;
  config.params = *prover::find_params(c.params);
  config.workers = c.threads;
  config.memory_bytes_max = c.memory_bytes_max;
  ASHLAR_TRY(auto prover, prover::batch_prover::open(guest, config));
  return prover::make_batch_engine(std::move(prover), c.params);
}

std::string proving_config::validate() const {
  if (auto why = engine.validate(); !why.empty()) return "prover." + why;
  if (auto why = role.validate(); !why.empty()) return why;
  return gate.validate();
}

struct proving::parts {
  proving_config config;
  std::unique_ptr<prover::proof_archive> archive;
  std::shared_ptr<prover::proof_engine> engine;
  std::unique_ptr<prover::worker_gate> gate;
  std::jthread worker;
};

proving::proving(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
proving::~proving() = default;

result<std::unique_ptr<proving>, std::string> proving::open(const proving_config& config,
                                                            const std::string& data_folder,
                                                            const api::event_log& log) {
  auto p = std::make_unique<parts>();
  p->config = config;
  p->config.role.log = p->config.gate.log = log;
  p->config.gate.proof_bytes_max = config.role.proof_bytes_max;
  p->config.gate.held_bytes_max = config.role.held_bytes_max;
  // The gate must not be narrower than the role behind it: room for each worker, and longer than
  // the silence that a lease allows.
  constexpr u32 spare = 4;
  p->config.gate.connections_max = config.role.workers_max + spare;
  p->config.gate.idle_ms_max = std::max(p->config.gate.idle_ms_max, 2 * config.role.lease_ms);
  if (!config.socket.empty())
    p->config.gate.socket =
        config.socket.front() == '/' ? config.socket : data_folder + "/" + config.socket;
  if (auto why = p->config.validate(); !why.empty()) return fail(std::move(why));
  auto archive = prover::proof_archive::open(data_folder + "/proofs");
  if (!archive) return fail("proofs: " + store::to_text(archive.error()));
  p->archive = std::move(*archive);
  // On Linux a thread has its own niceness, and gives it to those that it starts: the engine's.
  auto opened = std::async(std::launch::async, [&] {
    (void)setpriority(PRIO_PROCESS, 0, background_niceness);
    return open_engine(config.engine);
  });
  ASHLAR_TRY(p->engine, opened.get());
  return std::unique_ptr<proving>(new proving(std::move(p)));
}

supervision::child_spec proving::role(const clock& time, store::batch_store& batches,
                                      store::content_store& witnesses,
                                      std::shared_ptr<supervision::role_directory> directory) {
  return {"prover", supervision::restart_type::permanent,
          [p = parts_.get(), &time, &batches, &witnesses, directory](caf::actor_system& system) {
            return caf::actor_cast<caf::actor>(prover::spawn_prover(
                system, {}, p->config.role, {time, batches, witnesses, *p->archive, p->engine},
                directory));
          }};
}

status<std::string> proving::open_gate(caf::actor_system& system,
                                       std::shared_ptr<const supervision::role_directory> directory,
                                       const store::content_store& witnesses) {
  ASHLAR_TRY(parts_->gate, prover::worker_gate::start(parts_->config.gate, system,
                                                      std::move(directory), witnesses));
  if (!parts_->config.local_worker) return nothing{};
  prover::worker_config worker;
  worker.name = std::string(prover::local_worker_name);
  worker.threads = parts_->config.engine.threads != 0 ? parts_->config.engine.threads
                                                      : std::thread::hardware_concurrency();
  worker.log = parts_->config.role.log;
  parts_->worker = std::jthread([p = parts_.get(), worker](std::stop_token stop) {
    (void)setpriority(PRIO_PROCESS, 0, background_niceness);
    prover::run_worker(
        worker, *p->engine, [p] { return p->gate->connect(); }, stop);
  });
  return nothing{};
}

void proving::stop_worker() {
  parts_->worker.request_stop();
}

void proving::close_gate() {
  stop_worker();
  if (parts_->worker.joinable()) parts_->worker.join();
  parts_->gate.reset();
}

}  // namespace ashlar::node
