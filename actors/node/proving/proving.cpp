#include "actors/node/proving/proving.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <sys/resource.h>
#include <thread>

#include "actors/prover/job_table.hpp"
#include "runtime/stark/recursion_prover/secure_plan.hpp"

namespace ashlar::node {
namespace {

/// Between tries to make an engine.
constexpr supervision::backoff_limits engine_backoff{
    std::chrono::seconds(5), std::chrono::seconds(600), 20, {}};

}  // namespace

std::string proving_config::validate() const {
  if (auto why = engine.validate(); !why.empty()) return "prover." + why;
  if (auto why = role.validate(); !why.empty()) return why;
  if (auto why = l1.validate(); !why.empty()) return why;
  if (l1.is_enabled() && engine.params != stark::recursion_base_params.name)
    return "prover.l1_contracts: proofs for L1 are made of proofs with params " +
           std::string(stark::recursion_base_params.name) + ", prover.params is " + engine.params;
  return gate.validate();
}

std::string socket_of(const proving_config& c, const std::string& data_folder) {
  return c.socket.empty() || c.socket.front() == '/' ? c.socket : data_folder + "/" + c.socket;
}

struct proving::parts {
  proving_config config;
  engine_plan plan;
  std::unique_ptr<prover::proof_archive> archive;
  const std::shared_ptr<prover::checker_slot> checker = std::make_shared<prover::checker_slot>();
  std::unique_ptr<prover::worker_gate> gate;
  std::jthread worker;

  status<std::string> open_engine(std::shared_ptr<prover::proof_engine>& engine);
  status<std::string> work(std::shared_ptr<prover::proof_engine>& engine, u32& failures,
                           const std::stop_token& stop);
  void run(std::stop_token stop);
};

/// The checker is offered as soon as it is made; the engine only where a worker runs here.
status<std::string> proving::parts::open_engine(std::shared_ptr<prover::proof_engine>& engine) {
  if (config.test_engine) {
    if (!engine) engine = config.test_engine();
    if (!checker->get()) checker->set(engine);
    return nothing{};
  }
  // With a GPU the checker is apart: it shall not depend on the device.
  if (!checker->get() && (!config.local_worker || plan.config.backend != "cpu")) {
    ASHLAR_TRY(auto made, open_checker(plan));
    checker->set(std::move(made));
  }
  if (!config.local_worker || engine != nullptr) return nothing{};
  ASHLAR_TRY(engine, node::open_engine(plan));
  if (!checker->get()) checker->set(engine);
  return nothing{};
}

/// Until it is to stop, or the engine is lost. What the system refuses, threads among it, is an
/// error as any other.
status<std::string> proving::parts::work(std::shared_ptr<prover::proof_engine>& engine,
                                         u32& failures, const std::stop_token& stop) {
  try {
    ASHLAR_CHECK(open_engine(engine));
    failures = 0;
    checker->set_trouble({});
    if (engine == nullptr) return nothing{};
    prover::worker_config worker;
    worker.name = std::string(prover::local_worker_name);
    worker.threads =
        plan.config.threads != 0 ? plan.config.threads : std::thread::hardware_concurrency();
    worker.log = config.role.log;
    return prover::run_worker(
        worker, *engine, [this] { return gate->connect(); }, stop);
  } catch (const std::exception& e) {
    return fail(std::string(e.what()));
  }
}

/// The thread of the worker in this process: makes the engine, tries again where that fails, and
/// makes another where one is lost for good.
void proving::parts::run(std::stop_token stop) {
  std::shared_ptr<prover::proof_engine> engine;
  supervision::jitter_source jitter(1);
  for (u32 failures = 0; !stop.stop_requested(); ++failures) {
    const auto ended = work(engine, failures, stop);
    if (ended) return;
    checker->set_trouble(ended.error());
    config.role.log.error("prover cannot prove", {{"why", ended.error()}});
    // The engine that also checks stays: it cannot be lost to a device.
    if (engine != checker->get()) engine.reset();
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(
        lock, stop, supervision::backoff_delay(engine_backoff, failures, jitter),
        [] { return false; });
  }
}

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
  p->config.gate.socket = socket_of(config, data_folder);
  if (auto why = p->config.validate(); !why.empty()) return fail(std::move(why));
  auto archive = prover::proof_archive::open(data_folder + "/proofs");
  if (!archive) return fail("proofs: " + store::to_text(archive.error()));
  p->archive = std::move(*archive);
  if (config.test_engine) return std::unique_ptr<proving>(new proving(std::move(p)));
  auto plan = config.local_worker ? plan_engine(config.engine, memory_percent_in_node)
                                  : plan_checker(config.engine);
  if (!plan) return fail(plan.error());
  p->plan = std::move(*plan);
  if (config.local_worker) log.info("prover plans", {{"memory", p->plan.memory_text()}});
  return std::unique_ptr<proving>(new proving(std::move(p)));
}

const prover::proof_archive& proving::archive() const {
  return *parts_->archive;
}
std::shared_ptr<const prover::proof_checker> proving::checker() const {
  return parts_->checker->get();
}

supervision::child_spec proving::role(const clock& time, store::batch_store& batches,
                                      store::content_store& witnesses,
                                      std::shared_ptr<supervision::role_directory> directory) {
  return prover::supervised_prover({}, parts_->config.role,
                                   {time, batches, witnesses, *parts_->archive, parts_->checker},
                                   std::move(directory));
}

status<std::string> proving::open_gate(caf::actor_system& system,
                                       std::shared_ptr<const supervision::role_directory> directory,
                                       const store::content_store& witnesses) {
  ASHLAR_TRY(parts_->gate, prover::worker_gate::start(parts_->config.gate, system,
                                                      std::move(directory), witnesses));
  parts_->worker = std::jthread([p = parts_.get()](std::stop_token stop) {
    // On Linux a thread has its own niceness, and gives it to those that it starts: the engine's.
    (void)setpriority(PRIO_PROCESS, 0, background_niceness);
    p->run(std::move(stop));
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
