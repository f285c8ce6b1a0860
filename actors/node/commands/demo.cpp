#include "actors/node/demo/demo.hpp"

#include <chrono>
#include <cstdio>

#include <fmt/format.h>

#include "actors/node/chain/restore.hpp"
#include "actors/node/commands/commands.hpp"
#include "actors/node/commands/demo_without_operator.hpp"
#include "actors/node/dev_stack.hpp"
#include "actors/node/process/end_signal.hpp"
#include "actors/node/process/scratch_folder.hpp"

namespace ashlar::node {
namespace {

/// What the scenario seals where no batch is sealed by its age.
constexpr u32 final_batches = 3;

std::vector<batch_row> rows_of(const std::vector<batch_line>& lines) {
  std::vector<batch_row> out;
  for (const batch_line& b : lines)
    out.push_back({b.number, b.blocks, b.txns, b.gas, b.pubdata_bytes, b.stage, b.l1_gas_commit,
                   b.l1_gas_prove, b.l1_gas_execute});
  return out;
}

/// Rebuilds from L1 alone, over a connection of its own; the sequencer's root of the same batch
/// comes from its store.
result<state_from_l1, std::string> restore_and_look(dev_stack& d) {
  l1::http_transport_config config;
  config.endpoint = d.l1_endpoint;
  auto transport = l1::make_http_transport(config);
  if (!transport) return fail(d.l1_endpoint + ": " + transport.error().text);
  l1::client client(std::move(*transport));
  ASHLAR_TRY(const restored state, restore_from_l1(client, d.spec, batch_number{~0ull}, {}));
  for (const batch_line& b : d.node->batches()) {
    if (b.number != state.last_batch.value) continue;
    return state_from_l1{state.state.tree_root, b.tree_root, state.ether};
  }
  return fail(
      fmt::format("batch {} is on L1, the sequencer does not have it", state.last_batch.value));
}

demo_surroundings surroundings_of(dev_stack& d, end_signal& end, dev_proofs proofs) {
  demo_surroundings s{
      d.l1_endpoint, d.l2_endpoint(), d.spec, d.artifacts, d.rich_l1_key, {}, {}, {}, {}};
  s.is_final = proofs == dev_proofs::on_l1;
  s.verification_gas = [&d] { return d.node->verification_gas(); };
  s.l1_proving = [&d] { return d.node->l1_proving_doing(); };
  s.interrupted = [&end]() -> std::optional<std::string> {
    if (!end.is_raised()) return std::nullopt;
    const auto why = end.wait();
    return why.text.empty() ? "interrupted" : why.text;
  };
  s.censor = [&d](std::vector<address> senders) { d.node->censor(std::move(senders)); };
  s.seal = [&d]() -> std::optional<std::string> {
    std::string why = d.node->seal();
    return why.empty() ? std::nullopt : std::optional(std::move(why));
  };
  s.restore = [&d] { return restore_and_look(d); };
  s.batches = [&d] { return d.node ? rows_of(d.node->batches()) : std::vector<batch_row>{}; };
  if (proofs != dev_proofs::none)
    s.proof_of = [&d](u64 batch) -> result<demo_surroundings::proof_state, std::string> {
      const auto state = d.node->proof_of(batch_number{batch});
      if (!state) return fail(std::string("the prover role does not answer"));
      return demo_surroundings::proof_state{state->proved, state->doing, state->proof_hash};
    };
  return s;
}

}  // namespace

int run_demo(const demo_command& c) {
  end_signal end;
  scratch_folder scratch(c.folder, "ashlar-demo");
  const auto say = [](const std::string& line) { fmt::print(stderr, "ashlar: {}\n", line); };
  dev_options options;
  options.folder = scratch.path();
  const bool final = !c.commit_only && !c.prove && !c.escape;
  options.proofs = proofs_wanted(c.prove, final);
  const bool proves = options.proofs != dev_proofs::none;
  // The smaller workload does not fill three batches by itself. Those that go to L1 are sealed by
  // the scenario alone, and proved there together: each costs proofs of its own.
  if (proves) options.batch_age_ms = final ? 900'000 : 1'500;
  if (final) {
    options.run_batches = final_batches;
    options.run_age_s = 600;
  }
  const auto begun = std::chrono::steady_clock::now();
  const auto not_begun = [&](const std::string& why) {
    say(why);
    if (!c.json) return 1;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    fmt::print("{}\n", to_json(report_of_none(why, took.count())));
    return 1;
  };
  auto started = start_dev_stack(options, say);
  if (!started) return not_begun(started.error());
  dev_stack& d = **started;
  d.node->on_end([&](int code, const std::string& why) { end.raise(code, why); });
  demo_limits limits;
  if (proves) {
    limits.transfers = final ? 8 : 40;
    limits.serial_transfers = 10;
  }
  demo_surroundings around = surroundings_of(d, end, options.proofs);
  if (c.escape) around.leaves = without_operator(d, scratch.path(), say);
  const auto report = run_demo(around, say, limits);
  if (!report) return not_begun(report.error());
  if (c.json)
    fmt::print("{}\n", to_json(*report));
  else
    fmt::print("{}", to_table(*report));
  std::fflush(stdout);
  if (!report->ok) say("the demo failed: " + report->reason);
  return report->ok ? 0 : 1;
}

}  // namespace ashlar::node
