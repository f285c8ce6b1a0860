#include "actors/gateway/admission.hpp"

#include <atomic>
#include <exception>
#include <optional>
#include <thread>

#include "runtime/evm/gas.hpp"
#include "runtime/evm/transition.hpp"

namespace ashlar::gateway {
namespace {

using rpc::submit_errc;

failure<rpc::submit_error> refuse(submit_errc code, std::string detail = {}) {
  return fail(rpc::submit_error{code, std::move(detail)});
}

std::string have_want(u64 have, u64 want) {
  return "have " + std::to_string(have) + ", want " + std::to_string(want);
}

status<rpc::submit_error> check_gas(const txn& t, const chain_config& chain, revision rules) {
  const u64 most = std::min(chain.txn_gas_limit_max, chain.block_gas_limit);
  if (t.gas_limit > most)
    return refuse(submit_errc::gas_limit_too_high,
                  "gas limit " + std::to_string(t.gas_limit) + ", cap " + std::to_string(most));
  if (!t.to && t.data.size() > evm::gas::initcode_bytes_max)
    return refuse(submit_errc::initcode_too_large,
                  "code size " + std::to_string(t.data.size()) + ", limit " +
                      std::to_string(evm::gas::initcode_bytes_max));
  const evm::intrinsic_cost cost = evm::intrinsic_gas(t, rules);
  if (t.gas_limit < cost.gas)
    return refuse(
        submit_errc::intrinsic_gas_too_low,
        "gas " + std::to_string(t.gas_limit) + ", minimum needed " + std::to_string(cost.gas));
  if (t.gas_limit < cost.floor)
    return refuse(submit_errc::floor_data_gas, have_want(t.gas_limit, cost.floor));
  return nothing{};
}

/// A cost over 256 bits is more than any balance, so that no state needs to be asked.
status<rpc::submit_error> check_cost(const txn& t) {
  const auto fee = checked_mul(u256{t.gas_limit}, t.max_fee_per_gas);
  if (fee && checked_add(*fee, t.value)) return nothing{};
  return fail(to_submit_error(txn_error{txn_error_code::cost_overflow, 0, 0, {}}));
}

/// One list, taken in portions by whoever has time. Late helpers find nothing left and touch
/// nothing but this object.
class admission_run : public std::enable_shared_from_this<admission_run> {
 public:
  admission_run(std::span<const bytes_view> raw, const chain_config& chain, revision rules,
                std::function<void(std::vector<admitted>)> done)
      : raw_(raw),
        chain_(chain),
        rules_(rules),
        done_(std::move(done)),
        out_(raw.size()),
        left_(raw.size()) {}

  void work() {
    for (;;) {
      const std::size_t from = next_.fetch_add(admitted_together);
      if (from >= out_.size()) return;
      const std::size_t count = std::min(admitted_together, out_.size() - from);
      auto some = admit_or_say(raw_.subspan(from, count));
      for (std::size_t i = 0; i < count; ++i) out_[from + i].emplace(std::move(some[i]));
      if (left_.fetch_sub(count) == count) return finish();
      // Recoveries take all of a core that they get: who waits for one need not wait for the list.
      std::this_thread::yield();
    }
  }

 private:
  /// A helper's thread must neither end nor leave the list unanswered.
  std::vector<admitted> admit_or_say(std::span<const bytes_view> raw) const {
    try {
      std::vector<checked_txn> some;
      some.reserve(raw.size());
      for (const bytes_view one : raw) some.push_back(check(one, chain_, rules_));
      return recovered(std::move(some));
    } catch (const std::exception& e) {
      return std::vector<admitted>(raw.size(), refuse(submit_errc::internal, e.what()));
    }
  }

  void finish() {
    std::vector<admitted> all;
    all.reserve(out_.size());
    for (auto& one : out_) all.push_back(std::move(*one));
    done_(std::move(all));
  }

  const std::span<const bytes_view> raw_;
  const chain_config& chain_;
  const revision rules_;
  const std::function<void(std::vector<admitted>)> done_;
  std::vector<std::optional<admitted>> out_;
  std::atomic<std::size_t> next_{0}, left_;
};

}  // namespace

checked_txn check(bytes_view raw, const chain_config& chain, revision rules) {
  const auto checked = [&]() -> result<txn, rpc::submit_error> {
    auto decoded = decode_txn(raw);
    if (!decoded) return fail(to_submit_error(decoded.error()));
    if (const auto bad = check_chain_id(*decoded, chain.chain_id, false); !bad)
      return fail(to_submit_error(bad.error()));
    if (decoded->type == txn_type::set_code && rules < revision::prague)
      return refuse(submit_errc::type_unsupported);
    ASHLAR_CHECK(check_cost(*decoded));
    ASHLAR_CHECK(check_gas(*decoded, chain, rules));
    return *std::move(decoded);
  };
  checked_txn out{checked(), {}, {}, 0};
  if (!out.body) return out;
  // Decoding takes canonical encodings alone, so the bytes are what the hashes are of; and it takes
  // no parity but 0 and 1.
  const txn& t = *out.body;
  out.asked = {signing_hash(t, raw), t.signature.r, t.signature.s, t.signature.y_parity == 1};
  out.hash = txn_hash(t, raw);
  out.encoded_bytes = static_cast<u32>(raw.size());
  return out;
}

std::vector<admitted> recovered(std::vector<checked_txn> list) {
  std::vector<crypto::recovery> asked;
  asked.reserve(list.size());
  for (const checked_txn& t : list)
    if (t.body) asked.push_back(t.asked);
  const auto senders = crypto::recover_many(asked);
  std::vector<admitted> out;
  out.reserve(list.size());
  auto sender = senders.begin();
  for (checked_txn& t : list) {
    if (!t.body) {
      out.push_back(fail(std::move(t.body).error()));
    } else if (const auto who = *sender++; !who) {
      out.push_back(refuse(submit_errc::invalid_signature));
    } else {
      api::submission s;
      s.sender = *who;
      s.hash = t.hash;
      s.encoded_bytes = t.encoded_bytes;
      s.body = std::make_shared<const txn>(*std::move(t.body));
      out.push_back(std::move(s));
    }
  }
  return out;
}

admitted admit(bytes_view raw, const chain_config& chain, revision rules) {
  std::vector<checked_txn> one;
  one.push_back(check(raw, chain, rules));
  return std::move(recovered(std::move(one))[0]);
}

void admit_all(std::span<const bytes_view> raw, const chain_config& chain, revision rules,
               work_pool& pool, std::function<void(std::vector<admitted>)> done) {
  if (raw.empty()) return done({});
  auto run = std::make_shared<admission_run>(raw, chain, rules, std::move(done));
  const std::size_t portions = (raw.size() + admitted_together - 1) / admitted_together;
  std::size_t helpers = 0;
  while (portions > 1 && helpers < std::min(portions, pool.threads()) &&
         pool.post([run] { run->work(); }))
    ++helpers;
  if (helpers == 0) run->work();
}

rpc::submit_error to_submit_error(const txn_error& e) {
  const auto make = [](submit_errc code, std::string detail = {}) {
    return rpc::submit_error{code, std::move(detail)};
  };
  switch (e.code) {
    case txn_error_code::oversize:
      return make(submit_errc::oversized, "transaction size " + std::to_string(e.got) + ", limit " +
                                              std::to_string(txn_bytes_max));
    case txn_error_code::unknown_type:
      return make(submit_errc::type_unsupported, "type " + std::to_string(e.got));
    case txn_error_code::blob_unsupported:
    case txn_error_code::priority_not_allowed:
    case txn_error_code::bad_priority_encoding:
      return make(submit_errc::type_unsupported, to_text(e.code));
    case txn_error_code::bad_v:
    case txn_error_code::bad_y_parity:
    case txn_error_code::signature_out_of_range:
    case txn_error_code::high_s:
      return make(submit_errc::invalid_signature, to_text(e.code));
    case txn_error_code::chain_id_missing:
      return make(submit_errc::unprotected);
    case txn_error_code::chain_id_too_large:
      return make(submit_errc::wrong_chain_id);
    case txn_error_code::wrong_chain_id:
      return make(submit_errc::wrong_chain_id,
                  "have " + std::to_string(e.got) + " want " + std::to_string(e.expected));
    case txn_error_code::nonce_too_large:
      return make(submit_errc::nonce_max);
    case txn_error_code::tip_above_fee:
      return make(submit_errc::tip_above_fee_cap);
    case txn_error_code::cost_overflow:
      return make(submit_errc::insufficient_funds, to_text(e.code));
    case txn_error_code::empty_authorizations:
      return make(submit_errc::empty_authorizations);
    case txn_error_code::empty:
    case txn_error_code::malformed_rlp:
    case txn_error_code::trailing_bytes:
    case txn_error_code::missing_field:
    case txn_error_code::non_canonical_integer:
    case txn_error_code::integer_too_large:
    case txn_error_code::wrong_length:
    case txn_error_code::missing_to:
      break;
  }
  return make(submit_errc::malformed, to_text(e.code));
}

namespace {

struct drop_words {
  const char* name;  ///< of ashlar_dropReason
  submit_errc code;
};

drop_words words_of(api::drop_code code) noexcept {
  using api::drop_code;
  switch (code) {
    case drop_code::already_known:
      return {"already_known", submit_errc::already_known};
    case drop_code::nonce_too_low:
      return {"nonce_too_low", submit_errc::nonce_too_low};
    case drop_code::nonce_gap_too_large:
      return {"nonce_gap_too_large", submit_errc::nonce_too_high};
    case drop_code::insufficient_funds:
      return {"insufficient_funds", submit_errc::insufficient_funds};
    case drop_code::fee_cap_below_base:
      return {"fee_cap_below_base", submit_errc::fee_cap_below_base_fee};
    case drop_code::tip_above_cap:
      return {"tip_above_cap", submit_errc::tip_above_fee_cap};
    case drop_code::intrinsic_gas:
      return {"intrinsic_gas", submit_errc::intrinsic_gas_too_low};
    case drop_code::gas_limit_above_cap:
      return {"gas_limit_above_cap", submit_errc::gas_limit_too_high};
    case drop_code::initcode_too_large:
      return {"initcode_too_large", submit_errc::initcode_too_large};
    case drop_code::sender_not_eoa:
      return {"sender_not_eoa", submit_errc::sender_not_eoa};
    case drop_code::nonce_max:
      return {"nonce_max", submit_errc::nonce_max};
    case drop_code::type_unsupported:
      return {"type_unsupported", submit_errc::type_unsupported};
    case drop_code::underpriced:
      return {"underpriced", submit_errc::underpriced};
    case drop_code::replacement_underpriced:
      return {"replacement_underpriced", submit_errc::replacement_underpriced};
    case drop_code::replaced:
      return {"replaced", submit_errc::dropped};
    case drop_code::sender_limit:
      return {"sender_limit", submit_errc::sender_limit};
    case drop_code::pool_full:
      return {"pool_full", submit_errc::pool_full};
    case drop_code::too_large:
      return {"too_large", submit_errc::oversized};
    case drop_code::proving_cycles:
      return {"proving_cycles", submit_errc::too_much_proving};
    case drop_code::sender_rests:
      return {"sender_rests", submit_errc::sender_rests};
    case drop_code::expired:
      return {"expired", submit_errc::dropped};
    case drop_code::censored:
      return {"censored", submit_errc::dropped};
    case drop_code::shutting_down:
      return {"shutting_down", submit_errc::unavailable};
    case drop_code::none:
    case drop_code::not_confirmed_in_time:
      break;
  }
  return {"unknown", submit_errc::internal};
}

/// The numbers behind geth's words, in geth's words where it has some.
std::string numbers_of(const api::drop_reason& e) {
  using api::drop_code;
  const std::string have = to_decimal(e.have), want = to_decimal(e.want);
  switch (e.code) {
    case drop_code::nonce_too_low:
    case drop_code::nonce_gap_too_large:
      return "next nonce " + have + ", tx nonce " + want;
    case drop_code::insufficient_funds:
      return "balance " + have + ", tx cost " + want + ", overshot " +
             to_decimal(e.want < e.have ? u256{} : e.want - e.have);
    case drop_code::fee_cap_below_base:
      return "maxFeePerGas: " + have + ", baseFee: " + want;
    case drop_code::tip_above_cap:
      return "maxPriorityFeePerGas: " + want + ", maxFeePerGas: " + have;
    case drop_code::intrinsic_gas:
      return "gas " + have + ", minimum needed " + want;
    case drop_code::gas_limit_above_cap:
      return "gas limit " + have + ", cap " + want;
    case drop_code::initcode_too_large:
      return "code size " + have + ", limit " + want;
    case drop_code::underpriced:
      return "gas tip cap " + have + ", minimum needed " + want;
    case drop_code::replacement_underpriced:
      return "offered " + have + ", minimum needed " + want;
    case drop_code::sender_limit:
      return "waiting " + have + ", limit " + want;
    case drop_code::too_large:
      return "transaction size " + have + ", limit " + want;
    case drop_code::proving_cycles:
      return "proving cycles " + have + ", limit " + want;
    case drop_code::sender_rests:
      return have + " seconds left, until " + want;
    case drop_code::replaced:
    case drop_code::expired:
    case drop_code::censored:
    case drop_code::shutting_down:
      return api::to_text(e.code);
    case drop_code::none:
    case drop_code::already_known:
    case drop_code::sender_not_eoa:
    case drop_code::nonce_max:
    case drop_code::type_unsupported:
    case drop_code::pool_full:
    case drop_code::not_confirmed_in_time:
      break;
  }
  return {};
}

}  // namespace

rpc::submit_error to_submit_error(const api::drop_reason& e) {
  return {words_of(e.code).code, numbers_of(e)};
}

rpc::drop_reason to_drop_reason(const api::drop_reason& e) {
  const std::string sentence = api::to_text(e.code), numbers = numbers_of(e);
  return {words_of(e.code).name,
          numbers.empty() || numbers == sentence ? sentence : sentence + ": " + numbers,
          {}};
}

}  // namespace ashlar::gateway
