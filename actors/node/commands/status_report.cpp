#include "actors/node/commands/status_report.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "runtime/base/u256.hpp"

namespace ashlar::node {
namespace json = boost::json;

namespace {

std::string text_of(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v && v->is_string() ? std::string(v->as_string()) : std::string("-");
}

/// A quantity in decimal; "-" where there is none yet.
std::string number_of(const json::object& o, std::string_view key) {
  const auto number = parse_u256(text_of(o, key));
  return number ? to_decimal(*number) : "-";
}

const json::array* list_of(const json::object& o, std::string_view key) {
  const json::value* v = o.if_contains(key);
  return v ? v->if_array() : nullptr;
}

/// The number of a quantity; zero where there is none.
u64 count_of(const json::object& o, std::string_view key) {
  const auto number = parse_u256(text_of(o, key));
  return number && number->fits_u64() ? number->limb[0] : 0;
}

std::string text_of_worker(const json::object& w) {
  std::string doing = text_of(w, "state");
  if (doing == "proving") {
    const u64 done = count_of(w, "segmentsDone"), all = count_of(w, "segments");
    const u64 cycles = count_of(w, "cycles"), seconds = count_of(w, "seconds");
    doing += fmt::format(" batch {}, {}segment {} of {}, {} s", number_of(w, "batchNumber"),
                         count_of(w, "pass") == 2 ? "" : "commits to ",
                         all == 0 ? done + 1 : std::min(done + 1, all),
                         all == 0 ? "?" : std::to_string(all), seconds);
    if (cycles != 0 && seconds != 0 && all != 0)
      doing += fmt::format(", {} kHz over both passes", cycles / all * done / seconds / 1'000);
  }
  return fmt::format("{:<12} {}; {} proofs, {} refused, {} lost\n", text_of(w, "name"), doing,
                     number_of(w, "proofs"), number_of(w, "lies"), number_of(w, "lost"));
}

/// A job that failed, and what to do where it is tried but seldom.
std::string text_of_job(const json::object& job) {
  const std::string state = text_of(job, "state"), batch = number_of(job, "batchNumber");
  std::string out = fmt::format("batch {:<6} {}, failed {} times: {}\n", batch, state,
                                number_of(job, "failures"), text_of(job, "reason"));
  if (state == "stuck")
    out += fmt::format("{:<12} mend the cause, then: ashlar retry --config FILE --batch {}\n", "",
                       batch);
  return out;
}

/// What the last proof for L1 took, in all and by layer; nothing where there was none.
std::string layers_report(const json::array& layers) {
  u64 sum_ms = 0;
  std::string each;
  for (const json::value& v : layers)
    if (const json::object* layer = v.if_object()) {
      const u64 ms = count_of(*layer, "milliseconds");
      sum_ms += ms;
      each += fmt::format("{}{} {:.1f} s", each.empty() ? "" : ", ", text_of(*layer, "layer"),
                          static_cast<double>(ms) / 1e3);
    }
  if (each.empty()) return {};
  return fmt::format("{:<12} the last for L1 took {:.1f} s: {}\n", "proof",
                     static_cast<double>(sum_ms) / 1e3, each);
}

std::string fleet_report(const json::object& fleet) {
  std::string out = fmt::format("\nproved here  {} batches, {}\n", number_of(fleet, "proved"),
                                text_of(fleet, "params"));
  if (const json::array* workers = list_of(fleet, "workers"))
    for (const json::value& v : *workers)
      if (const json::object* worker = v.if_object()) out += text_of_worker(*worker);
  if (const json::array* jobs = list_of(fleet, "jobs"))
    for (const json::value& v : *jobs)
      if (const json::object* job = v.if_object(); job && count_of(*job, "failures") > 0)
        out += text_of_job(*job);
  return out;
}

}  // namespace

result<std::string, std::string> status_report(std::string_view health, std::string_view pipeline,
                                               std::string_view fleet) {
  boost::system::error_code ec;
  const json::value h = json::parse(health, ec);
  const json::value p = ec ? json::value{} : json::parse(pipeline, ec);
  const json::array* roles = !ec && h.is_object() ? list_of(h.get_object(), "roles") : nullptr;
  if (!roles || !p.is_object()) return fail(std::string("not an ashlar node"));

  std::string out = fmt::format("{:<12} {:<9} {:>8}  {}\n", "role", "state", "restarts", "doing");
  for (const json::value& v : *roles)
    if (const json::object* role = v.if_object())
      out +=
          fmt::format("{:<12} {:<9} {:>8}  {}\n", text_of(*role, "role"), text_of(*role, "state"),
                      number_of(*role, "restarts"), text_of(*role, "detail"));

  const json::object& o = p.get_object();
  const auto n = [&](std::string_view key) { return number_of(o, key); };
  out += fmt::format("\nblocks       latest {}, safe {}, finalized {}\n", n("latest"), n("safe"),
                     n("finalized"));
  out += fmt::format("batches      open {}; sealed {}, committed {}, proved {}, executed {}\n",
                     n("openBatch"), n("lastSealed"), n("lastCommitted"), n("lastProved"),
                     n("lastExecuted"));
  out +=
      fmt::format("mempool      {} pending, {} queued\n", n("mempoolPending"), n("mempoolQueued"));
  out += fmt::format("L1           block {}; {} priority operations wait\n", n("l1Head"),
                     n("priorityQueue"));
  if (const json::array* waits = list_of(o, "waits"))
    for (const json::value& v : *waits)
      if (const json::object* wait = v.if_object())
        out += fmt::format("{:<12} waits for {}\n", text_of(*wait, "step"),
                           text_of(*wait, "waitsFor"));
  if (const json::array* layers = list_of(o, "proofLayers")) out += layers_report(*layers);
  const json::value f = json::parse(fleet, ec);
  if (!ec && f.is_object()) out += fleet_report(f.get_object());
  return out;
}

}  // namespace ashlar::node
