#include "actors/node/status_report.hpp"

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

}  // namespace

result<std::string, std::string> status_report(std::string_view health, std::string_view pipeline) {
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
  return out;
}

}  // namespace ashlar::node
