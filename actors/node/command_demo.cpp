#include <cstdio>

#include <fmt/format.h>

#include "actors/node/commands.hpp"
#include "actors/node/demo.hpp"
#include "actors/node/dev_stack.hpp"
#include "actors/node/end_signal.hpp"
#include "actors/node/restore.hpp"
#include "actors/node/scratch_folder.hpp"

namespace ashlar::node {
namespace {

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

demo_surroundings surroundings_of(dev_stack& d, end_signal& end, bool proves) {
  demo_surroundings s{
      d.l1_endpoint, d.l2_endpoint(), d.spec, d.artifacts, d.rich_l1_key, {}, {}, {}, {}};
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
  s.batches = [&d] { return rows_of(d.node->batches()); };
  if (proves)
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
  options.prove = c.prove;
  // The smaller workload does not fill three batches by itself.
  if (c.prove) options.batch_age_ms = 1'500;
  auto started = start_dev_stack(options, say);
  if (!started) {
    say(started.error());
    return 1;
  }
  dev_stack& d = **started;
  d.node->on_end([&](int code, const std::string& why) { end.raise(code, why); });
  demo_limits limits;
  if (c.prove) {
    limits.transfers = 40;
    limits.serial_transfers = 10;
  }
  const auto report = run_demo(surroundings_of(d, end, c.prove), say, limits);
  if (!report) {
    say(report.error());
    return 1;
  }
  if (c.json)
    fmt::print("{}\n", to_json(*report));
  else
    fmt::print("{}", to_table(*report));
  std::fflush(stdout);
  if (!report->ok) say("the demo failed: " + report->reason);
  return report->ok ? 0 : 1;
}

}  // namespace ashlar::node
