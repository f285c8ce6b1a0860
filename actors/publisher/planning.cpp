#include <algorithm>

#include "actors/publisher/revert_cause.hpp"
#include "actors/publisher/settlement_engine.hpp"
#include "actors/supervision/fault_point.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"

namespace ashlar::publisher {

using store::intent_kind;
using store::intent_state;

outcome settlement_engine::plan() {
  if (!tip_is_ours_) return nothing{};
  const clock::duration now = time_.steady();
  if (now < plan_not_before_) {
    block(plan_trouble_about_, plan_trouble_);
    return nothing{};
  }
  const batch_number last = batches_.last();
  for (batch_number n = progress_.committed.next(); n <= last; n = n.next()) {
    if (is_covered(intent_kind::commit, n)) continue;
    if (unmined() >= config_.in_flight_max || flights_.size() >= config_.open_max) break;
    ASHLAR_TRY(const bool went, plan_step(intent_kind::commit, n, n));
    if (!went) return nothing{};
  }
  const batch_number provable = progress_.proved.next();
  if (proofs_ && has_verifier_ && provable <= progress_.committed &&
      !is_covered(intent_kind::prove, provable))
    if (const auto proof = proofs_->proof_from(provable)) {
      ASHLAR_CHECK(plan_step(intent_kind::prove, provable, proof->first));
    }
  const batch_number executable = progress_.executed.next();
  if (executable <= progress_.proved && executable <= last &&
      !is_covered(intent_kind::execute, executable)) {
    ASHLAR_CHECK(plan_step(intent_kind::execute, executable, executable));
  }
  return nothing{};
}

/// False where it has to wait; `blocked_` then says for what.
sure<bool> settlement_engine::plan_step(intent_kind kind, batch_number first, batch_number last) {
  ASHLAR_TRY(const auto calldata, calldata_of(kind, first, last));
  if (!calldata) return false;
  const hash256 content = crypto::keccak256(*calldata);
  ASHLAR_TRY(const bool reopened, reopen(kind, first, content));
  if (reopened) return true;

  const bool is_next = kind != intent_kind::commit || first == progress_.committed.next();
  if (is_next) {
    const auto rehearsal = l1_.call({signer_.account(), config_.contract, *calldata, {}});
    if (!rehearsal.ok() && rehearsal.error().code == l1::l1_error_code::reverted) {
      plan_trouble_ = std::string(to_text(kind)) +
                      " would revert: " + revert_cause(rehearsal.error().revert_data);
      plan_trouble_about_ = first;
      plan_not_before_ = time_.steady() + backoff_delay(config_.backoff, plan_failures_++, jitter_);
      block(first, plan_trouble_);
      return false;
    }
    if (!rehearsal.ok()) return fail(trouble(rehearsal.error()));
  }

  const u64 gas = gas_limit_for(*calldata);
  if (gas > config_.gas_limit_max) {
    block(first, std::string(to_text(kind)) + " needs " + std::to_string(gas) +
                     " gas, L1 takes at most " + std::to_string(config_.gas_limit_max) +
                     " a transaction");
    return false;
  }
  const u64 nonce = free_nonce();
  const auto offer = first_offer(config_.fees, head_->base_fee);
  if (!offer) {
    block(first, "L1 fees are over the cap: base fee " + to_decimal(head_->base_fee) +
                     " wei a gas, the cap is " + to_decimal(config_.fees.fee_per_gas_max) +
                     "; waits for lower fees");
    return false;
  }
  u256 needed = offer->max_fee_per_gas * u256{gas};
  for (const flight& f : flights_)
    if (f.record.state != intent_state::mined) needed += f.cost;
  ASHLAR_TRY(const u256 balance, l1_.balance(signer_.account()));
  if (balance < needed) {
    block(first, "the account " + to_hex(signer_.account()) + " has " + to_decimal(balance) +
                     " wei on L1, " + to_text(kind) + " needs up to " + to_decimal(needed) +
                     ": refill it with " + to_decimal(needed - balance) + " wei or more");
    return false;
  }

  flight f;
  f.record.kind = kind;
  f.record.first = first;
  f.record.last = last;
  f.record.nonce = nonce;
  f.record.sender = signer_.account();
  f.record.content = content;
  ASHLAR_TRY(f.record.id, journal_.add(f.record));
  supervision::fault_point("publisher.planned");
  const auto place = std::find_if(flights_.begin(), flights_.end(),
                                  [&](const flight& other) { return other.record.nonce > nonce; });
  flight& planned = *flights_.insert(place, std::move(f));
  plan_trouble_.clear();
  ASHLAR_CHECK(sign_and_send(planned, *offer));
  return true;
}

/// After a reorg deeper than `confirmations` the nonce is free again: the same bytes are sent, so
/// that a node that still has them in its pool sees no second transaction.
sure<bool> settlement_engine::reopen(intent_kind kind, batch_number first, const hash256& content) {
  for (auto i = recent_.rbegin(); i != recent_.rend(); ++i) {
    if (i->kind != kind || i->first != first || i->content != content) continue;
    if (i->state != intent_state::settled || i->sender != signer_.account()) continue;
    if (i->attempts.empty() || i->attempts.back().raw.empty()) continue;
    const bool taken = std::any_of(flights_.begin(), flights_.end(),
                                   [&](const flight& f) { return f.record.nonce == i->nonce; });
    if (i->nonce < nonce_ || taken) return false;
    flight f;
    f.record = *i;
    f.record.state = intent_state::sent;
    f.record.l1_block = 0;
    f.record.l1_gas_used = 0;
    ASHLAR_CHECK(journal_.update(f.record));
    f.front_at = time_.steady();
    recent_.erase(std::next(i).base());
    ++counters_.vanished;
    const auto place = std::find_if(flights_.begin(), flights_.end(), [&](const flight& other) {
      return other.record.nonce > f.record.nonce;
    });
    ++counters_.resent;
    ASHLAR_CHECK(transmit(*flights_.insert(place, std::move(f))));
    return true;
  }
  return false;
}

/// None where a batch is not in the store (any more).
sure<std::optional<bytes>> settlement_engine::calldata_of(intent_kind kind, batch_number first,
                                                          batch_number last) {
  std::vector<public_input> headers;
  bytes pubdata;
  for (batch_number n = first; n <= last; n = n.next()) {
    auto batch = batches_.get(n);
    if (!batch.ok() && batch.error().code == store::error_code::not_found)
      return std::optional<bytes>{};
    if (!batch.ok()) return fail(trouble(batch.error()));
    headers.push_back(batch->input);
    pubdata = std::move(batch->pubdata);
  }
  switch (kind) {
    case intent_kind::commit:
      return std::optional(l1::encode_commit_batch(headers.front(), pubdata));
    case intent_kind::prove: {
      const auto proof = proofs_ ? proofs_->proof_from(first) : std::nullopt;
      if (!proof || proof->first != last) return std::optional<bytes>{};
      return std::optional(l1::encode_prove_batches(first, last));
    }
    case intent_kind::execute:
      return std::optional(l1::encode_execute_batches(headers));
    case intent_kind::revert:
      return std::optional(l1::encode_revert_batches(first));
  }
  return std::optional<bytes>{};
}

u64 settlement_engine::free_nonce() const {
  u64 nonce = nonce_;
  for (const flight& f : flights_)  // by nonce
    if (f.record.nonce == nonce) ++nonce;
  return nonce;
}

bool settlement_engine::is_covered(intent_kind kind, batch_number number) const {
  return std::any_of(flights_.begin(), flights_.end(), [&](const flight& f) {
    return f.record.kind == kind && f.record.first <= number && number <= f.record.last;
  });
}

/// Calldata at its dearest (EIP-7623's floor: 10 gas a zero byte, 40 any other), its hashing, and
/// the execution. Not an estimate by L1: behind a commit in flight that would revert.
u64 settlement_engine::gas_limit_for(bytes_view calldata) const {
  constexpr u64 intrinsic = 21'000, zero_byte = 10, other_byte = 40;
  const u64 zeros = static_cast<u64>(std::count(calldata.begin(), calldata.end(), u8{0}));
  return intrinsic + zeros * zero_byte + (calldata.size() - zeros) * other_byte + calldata.size() +
         config_.commit_gas_execution;
}

u32 settlement_engine::unmined() const {
  return static_cast<u32>(std::count_if(flights_.begin(), flights_.end(), [](const flight& f) {
    return f.record.state != intent_state::mined;
  }));
}

}  // namespace ashlar::publisher
