#include "net/rpc/json_out.hpp"
#include "net/rpc/method.hpp"

/// Execution that keeps nothing.
namespace ashlar::rpc {
namespace {

struct call_args {
  call_request request;
  block_number at;
  state_overrides accounts;
  block_overrides block;
  call_limits limits;
};

result<call_args, rpc_error> read_args(const call_in& in, gas_bill& bill) {
  call_args out;
  const u64 chain_id = in.s.chain.constants().chain_id;
  ASHLAR_TRY(out.request,
             in.get(0, [&](const json::value& v) { return decode_call(v, chain_id); }));
  ASHLAR_TRY(out.at, block_argument(in, 1));
  ASHLAR_TRY(out.accounts, in.get(2, decode_state_overrides));
  ASHLAR_TRY(out.block, in.get(3, decode_block_overrides));
  out.limits = bill.limits();
  if (out.request.gas) out.request.gas = std::min(*out.request.gas, out.limits.gas_max);
  return out;
}

outcome call(const call_in& in, std::string& out) {
  gas_bill bill(in);
  ASHLAR_TRY(const call_args a, read_args(in, bill));
  const auto got = in.s.chain.call(a.request, a.at, a.accounts, a.block, a.limits);
  if (!got) return fail(to_rpc_error(got.error()));
  if (got->status != call_status::success) return fail(to_rpc_error(*got));
  append_data(out, got->output);
  return nothing{};
}

outcome estimate_gas(const call_in& in, std::string& out) {
  gas_bill bill(in);
  ASHLAR_TRY(const call_args a, read_args(in, bill));
  const auto got = in.s.chain.estimate_gas(a.request, a.at, a.accounts, a.block, a.limits);
  if (!got) return fail(to_rpc_error(got.error()));
  if (got->outcome.status != call_status::success) return fail(to_rpc_error(got->outcome));
  append_quantity(out, got->gas);
  return nothing{};
}

outcome create_access_list(const call_in& in, std::string& out) {
  gas_bill bill(in);
  ASHLAR_TRY(const call_args a, read_args(in, bill));
  const auto got = in.s.chain.create_access_list(a.request, a.at, a.accounts, a.limits);
  if (!got) return fail(to_rpc_error(got.error()));
  object_out o(out);
  append_array(o.key("accessList"), got->list, [&](const access_list_entry& e) {
    object_out entry(out);
    entry.data("address", e.account);
    append_array(entry.key("storageKeys"), e.storage_keys,
                 [&](const hash256& k) { append_data(out, k); });
    entry.end();
  });
  // As geth: a failing call still has a list, and says so beside it.
  if (got->outcome.status != call_status::success)
    o.text("error", to_rpc_error(got->outcome).message);
  o.quantity("gasUsed", got->outcome.gas_used);
  o.end();
  return nothing{};
}

}  // namespace

call_limits gas_bill::limits() noexcept {
  return {in_.s.config.call_gas_max, in_.s.config.call_time_max, &gas_};
}

gas_bill::~gas_bill() {
  const u64 cost = gas_ / in_.s.config.call_gas_per_cost;
  if (cost != 0 && in_.from.owe) in_.from.owe(cost);
}

void add_call_methods(method_table& to) {
  to["eth_call"] = {call, 1, 4, 10, http::lane::heavy};
  to["eth_estimateGas"] = {estimate_gas, 1, 4, 20, http::lane::heavy};
  to["eth_createAccessList"] = {create_access_list, 1, 3, 20, http::lane::heavy};
}

}  // namespace ashlar::rpc
