#include "net/rpc/encode.hpp"
#include "net/rpc/json_out.hpp"
#include "net/rpc/method.hpp"

/// Accounts, storage, proofs and fees.
namespace ashlar::rpc {
namespace {

/// Looking at so many transactions costs a token: some 30 us, as the gas of a call.
constexpr std::size_t fee_txns_per_cost = 16;

template <class T>
result<T, rpc_error> lift(answer<T> a) {
  if (!a) return fail(to_rpc_error(a.error()));
  return std::move(*a);
}

outcome get_balance(const call_in& in, std::string& out) {
  ASHLAR_TRY(const address who, in.get(0, decode_address));
  ASHLAR_TRY(const block_number at, block_argument(in, 1));
  ASHLAR_TRY(const account_view account, lift(in.s.chain.account(who, at)));
  append_quantity(out, account.balance);
  return nothing{};
}

outcome get_nonce(const call_in& in, std::string& out) {
  ASHLAR_TRY(const address who, in.get(0, decode_address));
  ASHLAR_TRY(const block_id id, in.get(1, decode_block_id));
  if (id == block_id(block_tag::pending)) {
    append_quantity(out, in.s.chain.pending_nonce(who));
    return nothing{};
  }
  ASHLAR_TRY(const block_number at, resolve(in.s, id));
  ASHLAR_TRY(const account_view account, lift(in.s.chain.account(who, at)));
  append_quantity(out, account.nonce);
  return nothing{};
}

outcome get_code(const call_in& in, std::string& out) {
  ASHLAR_TRY(const address who, in.get(0, decode_address));
  ASHLAR_TRY(const block_number at, block_argument(in, 1));
  ASHLAR_TRY(const bytes code, lift(in.s.chain.code(who, at)));
  append_data(out, code);
  return nothing{};
}

outcome get_storage(const call_in& in, std::string& out) {
  ASHLAR_TRY(const address who, in.get(0, decode_address));
  ASHLAR_TRY(const u256 slot, in.get(1, decode_slot));
  ASHLAR_TRY(const block_number at, block_argument(in, 2));
  ASHLAR_TRY(const u256 word, lift(in.s.chain.storage(who, slot, at)));
  append_data(out, word.to_be());
  return nothing{};
}

outcome get_proof(const call_in& in, std::string& out) {
  ASHLAR_TRY(const address who, in.get(0, decode_address));
  const json::value& list = in.at(1);
  std::vector<u256> slots;
  if (!list.is_null()) {
    if (!list.is_array()) return fail(invalid_argument(1, "not an array"));
    if (list.get_array().size() > in.s.config.proof_slots_max)
      return fail(
          invalid_params("too many slots, at most " + std::to_string(in.s.config.proof_slots_max)));
    for (const json::value& item : list.get_array()) {
      auto slot = decode_slot(item);
      if (!slot) return fail(invalid_argument(1, slot.error()));
      slots.push_back(*slot);
    }
  }
  ASHLAR_TRY(const block_number at, block_argument(in, 2));
  ASHLAR_TRY(const account_proof proof, lift(in.s.chain.proof(who, slots, at)));
  append_proof(out, who, proof);
  return nothing{};
}

outcome gas_price(const call_in& in, std::string& out) {
  const fee_quote fees = in.s.chain.fees();
  append_quantity(out, fees.next_base_fee + fees.suggested_tip);
  return nothing{};
}

outcome max_priority_fee(const call_in& in, std::string& out) {
  append_quantity(out, in.s.chain.fees().suggested_tip);
  return nothing{};
}

result<std::vector<double>, rpc_error> percentiles_of(const call_in& in) {
  std::vector<double> out;
  if (!in.has(2)) return out;
  if (!in.at(2).is_array()) return fail(invalid_argument(2, "not an array"));
  const json::array& list = in.at(2).get_array();
  if (list.size() > in.s.config.fee_percentiles_max)
    return fail(invalid_params("too many percentiles, at most " +
                               std::to_string(in.s.config.fee_percentiles_max)));
  for (const json::value& v : list) {
    if (!v.is_number()) return fail(invalid_argument(2, "percentile is not a number"));
    const double p = v.is_double()  ? v.get_double()
                     : v.is_int64() ? static_cast<double>(v.get_int64())
                                    : static_cast<double>(v.get_uint64());
    if (!(p >= 0 && p <= 100)) return fail(invalid_params("invalid reward percentile"));
    if (!out.empty() && p < out.back())
      return fail(invalid_params("invalid reward percentile: must not fall"));
    out.push_back(p);
  }
  return out;
}

outcome fee_history_of(const call_in& in, std::string& out) {
  ASHLAR_TRY(u64 blocks, in.get(0, decode_u64_or_number));
  ASHLAR_TRY(const block_number newest, block_argument(in, 1));
  ASHLAR_TRY(const std::vector<double> percentiles, percentiles_of(in));
  blocks = std::min(blocks, in.s.config.fee_history_blocks_max);
  if (blocks == 0) {
    out += R"({"oldestBlock":"0x0","gasUsedRatio":null})";
    return nothing{};
  }
  u64 cost = 0;
  const auto goes_on = [&, end = in.s.time.steady() + in.s.config.log_time_max](std::size_t txns) {
    cost += 1 + txns / fee_txns_per_cost;
    return in.s.time.steady() < end;
  };
  auto looked = in.s.chain.fees_of(blocks, newest, percentiles, goes_on);
  if (in.from.owe) in.from.owe(cost);
  if (!looked && looked.error().code == backend_errc::timeout)
    return fail(rpc_error{code::server, "query timeout exceeded, ask for fewer blocks", {}});
  ASHLAR_TRY(const fee_history fees, lift(std::move(looked)));
  object_out o(out);
  o.quantity("oldestBlock", fees.oldest);
  if (!percentiles.empty()) {
    append_array(o.key("reward"), fees.rewards, [&](const std::vector<u256>& row) {
      append_array(out, row, [&](const u256& tip) { append_quantity(out, tip); });
    });
  }
  append_array(o.key("baseFeePerGas"), fees.base_fees,
               [&](const u256& fee) { append_quantity(out, fee); });
  append_array(o.key("gasUsedRatio"), fees.gas_used_ratios,
               [&](double ratio) { append_double(out, ratio); });
  o.end();
  return nothing{};
}

}  // namespace

void add_state_methods(method_table& to) {
  to["eth_getBalance"] = {get_balance, 1, 2};
  to["eth_getTransactionCount"] = {get_nonce, 1, 2};
  to["eth_getCode"] = {get_code, 1, 2, 2};
  to["eth_getStorageAt"] = {get_storage, 2, 3};
  to["eth_getProof"] = {get_proof, 2, 3, 20, http::lane::heavy};
  to["eth_gasPrice"] = {gas_price};
  to["eth_maxPriorityFeePerGas"] = {max_priority_fee};
  to["eth_feeHistory"] = {fee_history_of, 2, 3, 10, http::lane::heavy};
}

}  // namespace ashlar::rpc
