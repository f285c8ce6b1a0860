#include <limits>

#include "net/rpc/encode.hpp"
#include "net/rpc/json_out.hpp"
#include "net/rpc/method.hpp"

/// Logs, filters and subscriptions.
namespace ashlar::rpc {
namespace {

constexpr block_number open_end{std::numeric_limits<u64>::max()};

rpc_error over(std::string message) {
  return {code::limit, std::move(message), {}};
}

result<log_query, rpc_error> query_argument(const call_in& in, std::size_t i) {
  return in.get(i, [&](const json::value& v) {
    return decode_log_query(v, in.s.config.log_alternatives_max);
  });
}

result<log_filter, rpc_error> filter_of(services& s, log_query query) {
  log_filter out;
  out.addresses = std::move(query.addresses);
  out.topics = std::move(query.topics);
  if (query.block_hash) {
    const auto n = s.chain.number_of(*query.block_hash);
    if (!n) return fail(rpc_error{code::server, "unknown block", {}});
    out.from = out.to = *n;
    return out;
  }
  const block_number latest = s.chain.heads().latest;
  // A number beyond the head is a range that is empty now, not an error.
  const auto bound = [&](const std::optional<block_id>& id) -> result<block_number, rpc_error> {
    if (!id) return latest;
    if (const auto* n = std::get_if<block_number>(&*id)) return *n;
    return resolve(s, *id);
  };
  ASHLAR_TRY(out.from, bound(query.from));
  ASHLAR_TRY(out.to, bound(query.to));
  if (out.from > out.to) return fail(invalid_params("invalid block range params"));
  return out;
}

rpc_error too_large() {
  return {code::response_too_large, "response too large", {}};
}

/// What the answer may still take: a byte of a log is two of its text.
log_limits limits_of(services& s, std::size_t answered_bytes) {
  log_limits out;
  out.results_max = s.config.log_results_max;
  out.bytes_max =
      (s.config.response_bytes_max - std::min(s.config.response_bytes_max, answered_bytes)) / 2;
  out.expired = [&time = s.time, end = s.time.steady() + s.config.log_time_max] {
    return time.steady() >= end;
  };
  return out;
}

rpc_error to_log_error(const services& s, const backend_error& e) {
  switch (e.code) {
    case backend_errc::too_many_results:
      return over("query returned more than " + std::to_string(s.config.log_results_max) +
                  " results");
    case backend_errc::too_many_bytes:
      return too_large();
    case backend_errc::timeout:
      return {code::server, "query timeout exceeded, ask for fewer blocks", {}};
    default:
      return rpc::to_rpc_error(e);
  }
}

outcome put_logs(services& s, const log_filter& filter, std::string& out) {
  log_filter clipped = filter;
  clipped.to = std::min(filter.to, s.chain.heads().latest);
  if (clipped.from > clipped.to) {
    out += "[]";
    return nothing{};
  }
  const u64 blocks = clipped.to.value - clipped.from.value + 1;
  if (blocks > s.config.log_blocks_max)
    return fail(over("exceed maximum block range: " + std::to_string(s.config.log_blocks_max)));
  const auto found = s.chain.logs(clipped, limits_of(s, out.size()));
  if (!found) return fail(to_log_error(s, found.error()));
  out += '[';
  for (const found_log& log : *found) {
    if (&log != &found->front()) out += ',';
    append_log(out, log);
    // Not when the whole is there: the text of short logs is many times their bytes.
    if (out.size() > s.config.response_bytes_max) return fail(too_large());
  }
  out += ']';
  return nothing{};
}

outcome get_logs(const call_in& in, std::string& out) {
  ASHLAR_TRY(log_query query, query_argument(in, 0));
  ASHLAR_TRY(const log_filter filter, filter_of(in.s, std::move(query)));
  return put_logs(in.s, filter, out);
}

constexpr const char* alternatives_text = "too many addresses and topics for this address";

rpc_error to_rpc_error(filter_errc e) {
  switch (e) {
    case filter_errc::too_many:
      return over("too many filters");
    case filter_errc::too_many_of_address:
      return over("too many filters for this address");
    case filter_errc::too_many_alternatives:
      break;
  }
  return over(alternatives_text);
}

outcome install(const call_in& in, filter_state state, std::string& out) {
  state.next_block = in.s.chain.heads().latest.next();
  state.next_pending = in.s.hub.ring().next();
  const auto id = in.s.filters.add(std::move(state), in.from.who, in.s.time.steady());
  if (!id) return fail(to_rpc_error(id.error()));
  append_data(out, *id);
  return nothing{};
}

outcome new_filter(const call_in& in, std::string& out) {
  ASHLAR_TRY(log_query query, query_argument(in, 0));
  if (query.block_hash) return fail(invalid_params("blockHash is not allowed in a filter"));
  const bool no_end = !query.to || *query.to == block_id(block_tag::latest) ||
                      *query.to == block_id(block_tag::pending);
  if (no_end) query.to = block_id(open_end);
  ASHLAR_TRY(log_filter filter, filter_of(in.s, std::move(query)));
  return install(in, {filter_kind::logs, std::move(filter), {}, 0}, out);
}

outcome new_block_filter(const call_in& in, std::string& out) {
  return install(in, {filter_kind::blocks, {}, {}, 0}, out);
}

outcome new_pending_filter(const call_in& in, std::string& out) {
  return install(in, {filter_kind::pending, {}, {}, 0}, out);
}

decoded<fixed_bytes<16>> decode_id(const json::value& v) {
  ASHLAR_TRY(const bytes raw, decode_data(v));
  if (raw.size() != 16) return fail(std::string("not an id"));
  return fixed_bytes<16>::copy_of(raw.data());
}

rpc_error no_filter() {
  return {code::server, "filter not found", {}};
}

/// Hashes of the blocks, one at least and then while there is time; the first that is left.
block_number put_hashes(services& s, block_number from, block_number last, std::string& out) {
  const auto expired = limits_of(s, out.size()).expired;
  out += '[';
  block_number n = from;
  do {
    if (const auto hash = s.chain.hash_of(n)) {
      if (out.back() != '[') out += ',';
      append_data(out, *hash);
    }
    n = n.next();
  } while (n <= last && !expired());
  out += ']';
  return n;
}

outcome filter_changes(const call_in& in, std::string& out) {
  ASHLAR_TRY(const auto id, in.get(0, decode_id));
  auto state = in.s.filters.find(id, in.s.time.steady());
  if (!state) return fail(no_filter());
  if (state->kind == filter_kind::pending) {
    append_array(out, in.s.hub.ring().since(state->next_pending),
                 [&](const hash256& h) { append_data(out, h); });
    in.s.filters.advance(id, state->next_block, state->next_pending);
    return nothing{};
  }
  const block_number latest = in.s.chain.heads().latest;
  if (state->next_block > latest) {
    out += "[]";
    return nothing{};
  }
  // Who polls too seldom, or whose time is over, gets the oldest part first and the rest at the
  // next polls.
  const block_number last{
      std::min(latest.value, state->next_block.value + in.s.config.log_blocks_max - 1)};
  block_number next = last.next();
  if (state->kind == filter_kind::blocks) {
    next = put_hashes(in.s, state->next_block, last, out);
  } else {
    log_filter range = state->logs;
    range.from = std::max(state->logs.from, state->next_block);
    range.to = std::min(state->logs.to, last);
    if (range.from > range.to)
      out += "[]";
    else
      ASHLAR_CHECK(put_logs(in.s, range, out));
  }
  in.s.filters.advance(id, next, state->next_pending);
  return nothing{};
}

outcome filter_logs(const call_in& in, std::string& out) {
  ASHLAR_TRY(const auto id, in.get(0, decode_id));
  const auto state = in.s.filters.find(id, in.s.time.steady());
  if (!state || state->kind != filter_kind::logs) return fail(no_filter());
  return put_logs(in.s, state->logs, out);
}

outcome uninstall_filter(const call_in& in, std::string& out) {
  ASHLAR_TRY(const auto id, in.get(0, decode_id));
  out += in.s.filters.remove(id) ? "true" : "false";
  return nothing{};
}

outcome subscribe(const call_in& in, std::string& out) {
  if (!in.from.channel)
    return fail(rpc_error{code::unknown_method, "notifications not supported", {}});
  const json::value& name = in.at(0);
  if (!name.is_string()) return fail(invalid_argument(0, "not a subscription name"));
  const std::string_view text{name.get_string().data(), name.get_string().size()};
  subscription_kind kind{};
  log_filter filter;
  if (text == "newHeads") {
    kind = subscription_kind::heads;
  } else if (text == "logs") {
    kind = subscription_kind::logs;
    ASHLAR_TRY(log_query query, query_argument(in, 1));
    filter.addresses = std::move(query.addresses);
    filter.topics = std::move(query.topics);
  } else if (text == "newPendingTransactions") {
    bool full = false;
    if (in.has(1)) {
      ASHLAR_TRY(full, in.get(1, decode_bool));
    }
    kind = full ? subscription_kind::pending_txns : subscription_kind::pending_hashes;
  } else {
    return fail(rpc_error{code::unknown_method,
                          "no \"" + std::string(text) + "\" subscription in eth namespace",
                          {}});
  }
  fixed_bytes<16> id;
  in.s.random.fill({id.data(), id.size()});
  const auto added =
      in.s.hub.add(id, {in.from.connection, in.from.who, in.from.channel}, kind, std::move(filter));
  if (!added)
    return fail(over(added.error() == subscribe_errc::too_many
                         ? "too many subscriptions on this connection"
                         : alternatives_text));
  in.activate.push_back(id);
  append_data(out, id);
  return nothing{};
}

outcome unsubscribe(const call_in& in, std::string& out) {
  if (!in.from.channel)
    return fail(rpc_error{code::unknown_method, "notifications not supported", {}});
  ASHLAR_TRY(const auto id, in.get(0, decode_id));
  if (!in.s.hub.remove(id, in.from.connection))
    return fail(rpc_error{code::server, "subscription not found", {}});
  out += "true";
  return nothing{};
}

}  // namespace

void add_filter_methods(method_table& to) {
  to["eth_getLogs"] = {get_logs, 1, 1, 20, http::lane::heavy};
  to["eth_newFilter"] = {new_filter, 1, 1, 5};
  to["eth_newBlockFilter"] = {new_block_filter, 0, 0, 5};
  to["eth_newPendingTransactionFilter"] = {new_pending_filter, 0, 0, 5};
  to["eth_getFilterChanges"] = {filter_changes, 1, 1, 10, http::lane::heavy};
  to["eth_getFilterLogs"] = {filter_logs, 1, 1, 20, http::lane::heavy};
  to["eth_uninstallFilter"] = {uninstall_filter, 1, 1};
  to["eth_subscribe"] = {subscribe, 1, 2, 5};
  to["eth_unsubscribe"] = {unsubscribe, 1, 1};
}

}  // namespace ashlar::rpc
