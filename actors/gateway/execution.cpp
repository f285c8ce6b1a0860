#include "actors/gateway/execution.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "actors/gateway/override_reader.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/evm/gas.hpp"
#include "runtime/evm/precompiles.hpp"

namespace ashlar::gateway {
namespace {

using rpc::backend_errc;
using rpc::backend_error;

failure<backend_error> reject(std::string sentence) {
  return fail(backend_error{backend_errc::call_rejected, std::move(sentence)});
}

/// One for each thread that serves calls: prepared codes and frames are used again.
evm::workspace& thread_workspace(const gateway_config& config) {
  thread_local evm::workspace space({.code_cache_bytes_max = config.call_code_cache_bytes_max,
                                     .hash_seed = config.call_hash_seed});
  return space;
}

evm::block_env env_of(const call_base& base, const rpc::block_overrides& changes) {
  const block_header& h = base.at;
  evm::block_env env;
  env.number = changes.number.value_or(h.number.value);
  env.timestamp = changes.time.value_or(h.timestamp.value);
  env.gas_limit = changes.gas_limit.value_or(h.gas_limit);
  env.beneficiary = changes.fee_recipient.value_or(h.beneficiary);
  env.base_fee = changes.base_fee.value_or(h.base_fee_per_gas.value_or(u256{}));
  env.prev_randao = changes.prev_randao.value_or(h.mix_hash);
  env.chain_id = base.chain.chain_id;
  env.rev = base.chain.revision_at(unix_seconds{env.timestamp});
  env.pubdata_gas_per_byte = base.chain.pubdata_gas_per_byte;
  env.pubdata_txn_bytes_max = base.chain.pubdata_txn_bytes_max;
  env.memory = txn_memory_bounds;
  env.proving_cycles_per_gas = base.chain.proving_cycles_per_gas;
  env.hashes = &base.hashes;
  env.base_fee_recipient = base.chain.fee_vault;
  return env;
}

/// geth's sentence for a call that is not executable.
std::string sentence_of(const evm::txn_rejection& r, const address& from) {
  const std::string text = evm::to_text(r.reason), have = to_decimal(r.have),
                    want = to_decimal(r.want);
  switch (r.reason) {
    case evm::rejection::insufficient_funds:
      return text + ": address " + to_hex(from.data_) + " have " + have + " want " + want;
    case evm::rejection::intrinsic_gas:
    case evm::rejection::floor_gas:
      return text + ": have " + have + ", want " + want;
    case evm::rejection::initcode_size:
      return text + ": code size " + have + " limit " + want;
    default:
      return text;
  }
}

rpc::call_outcome to_outcome(evm::call_outcome&& from) {
  rpc::call_outcome out;
  out.gas_used = from.gas_used;
  if (from.success) {
    out.output = std::move(from.output);
  } else if (from.reason == evm::halt_reason::revert) {
    out.status = rpc::call_status::reverted;
    out.output = std::move(from.output);
  } else {
    out.status = rpc::call_status::halted;
    out.halt = evm::to_text(from.reason);
  }
  return out;
}

/// A request made ready to be run any number of times.
class prepared_call {
 public:
  prepared_call(const call_base& base, const rpc::call_request& request,
                const rpc::state_overrides& accounts, const rpc::block_overrides& block,
                const rpc::call_limits& limits)
      : base_(base),
        reader_(base.state, accounts),
        state_(reader_, &thread_workspace(base.config)),
        env_(env_of(base, block)),
        gas_max_(std::min(limits.gas_max, base.config.call_gas_max)),
        deadline_(base.time.steady() + limits.time_max),
        gas_run_(limits.gas_run) {
    message_.from = request.from.value_or(address{});
    message_.to = request.to;
    message_.value = request.value;
    message_.input = request.data;
    message_.access_list = request.access_list;
    message_.authorizations = request.authorizations;
    fee_cap_ = request.gas_price.value_or(request.max_fee_per_gas.value_or(u256{}));
    tip_cap_ = request.gas_price.value_or(request.max_priority_fee_per_gas.value_or(u256{}));
  }

  /// Checks the fees against the base fee. Without fees the call is free and BASEFEE reads zero.
  status<backend_error> price() {
    if (fee_cap_.is_zero() && tip_cap_.is_zero()) {
      env_.base_fee = {};
      return nothing{};
    }
    const std::string who = ": address " + to_hex(message_.from.data_);
    if (fee_cap_ < tip_cap_)
      return reject(evm::to_text(evm::rejection::tip_above_fee_cap) + who +
                    ", maxPriorityFeePerGas: " + to_decimal(tip_cap_) +
                    ", maxFeePerGas: " + to_decimal(fee_cap_));
    if (fee_cap_ < env_.base_fee)
      return reject(evm::to_text(evm::rejection::fee_cap_below_base_fee) + who +
                    ", maxFeePerGas: " + to_decimal(fee_cap_) +
                    ", baseFee: " + to_decimal(env_.base_fee));
    message_.gas_price = env_.base_fee + std::min(tip_cap_, fee_cap_ - env_.base_fee);
    message_.check_funds = true;
    return nothing{};
  }

  /// Whether the balance covers gas * fee cap + value, which is more than what is paid.
  status<backend_error> check_funds(u64 gas) {
    if (!message_.check_funds) return nothing{};
    const auto fee = checked_mul(fee_cap_, u256{gas});
    const auto want = fee ? checked_add(*fee, message_.value) : std::nullopt;
    const u256 have = balance();
    if (want && !(have < *want)) return nothing{};
    return reject(sentence_of(
        {evm::rejection::insufficient_funds, have, want.value_or(u256::max())}, message_.from));
  }

  /// Error: the time is over.
  result<evm::call_outcome, backend_error> run(u64 gas, evm::tracer* observer = nullptr) {
    if (runs_ != 0 && base_.time.steady() >= deadline_)
      return fail(backend_error{backend_errc::timeout, {}});
    ++runs_;
    message_.gas_limit = gas;
    evm::call_outcome out = evm::execute_call(state_, env_, message_, observer);
    if (gas_run_ != nullptr) *gas_run_ += std::max(out.gas_used, out.gas_spent_max);
    return out;
  }

  u256 balance() {
    const auto account = reader_.get_account(message_.from);
    return account ? account->balance : u256{};
  }
  u64 gas_max() const noexcept { return gas_max_; }
  const u256& fee_cap() const noexcept { return fee_cap_; }
  const evm::block_env& env() const noexcept { return env_; }
  evm::call_request& message() noexcept { return message_; }

 private:
  const call_base& base_;
  override_reader reader_;
  evm::state state_;
  evm::block_env env_;
  evm::call_request message_;
  u256 fee_cap_, tip_cap_;
  const u64 gas_max_;
  const clock::duration deadline_;
  u64* const gas_run_;
  u32 runs_ = 0;
};

bool succeeded(const evm::call_outcome& o) noexcept {
  return !o.rejected && o.success;
}

bool lacks_gas(const evm::call_outcome& o) noexcept {
  if (o.rejected)
    return o.rejected->reason == evm::rejection::intrinsic_gas ||
           o.rejected->reason == evm::rejection::floor_gas;
  return o.reason == evm::halt_reason::out_of_gas ||
         o.reason == evm::halt_reason::out_of_pubdata_gas;
}

/// The highest limit that a transaction of this sender may have, and pay for.
result<u64, backend_error> highest_limit(prepared_call& c, const chain_config& chain,
                                         std::optional<u64> asked) {
  u64 most = asked.value_or(c.env().gas_limit);
  most = std::min({most, c.gas_max(), chain.txn_gas_limit_max});
  if (c.fee_cap().is_zero()) return most;
  const u256 have = c.balance();
  if (have < c.message().value) return reject("insufficient funds for transfer");
  const u256 affordable = (have - c.message().value) / c.fee_cap();
  return affordable.fits_u64() ? std::min(most, affordable.low()) : most;
}

/// Gas by which the transaction's pubdata may exceed the call's: a call pays no fee, so its
/// sender's balance changes by less; and values may grow by a byte until it is executed.
u64 pubdata_margin(prepared_call& c, u64 gas) {
  constexpr u64 growth_bytes = 4;
  constexpr u64 dear_fee_cap = 10'000'000'000'000;  // 10,000 gwei
  const u256 cap = std::max(c.fee_cap(), u256{dear_fee_cap});
  const auto fee = checked_mul(cap, u256{gas});
  const auto paid = fee ? checked_add(*fee, c.message().value) : std::nullopt;
  const u64 bytes = paid.value_or(u256::max()).byte_length() + growth_bytes;
  return bytes * c.env().pubdata_gas_per_byte;
}

/// The least limit between `first`'s spending and `high` that succeeds, to 1.5 %.
result<u64, backend_error> search(prepared_call& c, const evm::call_outcome& first, u64 high,
                                  u32 runs_max) {
  constexpr u64 stipend = evm::gas::call_stipend;
  constexpr double tolerance = 0.015;
  u64 low = first.gas_used - 1;
  const u64 spent = first.gas_spent_max;
  // What was spent is nearly always enough; where calls kept a 64th back, a 64th more is.
  for (const u64 guess : {spent, (spent + stipend) * 64 / 63}) {
    if (guess <= low || guess >= high) continue;
    ASHLAR_TRY(const evm::call_outcome tried, c.run(guess));
    if (succeeded(tried)) {
      high = guess;
      break;
    }
    low = guess;
  }
  if (high == spent) return high;
  for (u32 runs = 0; low + 1 < high && runs < runs_max; ++runs) {
    if (static_cast<double>(high - low) / static_cast<double>(high) < tolerance) break;
    u64 middle = low + (high - low) / 2;
    if (middle / 2 > low) middle = low * 2;
    ASHLAR_TRY(const evm::call_outcome tried, c.run(middle));
    (succeeded(tried) ? high : low) = middle;
  }
  return high;
}

/// Collects what geth's access list tracer does: operands of the instructions that load an
/// account, and slots of those that load storage.
class touch_tracer final : public evm::tracer {
 public:
  std::map<address, std::set<hash256>> touched;

  void on_step(const evm::trace_step& s) override {
    const std::size_t n = s.stack.size();
    switch (s.opcode) {
      case 0x54:  // SLOAD
      case 0x55:  // SSTORE
        if (n >= 1) touched[s.recipient].insert(s.stack[n - 1].to_be());
        break;
      case 0x31:  // BALANCE
      case 0x3b:  // EXTCODESIZE
      case 0x3c:  // EXTCODECOPY
      case 0x3f:  // EXTCODEHASH
      case 0xff:  // SELFDESTRUCT
        if (n >= 1) touched[address_in(s.stack[n - 1])];
        break;
      case 0xf1:  // CALL
      case 0xf2:  // CALLCODE
      case 0xf4:  // DELEGATECALL
      case 0xfa:  // STATICCALL
        if (n >= 5) touched[address_in(s.stack[n - 2])];
        break;
      default:
        break;
    }
  }

 private:
  static address address_in(const u256& word) { return address::copy_of(word.to_be().data() + 12); }
};

}  // namespace

rpc::answer<rpc::call_outcome> call(const call_base& base, const rpc::call_request& request,
                                    const rpc::state_overrides& accounts,
                                    const rpc::block_overrides& block,
                                    const rpc::call_limits& limits) {
  prepared_call c(base, request, accounts, block, limits);
  const u64 gas = std::min(request.gas.value_or(c.gas_max()), c.gas_max());
  ASHLAR_CHECK(c.price());
  ASHLAR_CHECK(c.check_funds(gas));
  ASHLAR_TRY(evm::call_outcome out, c.run(gas));
  if (out.rejected)
    return reject("err: " + sentence_of(*out.rejected, c.message().from) + " (supplied gas " +
                  std::to_string(gas) + ")");
  return to_outcome(std::move(out));
}

rpc::answer<rpc::gas_estimate> estimate_gas(const call_base& base, const rpc::call_request& request,
                                            const rpc::state_overrides& accounts,
                                            const rpc::block_overrides& block,
                                            const rpc::call_limits& limits) {
  prepared_call c(base, request, accounts, block, limits);
  ASHLAR_CHECK(c.price());
  ASHLAR_TRY(const u64 most, highest_limit(c, base.chain, request.gas));
  ASHLAR_TRY(evm::call_outcome first, c.run(most));
  if (lacks_gas(first)) {
    rpc::gas_estimate out;
    out.outcome.status = rpc::call_status::halted;
    out.outcome.halt = "gas required exceeds allowance (" + std::to_string(most) + ")";
    return out;
  }
  if (first.rejected) return reject(sentence_of(*first.rejected, c.message().from));
  if (!first.success) return rpc::gas_estimate{0, to_outcome(std::move(first))};
  ASHLAR_TRY(const u64 least, search(c, first, most, base.config.estimate_runs_max));
  const u64 gas = std::min(most, least + pubdata_margin(c, least));
  return rpc::gas_estimate{gas, to_outcome(std::move(first))};
}

rpc::answer<rpc::access_list_outcome> create_access_list(const call_base& base,
                                                         const rpc::call_request& request,
                                                         const rpc::state_overrides& accounts,
                                                         const rpc::call_limits& limits) {
  prepared_call c(base, request, accounts, {}, limits);
  const u64 gas = std::min(request.gas.value_or(c.gas_max()), c.gas_max());
  ASHLAR_CHECK(c.price());
  ASHLAR_CHECK(c.check_funds(gas));
  std::set<address> left_out{c.message().from};
  if (request.to) left_out.insert(*request.to);
  for (const authorization& a : request.authorizations)
    if (const auto authority = recover_authority(a)) left_out.insert(*authority);

  touch_tracer touches;
  for (const access_list_entry& e : request.access_list)
    touches.touched[e.account].insert(e.storage_keys.begin(), e.storage_keys.end());
  rpc::access_list_outcome out;
  for (u32 i = 0;; ++i) {
    ASHLAR_TRY(evm::call_outcome ran, c.run(gas, &touches));
    if (ran.rejected) return reject(sentence_of(*ran.rejected, c.message().from));
    if (ran.created) left_out.insert(*ran.created);
    out.list.clear();
    for (const auto& [who, slots] : touches.touched)
      if (!slots.empty() || !(left_out.contains(who) || evm::is_precompile(who, c.env().rev)))
        out.list.push_back({who, {slots.begin(), slots.end()}});
    const bool settled = out.list == c.message().access_list;
    out.outcome = to_outcome(std::move(ran));
    if (settled || i + 1 >= base.config.access_list_runs_max) return out;
    c.message().access_list = out.list;
  }
}

}  // namespace ashlar::gateway
