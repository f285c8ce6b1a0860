#include "actors/node/proving/l1_proving.hpp"

#include <condition_variable>
#include <sys/resource.h>
#include <thread>

#include "actors/node/proving/engine_config.hpp"
#include "actors/node/proving/outer_prover.hpp"

namespace ashlar::node {
std::string l1_proving_config::validate() const {
  if (!is_backend(backend)) return "prover.l1_backend must be cpu or cuda";
  constexpr u64 memory_bytes_least = u64{1} << 30;
  if (memory_bytes_max < memory_bytes_least)
    return "prover.l1_memory_bytes_max is under what one proof of a circuit takes (" +
           std::to_string(memory_bytes_least) + ")";
  if (look_ms < 10 || look_ms > 60'000) return "prover: look_ms must be 10 to 60000";
  if (retry_ms < look_ms || retry_ms > 3'600'000)
    return "prover: retry_ms must be look_ms to 3600000";
  return {};
}

struct l1_proving::parts {
  l1_proving_config config;
  std::unique_ptr<outer_prover> outer;
  std::jthread worker;

  void run(const std::stop_token& stop);
};

/// Between steps it waits, and the wait ends with the thread, which takes along what it opened.
void l1_proving::parts::run(const std::stop_token& stop) {
  (void)setpriority(PRIO_PROCESS, 0, background_niceness);
  std::mutex mutex;
  std::condition_variable_any ended;
  while (!stop.stop_requested()) {
    const auto how = outer->prover().step([&stop] { return !stop.stop_requested(); });
    if (how == prover::l1_prover::progress::made) continue;
    const u32 wait_ms = how == prover::l1_prover::progress::idle ? config.look_ms : config.retry_ms;
    std::unique_lock lock(mutex);
    ended.wait_for(lock, stop, std::chrono::milliseconds(wait_ms), [] { return false; });
  }
  outer->prover().close();
}

l1_proving::l1_proving(std::unique_ptr<parts> p) : parts_(std::move(p)) {}
l1_proving::~l1_proving() = default;

result<std::unique_ptr<l1_proving>, std::string> l1_proving::open(const l1_proving_config& config,
                                                                  recursion_config recursion,
                                                                  const std::string& folder,
                                                                  prover::l1_prover_parts given) {
  if (auto why = config.validate(); !why.empty()) return fail(std::move(why));
  recursion.backend = config.backend;
  recursion.memory_bytes_max = config.memory_bytes_max;
  if (config.backend == "cuda")
    if (const auto why = why_no_device(recursion.device); !why.empty())
      return fail("l1_backend = \"cuda\": " + why);
  auto p = std::make_unique<parts>();
  p->config = config;
  ASHLAR_TRY(p->outer, outer_prover::open(config.contracts, recursion, folder, std::move(given)));
  p->worker = std::jthread([p = p.get()](const std::stop_token& stop) { p->run(stop); });
  return std::unique_ptr<l1_proving>(new l1_proving(std::move(p)));
}

publisher::proof_source& l1_proving::source() noexcept {
  return parts_->outer->prover();
}

std::string l1_proving::doing() const {
  return parts_->outer->prover().doing();
}

void l1_proving::stop() {
  parts_->worker.request_stop();
}

}  // namespace ashlar::node
