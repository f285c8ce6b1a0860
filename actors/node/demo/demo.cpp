#include "actors/node/demo/demo.hpp"

#include <array>

#include <fmt/format.h>

#include "actors/node/demo/run.hpp"

namespace ashlar::node {
namespace {

using namespace demo;

struct named_step {
  const char* name;
  step run;
};

constexpr std::array steps{
    named_step{"endpoints", step_endpoints},
    named_step{"deposits of ether", step_deposit_ether},
    named_step{"plain transfers", step_transfers},
    named_step{"soft confirmations", step_confirmations},
    named_step{"tokens and exchange", step_exchange},
    named_step{"delegation", step_delegation},
    named_step{"precompiles", step_precompiles},
    named_step{"deposit of a token", step_deposit_token},
    named_step{"censorship", step_censorship},
    named_step{"withdrawal", step_withdrawal},
    named_step{"commit on L1", step_commit},
    named_step{"proofs", step_proofs},
    named_step{"execution on L1", step_execution},
    named_step{"payout on L1", step_payout},
    named_step{"restore from L1", step_restore},
    named_step{"balance sheet", step_balance_sheet},
};

/// With an operator that goes.
constexpr std::array steps_of_escape{
    named_step{"endpoints", step_endpoints},
    named_step{"deposits of ether", step_deposit_ether},
    named_step{"deposit of a token", step_deposit_token},
    named_step{"left in the queue", step_leave_behind},
    named_step{"the operator goes", step_abandon},
    named_step{"escape", step_escape},
    named_step{"paid out on L1", step_refuge},
};

/// Whether a step can be made here. Without a prover there are no proofs. Where batches are
/// executed their own proofs are no end, and go when they are.
bool is_made(step s, const demo_surroundings& around) {
  if (s == step_proofs) return around.proof_of && !around.is_final;
  if (s == step_execution || s == step_payout) return around.is_final;
  return true;
}

std::vector<named_step> steps_of(const demo_surroundings& around) {
  if (around.leaves) return {steps_of_escape.begin(), steps_of_escape.end()};
  std::vector<named_step> out(steps.begin(), steps.end());
  std::erase_if(out, [&](const named_step& s) { return !is_made(s.run, around); });
  return out;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

result<demo_report, std::string> run_demo(const demo_surroundings& around,
                                          const std::function<void(const std::string&)>& progress,
                                          const demo_limits& limits) {
  const auto start = std::chrono::steady_clock::now();
  demo_run run(around, limits, progress);
  if (limits.transfers < 8 || limits.transfers > 10'000 || limits.serial_transfers < 10 ||
      limits.serial_transfers > 10'000 || limits.rpc_batch == 0)
    return fail(std::string("demo: limits out of range"));
  ASHLAR_TRY(run.layer1, endpoint::open("L1", around.l1_endpoint));
  ASHLAR_TRY(run.layer2, endpoint::open("L2", around.l2_endpoint));
  run.rich = l1::make_signer(around.rich_l1_key);
  if (!run.rich) return fail(std::string("demo: the L1 key is not one"));
  for (const char* name : {"ada", "bob", "cleo", "dan"}) run.wallets.push_back(make_wallet(name));

  const std::vector<named_step> all = steps_of(around);
  bool whole = true;
  for (std::size_t i = 0; i < all.size() && whole; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    const auto stop = around.interrupted ? around.interrupted() : std::nullopt;
    outcome<std::string> done = stop ? outcome<std::string>(fail(*stop)) : all[i].run(run);
    whole = done.ok();
    if (!whole) run.check(all[i].name, false, done.error());
    progress(fmt::format("[{:>2}/{}] {}: {}, {:.1f} s", i + 1, all.size(), all[i].name,
                         whole ? *done : "FAILED: " + done.error(), seconds_since(begin)));
  }
  run.report.batches = around.batches();
  run.report.ok = whole && run.report.reason.empty();
  run.report.seconds = seconds_since(start);
  return std::move(run.report);
}

}  // namespace ashlar::node
