#include "runtime/evm/transition.hpp"

#include <algorithm>

#include "runtime/evm/frame.hpp"
#include "runtime/evm/gas.hpp"
#include "runtime/types/l2_log.hpp"

namespace ashlar::evm {

namespace {

/// EIP-2929, 2930 and 3651: what is warm before the first instruction. Precompiles are warm by
/// their address.
void warm_up(state& over, const block_env& env, account_entry& sender,
             const std::optional<address>& to, const std::vector<access_list_entry>& list) {
  over.warm(sender);
  over.warm(over.entry(env.beneficiary));
  if (to) over.warm(over.entry(*to));
  for (const access_list_entry& e : list) {
    account_entry& a = over.entry(e.account);
    over.warm(a);
    for (const hash256& key : e.storage_keys) over.warm(over.slot(a, u256::from_be(key)));
  }
}

/// EIP-7702: sets the code of each authority whose tuple holds; skips the others.
void apply_authorizations(state& over, const block_env& env,
                          const std::vector<authorization>& list) {
  for (const authorization& a : list) {
    if (!a.chain_id.is_zero() && a.chain_id != u256{env.chain_id}) continue;
    if (a.nonce == ~u64{0}) continue;
    const auto signer = recover_authority(a);
    if (!signer) continue;
    account_entry& authority = over.entry(*signer);
    over.warm(authority);
    over.load(*signer);
    if (authority.now.has_code() && !delegation_of(over, authority)) continue;
    if (authority.now.nonce != a.nonce) continue;
    if (!authority.now.is_empty())
      over.add_refund(static_cast<i64>(gas::authorization - gas::authorization_refund));
    if (a.account.is_zero()) {
      over.set_code(authority, {});
    } else {
      u8 designator[delegation_bytes] = {0xef, 0x01, 0x00};
      std::memcpy(designator + 3, a.account.data(), 20);
      over.set_code(authority, {designator, sizeof designator});
    }
    over.set_nonce(authority, a.nonce + 1);
  }
}

struct top_call {
  address sender;
  std::optional<address> to;
  u256 value;
  bytes_view input;
  u64 gas = 0;
  u64 nonce = 0;  ///< of the sender, for the address of what is created
};

struct top_result {
  halt_reason reason = halt_reason::success;
  u64 gas_left = 0;
  bytes_view output{};
  std::optional<address> created;
};

top_result run_top(execution& run, const top_call& call) {
  state& over = run.over;
  message m;
  m.gas = call.gas;
  m.sender = call.sender;
  m.value = call.value;
  m.input = call.input;
  if (!call.to) {
    m.kind = call_kind::create;
    m.recipient = m.code_address = create_address(call.sender, call.nonce);
    over.warm(over.entry(m.recipient));
    const creation_result r = execute_creation(run, m, m.recipient);
    top_result t{r.reason, static_cast<u64>(r.gas_left), r.output, std::nullopt};
    if (r.reason == halt_reason::success) t.created = r.created;
    return t;
  }
  m.recipient = m.code_address = *call.to;
  account_entry& callee = over.load(*call.to);
  if (const auto target = delegation_of(over, callee)) over.warm(over.entry(*target));
  const frame_result r = execute_message(run, m);
  return {r.reason, static_cast<u64>(r.gas_left), r.output, std::nullopt};
}

/// L2 -> L1 logs and messages that the transaction sends, as pubdata.
u64 message_bytes(const std::vector<log_entry>& logs) noexcept {
  u64 n = 0;
  for (const log_entry& e : logs)
    if (e.account == l1_messenger_address) n += l2_log_bytes + e.data.size();
  return n;
}

/// What a transaction used once refunds, the calldata floor and pubdata are counted.
struct bill {
  u64 gas_used = 0;
  u64 spent_max = 0;  ///< the least gas limit that this execution needed
  u64 pubdata_bytes = 0;
};

/// The result of a priority operation as an L2 -> L1 log: kind, transaction number, hash.
constexpr u64 priority_result_bytes = 36;

bool counts_pubdata(const block_env& env) noexcept {
  return env.pubdata_gas_per_byte != 0 || env.pubdata_txn_bytes_max != 0;
}

u64 published_bytes(state& over, const txn_type type, const state::later_payment& later) {
  const u64 result = type == txn_type::priority ? priority_result_bytes : 0;
  return over.pubdata_bytes(later) + message_bytes(over.logs()) + result;
}

/// price * gas modulo 2^256. Prices nearly always fit a limb, which makes one product of ten.
u256 fee_of(const u256& price, u64 gas) noexcept {
  if (!price.fits_u64()) return price * u256{gas};
  const u64_pair p = mul_wide(price.low(), gas);
  return {0, 0, p.high, p.low};
}

/// Settles the gas of a top call and charges its pubdata, inside the gas limit. What cannot pay,
/// or publishes more than one transaction may, is undone to `before`, takes all gas, and ends as
/// out_of_pubdata_gas or pubdata_limit. `later` is what the sender or refund recipient gets back.
bill settle(state& over, const block_env& env, const state::snapshot& before, u64 gas_limit,
            u64 floor, txn_type type, const state::later_payment& later, top_result& r) {
  bill b;
  const auto without_pubdata = [&] {
    const u64 spent = gas_limit - r.gas_left;
    const u64 refund =
        std::min(static_cast<u64>(std::max<i64>(over.refund(), 0)), spent / gas::refund_quotient);
    b.spent_max = std::max(spent, floor);
    return std::max(spent - refund, floor);
  };
  b.gas_used = without_pubdata();
  if (!counts_pubdata(env)) return b;

  b.pubdata_bytes = published_bytes(over, type, later);
  const bool too_much =
      env.pubdata_txn_bytes_max != 0 && b.pubdata_bytes > env.pubdata_txn_bytes_max;
  const u256 charge = fee_of(b.pubdata_bytes, env.pubdata_gas_per_byte);
  if (too_much || charge > gas_limit - b.spent_max) {
    if (r.reason == halt_reason::success) {
      over.revert(before);
      r = {too_much ? halt_reason::pubdata_limit : halt_reason::out_of_pubdata_gas, 0, {}, {}};
      b.pubdata_bytes = published_bytes(over, type, later);
    }
    b.gas_used = b.spent_max = gas_limit;
    return b;
  }
  b.gas_used += charge.low();
  b.spent_max += charge.low();
  return b;
}

/// `to` is loaded.
void pay(state& over, account_entry& to, const u256& amount) {
  over.set_balance(to, to.now.balance + amount);
}
void pay(state& over, const address& to, const u256& amount) {
  pay(over, over.load(to), amount);
}

/// Beneficiary and base fee. Pays nobody twice: what is not base fee is tip.
void pay_fees(state& over, const block_env& env, u64 gas_used, const u256& price) {
  account_entry& beneficiary = over.load(env.beneficiary);
  if (env.base_fee_recipient == env.beneficiary) {
    pay(over, beneficiary, fee_of(price, gas_used));
    return;
  }
  const u256 base = price < env.base_fee ? price : env.base_fee;
  pay(over, beneficiary, fee_of(price - base, gas_used));
  if (env.base_fee_recipient) pay(over, *env.base_fee_recipient, fee_of(base, gas_used));
}

txn_outcome finish(state& over, const bill& b, const u256& price, const top_result& r) {
  txn_outcome out;
  out.success = r.reason == halt_reason::success;
  out.reason = r.reason;
  out.gas_used = b.gas_used;
  out.pubdata_bytes = b.pubdata_bytes;
  out.effective_gas_price = price;
  out.created = r.created;
  out.logs = over.take_logs();
  over.end_txn();
  over.space().run_ended(b.gas_used);
  return out;
}

/// Type 0x7f. The mint pays for all gas that the operation may use; what is above that goes towards
/// its value, and the sender's balance here pays for the rest of the value. A failure takes
/// nothing of that balance. The fee of the gas that was used goes to the fee vault, and what is
/// left of the mint to the refund recipient. Nothing in the state can prevent the receipt.
txn_outcome execute_priority(state& over, const block_env& env, const txn& t, const address& sender,
                             tracer* observer) {
  over.begin_txn(env.memory);
  execution run{over, env, sender, t.max_fee_per_gas, {}, observer};
  warm_up(over, env, over.entry(sender), t.to, t.access_list);
  const u256 price = t.max_fee_per_gas;
  const intrinsic_cost cost = intrinsic_gas(t, env.rev);
  const auto fee_max = checked_mul(price, t.gas_limit);
  const bool pays_gas = fee_max && *fee_max <= t.priority.mint;
  const u256 brought = pays_gas ? std::min(t.value, t.priority.mint - *fee_max) : u256{};
  const bool covered = pays_gas && over.load(sender).now.balance >= t.value - brought;
  // EIP-7825's cap holds here, too, whatever L1 let through: what a proof holds is bounded by it.
  const u64 gas_most = env.rev >= revision::osaka ? gas::txn_max : gas::representable_max;
  const bool gas_in_range =
      t.gas_limit >= std::max(cost.gas, cost.floor) && t.gas_limit <= gas_most;

  const state::later_payment refund{&over.load(t.priority.refund_recipient), t.priority.mint};
  const state::snapshot before = over.mark();
  top_result r;
  bill b;
  if (!covered || !gas_in_range) {
    r.reason = covered ? halt_reason::out_of_gas : halt_reason::insufficient_balance;
    b.gas_used = b.spent_max = t.gas_limit;
    if (counts_pubdata(env)) b.pubdata_bytes = published_bytes(over, t.type, refund);
  } else {
    pay(over, sender, brought);
    r = run_top(
        run, {sender, t.to, t.value, t.data, t.gas_limit - cost.gas, over.load(sender).now.nonce});
    if (r.reason != halt_reason::success) over.revert(before);
    b = settle(over, env, before, t.gas_limit, cost.floor, t.type, refund, r);
  }
  const auto owed = checked_mul(price, b.gas_used);
  const u256 fee = owed && *owed < t.priority.mint ? *owed : t.priority.mint;
  const u256 spent = r.reason == halt_reason::success ? fee + brought : fee;
  pay(over, env.base_fee_recipient ? *env.base_fee_recipient : env.beneficiary, fee);
  pay(over, t.priority.refund_recipient, t.priority.mint - spent);
  return finish(over, b, price, r);
}

}  // namespace

result<txn_outcome, txn_rejection> execute_txn(state& over, const block_env& env, const txn& t,
                                               const address& sender, tracer* observer) {
  if (t.is_priority()) return execute_priority(over, env, t, sender, observer);
  ASHLAR_TRY(const intrinsic_cost cost, validate_txn(over, env, t, sender));

  over.begin_txn(env.memory);
  const u256 tip = std::min(t.max_priority_fee_per_gas, t.max_fee_per_gas - env.base_fee);
  const u256 price = env.base_fee + tip;
  account_entry& from = over.load(sender);
  u256 prepaid = fee_of(price, t.gas_limit);
  if (t.type == txn_type::blob)
    prepaid += env.blob_base_fee * u256{gas::blob * t.blob_hashes.size()};
  over.set_balance(from, from.now.balance - prepaid);
  over.set_nonce(from, t.nonce + 1);
  warm_up(over, env, from, t.to, t.access_list);
  apply_authorizations(over, env, t.authorizations);

  execution run{over, env, sender, price, t.blob_hashes, observer};
  const state::snapshot before = over.mark();
  top_result r = run_top(run, {sender, t.to, t.value, t.data, t.gas_limit - cost.gas, t.nonce});
  const bill b = settle(over, env, before, t.gas_limit, cost.floor, t.type,
                        {&from, fee_of(price, t.gas_limit)}, r);

  pay(over, from, fee_of(price, t.gas_limit - b.gas_used));
  pay_fees(over, env, b.gas_used, price);
  return finish(over, b, price, r);
}

call_outcome execute_call(state& over, const block_env& env, const call_request& request,
                          tracer* observer) {
  call_outcome out;
  const auto refuse = [&](rejection why, const u256& have, const u256& want) {
    out.rejected = txn_rejection{why, have, want};
    return out;
  };
  txn t;
  t.to = request.to;
  t.data = request.input;
  t.access_list = request.access_list;
  t.authorizations = request.authorizations;
  const intrinsic_cost cost = intrinsic_gas(t, env.rev);
  if (request.gas_limit > gas::representable_max)
    return refuse(rejection::gas_cap, request.gas_limit, gas::representable_max);
  if (request.gas_limit < cost.gas)
    return refuse(rejection::intrinsic_gas, request.gas_limit, cost.gas);
  if (request.gas_limit < cost.floor)
    return refuse(rejection::floor_gas, request.gas_limit, cost.floor);
  if (!t.to && t.data.size() > gas::initcode_bytes_max)
    return refuse(rejection::initcode_size, u64{t.data.size()}, gas::initcode_bytes_max);
  if (request.check_base_fee && request.gas_price < env.base_fee)
    return refuse(rejection::fee_cap_below_base_fee, request.gas_price, env.base_fee);

  over.begin_txn(env.memory);
  const state::snapshot start = over.mark();
  account_entry& from = over.load(request.from);
  u256 need = request.value;
  if (request.check_funds) {
    const auto fee = checked_mul(request.gas_price, request.gas_limit);
    const auto sum = fee ? checked_add(*fee, request.value) : std::nullopt;
    need = sum.value_or(u256::max());
  }
  if (from.now.balance < need) return refuse(rejection::insufficient_funds, from.now.balance, need);
  // As in a transaction the gas is paid for before the call, so BALANCE sees the same.
  if (request.check_funds) over.set_balance(from, from.now.balance - (need - request.value));
  state::later_payment later;
  if (request.check_funds) later = {&from, need - request.value};
  const u64 nonce = from.now.nonce;
  over.set_nonce(from, nonce + 1);
  warm_up(over, env, from, request.to, request.access_list);
  apply_authorizations(over, env, request.authorizations);

  execution run{over, env, request.from, request.gas_price, request.blob_hashes, observer};
  const state::snapshot before = over.mark();
  top_result r = run_top(run, {request.from, request.to, request.value, request.input,
                               request.gas_limit - cost.gas, nonce});
  const bill b = settle(over, env, before, request.gas_limit, cost.floor, t.type, later, r);
  out.success = r.reason == halt_reason::success;
  out.reason = r.reason;
  // A caller seldom says why its callee failed, and gas is not what would help.
  if (!out.success && r.output.empty() && over.was_refused_memory())
    out.reason = halt_reason::memory_limit;
  out.gas_used = b.gas_used;
  out.gas_spent_max = b.spent_max;
  out.pubdata_bytes = b.pubdata_bytes;
  out.output = to_bytes(r.output);
  out.created = r.created;
  out.logs = over.take_logs();
  over.revert(start);
  over.space().run_ended(b.gas_used);
  return out;
}

}  // namespace ashlar::evm
