#include <thread>

#include <fmt/format.h>

#include "actors/node/demo/run.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node::demo {
namespace {

/// Waits until the node holds a verified proof of the batch; tells whenever it is further.
outcome<hash256> await_proof(demo_run& run, u64 batch) {
  const auto patience = std::chrono::seconds(run.limits.proof_patience_s);
  std::string seen;
  auto moved = std::chrono::steady_clock::now();
  for (;;) {
    if (run.around.interrupted)
      if (const auto why = run.around.interrupted()) return fail(*why);
    const auto state = run.around.proof_of(batch);
    if (state && state->proved) return state->proof_hash;
    const std::string doing = state ? state->doing : state.error();
    const auto now = std::chrono::steady_clock::now();
    if (doing != seen) {
      run.progress(fmt::format("        batch {}: {}", batch, doing));
      seen = doing;
      moved = now;
    }
    if (now - moved > patience)
      return fail(fmt::format("waited {} s for the proof of batch {}: {}",
                              run.limits.proof_patience_s, batch, seen));
    constexpr auto pause = std::chrono::milliseconds(200);
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace

outcome<std::string> step_proofs(demo_run& run) {
  const auto batches = run.sealed_batches();
  u64 proved = 0;
  for (const batch_row& b : batches) {
    ASHLAR_TRY(const hash256 proof, await_proof(run, b.number));
    run.progress(fmt::format("        batch {}: proved and verified, {}", b.number, to_hex(proof)));
    ++proved;
  }
  run.check("each batch is proved, and the proof verified here", proved == batches.size(),
            fmt::format("{} of {} batches", proved, batches.size()));
  return fmt::format("{} batches", proved);
}

}  // namespace ashlar::node::demo
