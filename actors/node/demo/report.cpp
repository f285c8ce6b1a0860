#include "actors/node/demo/report.hpp"

#include <algorithm>
#include <cmath>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "runtime/base/ensure.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::node {
namespace json = boost::json;

namespace {

/// Milliseconds to the microsecond: more digits say nothing.
json::value rounded(const std::optional<double>& value) {
  if (!value) return nullptr;
  return std::round(*value * 1000) / 1000;
}

json::value hex_or_null(const std::optional<hash256>& value) {
  if (!value) return nullptr;
  return json::string(to_hex(*value));
}

std::string milliseconds(const std::optional<double>& value) {
  return value ? fmt::format("{:.2f} ms", *value) : "not measured";
}

/// A cell of L1 gas: what did not happen has no figure.
std::string gas_cell(u64 gas) {
  return gas == 0 ? "-" : std::to_string(gas);
}

std::string root_text(const std::optional<hash256>& root) {
  return root ? to_hex(*root) : "not known";
}

}  // namespace

demo_report report_of_none(std::string why, double seconds) {
  demo_report r;
  r.seconds = seconds;
  r.reason = "start: " + why;
  r.checks.push_back({"start", false, std::move(why)});
  return r;
}

std::optional<double> percentile(std::vector<double> samples, unsigned percent) {
  ensure(percent <= 100);
  if (samples.empty()) return std::nullopt;
  std::sort(samples.begin(), samples.end());
  const std::size_t rank = (samples.size() * percent + 99) / 100;
  return samples[rank == 0 ? 0 : rank - 1];
}

std::string to_json(const demo_report& r) {
  json::array batches;
  for (const batch_row& b : r.batches)
    batches.push_back(json::object{{"number", b.number},
                                   {"blocks", b.blocks},
                                   {"transactions", b.txns},
                                   {"gas", b.gas},
                                   {"pubdata_bytes", b.pubdata_bytes},
                                   {"stage", b.stage},
                                   {"l1_gas", json::object{{"commit", b.l1_gas_commit},
                                                           {"prove", b.l1_gas_prove},
                                                           {"execute", b.l1_gas_execute}}}});
  json::array checks;
  for (const demo_check& c : r.checks)
    checks.push_back(json::object{{"name", c.name}, {"ok", c.ok}, {"detail", c.detail}});
  const json::object all{
      {"ok", r.ok},
      {"seconds", rounded(r.seconds)},
      {"soft_confirmation_ms", json::object{{"p50", rounded(r.soft_confirmation_ms_p50)},
                                            {"p99", rounded(r.soft_confirmation_ms_p99)}}},
      {"state_root", json::object{{"sequencer", hex_or_null(r.sequencer_root)},
                                  {"restored", hex_or_null(r.restored_root)}}},
      {"l1_gas_verify", r.l1_gas_verify},
      {"batches", std::move(batches)},
      {"checks", std::move(checks)}};
  return json::serialize(all);
}

std::string to_table(const demo_report& r) {
  std::string out;
  for (const demo_check& c : r.checks)
    out += fmt::format("{} {}: {}\n", c.ok ? "  ok " : "FAIL ", c.name, c.detail);
  out += fmt::format("\n{:>5} {:>7} {:>6} {:>12} {:>10} {:>9}  {:<10} {:>10} {:>10} {:>10}\n",
                     "batch", "blocks", "txns", "gas", "pubdata B", "B / txn", "stage",
                     "commit gas", "prove gas", "exec. gas");
  for (const batch_row& b : r.batches) {
    const std::string each = b.txns == 0
                                 ? "-"
                                 : fmt::format("{:.1f}", static_cast<double>(b.pubdata_bytes) /
                                                             static_cast<double>(b.txns));
    out += fmt::format("{:>5} {:>7} {:>6} {:>12} {:>10} {:>9}  {:<10} {:>10} {:>10} {:>10}\n",
                       b.number, b.blocks, b.txns, b.gas, b.pubdata_bytes, each, b.stage,
                       gas_cell(b.l1_gas_commit), gas_cell(b.l1_gas_prove),
                       gas_cell(b.l1_gas_execute));
  }
  if (r.l1_gas_verify != 0) out += fmt::format("\nproofs verified on L1 {} gas\n", r.l1_gas_verify);
  out += fmt::format("\nsoft confirmation   p50 {}, p99 {}\n",
                     milliseconds(r.soft_confirmation_ms_p50),
                     milliseconds(r.soft_confirmation_ms_p99));
  out += fmt::format("state root          sequencer {}\n", root_text(r.sequencer_root));
  out += fmt::format("                    from L1   {}\n", root_text(r.restored_root));
  out += r.ok ? fmt::format("done in {:.1f} s: all {} checks hold\n", r.seconds, r.checks.size())
              : fmt::format("FAILED after {:.1f} s: {}\n", r.seconds, r.reason);
  return out;
}

}  // namespace ashlar::node
