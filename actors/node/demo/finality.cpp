#include <algorithm>
#include <thread>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "actors/node/demo/run.hpp"

/// What makes it final: a proof on L1 of every batch, and its execution there.
namespace ashlar::node::demo {
namespace json = boost::json;

namespace {

/// What a batch waits for, as the node tells everybody.
outcome<std::string> waits_for(demo_run& run, u64 batch) {
  ASHLAR_TRY(const std::string text, run.layer2->tell(run.layer2->rpc().raw(
                                         "ashlar_batchStatus", fmt::format("[\"{:#x}\"]", batch))));
  boost::system::error_code ec;
  const json::value v = json::parse(text, ec);
  const json::object* o = ec ? nullptr : v.if_object();
  const json::value* why = o ? o->if_contains("waitsFor") : nullptr;
  return why && why->is_string() ? std::string(why->as_string()) : std::string();
}

/// What is done for the batches behind `executed`: for the first that has no proof of its own, and
/// for proofs for L1; where that is nothing, what the first of them waits for.
outcome<std::string> doing_behind(demo_run& run, u64 executed, u64 last) {
  std::string out;
  for (u64 n = executed + 1; run.around.proof_of && n <= last && out.empty(); ++n) {
    const auto own = run.around.proof_of(n);
    if (own && !own->proved) out = fmt::format("batch {}: {}", n, own->doing);
  }
  const std::string l1 = run.around.l1_proving ? run.around.l1_proving() : std::string();
  if (!l1.empty()) out += (out.empty() ? "for L1: " : "; for L1: ") + l1;
  if (!out.empty()) return out;
  const u64 first = std::min(executed + 1, last);
  ASHLAR_TRY(out, waits_for(run, first));
  return fmt::format("batch {}: {}", first, out);
}

bool all_executed(const std::vector<batch_row>& rows) {
  return std::all_of(rows.begin(), rows.end(),
                     [](const batch_row& b) { return b.stage == "executed"; });
}

/// Waits until L1 has executed every batch, and the node knows; tells whenever it is further.
outcome<l1::chain_progress> await_execution(demo_run& run, u64 last) {
  const auto patience = std::chrono::seconds(run.limits.proof_patience_s);
  std::string seen;
  auto moved = std::chrono::steady_clock::now();
  for (;;) {
    if (run.around.interrupted)
      if (const auto why = run.around.interrupted()) return fail(*why);
    ASHLAR_TRY(const auto at, run.layer1->tell(l1::read_progress(run.layer1->rpc(),
                                                                 run.around.spec.contracts.chain)));
    if (at.executed.value >= last && all_executed(run.sealed_batches())) return at;
    ASHLAR_TRY(const std::string doing, doing_behind(run, at.executed.value, last));
    const auto now = std::chrono::steady_clock::now();
    if (doing != seen) {
      run.progress(fmt::format("        {} of {} proved on L1, {} executed; {}", at.proved.value,
                               last, at.executed.value, doing));
      seen = doing;
      moved = now;
    }
    if (now - moved > patience)
      return fail(fmt::format("waited {} s for the execution of batch {}: {}",
                              run.limits.proof_patience_s, last, seen));
    constexpr auto pause = std::chrono::milliseconds(200);
    std::this_thread::sleep_for(pause);
  }
}

/// How often L1 executed each batch, from the events of the chain's contract.
outcome<std::vector<u64>> executions_on_l1(demo_run& run, u64 last) {
  const chain_spec& spec = run.around.spec;
  endpoint& at = *run.layer1;
  ASHLAR_TRY(const auto head, at.tell(at.rpc().latest()));
  ASHLAR_TRY(const auto logs,
             at.tell(at.rpc().logs(l1::l1_block_number{spec.l1_start_block}, head.number,
                                   spec.contracts.chain, l1::chain_event_topics())));
  std::vector<u64> out(last);
  for (const l1::l1_log& log : logs) {
    const auto event = l1::decode_chain_event(log.entry);
    const auto* executed = event ? std::get_if<l1::batch_executed>(&*event) : nullptr;
    if (!executed) continue;
    if (executed->number.value == 0 || executed->number.value > last)
      return fail(
          fmt::format("L1: batch {} was executed, {} were sealed", executed->number.value, last));
    ++out[executed->number.value - 1];
  }
  return out;
}

/// What each layer of the proof for L1 took, as the node tells everybody.
outcome<std::string> layers_of_proof(demo_run& run) {
  ASHLAR_TRY(const std::string text,
             run.layer2->tell(run.layer2->rpc().raw("ashlar_pipeline", "[]")));
  boost::system::error_code ec;
  const json::value v = json::parse(text, ec);
  const json::object* o = ec ? nullptr : v.if_object();
  const json::value* layers = o ? o->if_contains("proofLayers") : nullptr;
  if (!layers || !layers->is_array()) return fail("L2: ashlar_pipeline answered " + text);
  std::string out;
  for (const json::value& each : layers->as_array()) {
    const json::object* layer = each.if_object();
    const auto ms = layer ? parse_u256(text_of(*layer, "milliseconds")) : std::nullopt;
    if (!ms) return fail("L2: ashlar_pipeline answered " + text);
    out += fmt::format("{}{} {:.1f} s", out.empty() ? "" : ", ", text_of(*layer, "layer"),
                       static_cast<double>(ms->low()) / 1e3);
  }
  return out;
}

}  // namespace

outcome<std::string> step_execution(demo_run& run) {
  const u64 last = run.sealed_batches().size();
  ASHLAR_TRY(const auto at, await_execution(run, last));
  run.same("every batch is proved and executed on L1", "the last batch executed", u256{last},
           u256{at.executed.value});
  ASHLAR_TRY(const auto times, executions_on_l1(run, last));
  const auto once = static_cast<u64>(std::count(times.begin(), times.end(), 1u));
  run.check("each batch was executed once", once == last,
            fmt::format("{} of {} batches", once, last));
  const auto rows = run.sealed_batches();
  const auto known = static_cast<u64>(std::count_if(rows.begin(), rows.end(), [](const auto& b) {
    return b.l1_gas_prove != 0 && b.l1_gas_execute != 0;
  }));
  run.report.l1_gas_verify = run.around.verification_gas ? run.around.verification_gas() : 0;
  run.check("the node knows what proofs and executions took",
            known == rows.size() && run.report.l1_gas_verify != 0,
            fmt::format("{} of {} batches; {} L1 gas to verify their proofs", known, rows.size(),
                        run.report.l1_gas_verify));
  ASHLAR_TRY(const std::string layers, layers_of_proof(run));
  run.check("the layers of the proof are told", layers.find("outer") != std::string::npos, layers);
  return fmt::format("{} batches; the proof's layers: {}", last, layers);
}

}  // namespace ashlar::node::demo
