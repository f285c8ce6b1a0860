#include <algorithm>
#include <utility>

#include "actors/publisher/revert_cause.hpp"
#include "actors/publisher/settlement_engine.hpp"
#include "actors/supervision/fault_point.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::publisher {

using store::intent_kind;
using store::intent_state;

outcome settlement_engine::plan() {
  if (escapes()) return plan_proving();
  // Where the hour's limit was reached, what finishes batches comes before what begins more:
  // commits are small and would take all room that becomes free.
  const bool was_full = std::exchange(hour_is_full_, false);
  if (tip_is_ours_ && !was_full) {
    ASHLAR_CHECK(plan_commits());
  }
  ASHLAR_CHECK(plan_execution());
  ASHLAR_CHECK(plan_proving());
  return tip_is_ours_ && was_full && !hour_is_full_ ? plan_commits() : outcome(nothing{});
}

outcome settlement_engine::plan_commits() {
  if (is_set_back(intent_kind::commit)) return nothing{};
  const batch_number last = batches_.last();
  for (batch_number n = progress_.committed.next(); n <= last; n = n.next()) {
    if (is_covered(intent_kind::commit, n)) continue;
    if (!may_send_more()) break;
    ASHLAR_TRY(const bool went, plan_step({intent_kind::commit, n, n}));
    if (!went) break;
  }
  return nothing{};
}

/// All that is proved, by whomever, in one transaction.
outcome settlement_engine::plan_execution() {
  const batch_number first = progress_.executed.next();
  batch_number last = std::min(
      {progress_.proved, batches_.last(), batch_number{first.value + config_.executions_max - 1}});
  if (!tip_is_ours_) last = std::min(last, ours_to_);
  if (last < first || is_covered(intent_kind::execute, first) || is_set_back(intent_kind::execute))
    return nothing{};
  ASHLAR_CHECK(plan_step({intent_kind::execute, first, last}));
  return nothing{};
}

/// Everything that is not executed is replaced by the run, whose output is verified.
outcome settlement_engine::plan_escape(const batch_run& run) {
  if (is_covered(intent_kind::escape, run.first) || is_set_back(intent_kind::escape))
    return nothing{};
  ASHLAR_CHECK(plan_step({intent_kind::escape, run.first, run.last}));
  return nothing{};
}

settlement_engine::setback& settlement_engine::setback_of(intent_kind kind) {
  switch (kind) {
    case intent_kind::commit:
    case intent_kind::revert:
      return setbacks_[0];
    case intent_kind::verify:
    case intent_kind::prove:
      return setbacks_[1];
    case intent_kind::execute:
    case intent_kind::escape:
      break;
  }
  return setbacks_[2];
}

bool settlement_engine::is_set_back(intent_kind kind) {
  const setback& s = setback_of(kind);
  if (time_.steady() >= s.not_before) return false;
  block(s.about, s.why);
  return true;
}

void settlement_engine::set_back(const step_id& step, std::string why) {
  setback& s = setback_of(step.kind);
  s.why = std::move(why);
  s.about = step.first;
  s.not_before = time_.steady() + backoff_delay(config_.backoff, s.failures++, jitter_);
  block(s.about, s.why);
}

/// False where it has to wait; `blocked_` then says for what.
sure<bool> settlement_engine::plan_step(const step_id& step) {
  ASHLAR_TRY(const auto call, call_of(step));
  if (!call) return false;
  ASHLAR_TRY(const bool reopened, reopen(step, call->content));
  if (reopened) return true;
  ASHLAR_TRY(const bool would_pass, rehearse(step, *call));
  if (!would_pass) return false;
  if (call->gas_limit > config_.gas_limit_max) {
    block(step.first, std::string(to_text(step.kind)) + " needs " +
                          std::to_string(call->gas_limit) + " gas, L1 takes at most " +
                          std::to_string(config_.gas_limit_max) + " a transaction");
    return false;
  }
  ASHLAR_TRY(const auto offer, affordable_offer(step, call->gas_limit));
  if (!offer) return false;
  // Before it has a nonce: one that is never used would hold up all behind it.
  if (!may_sign(step, txn_of(*call, free_nonce(), *offer), false)) return false;

  flight f;
  f.record.kind = step.kind;
  f.record.first = step.first;
  f.record.last = step.last;
  f.record.stage = step.stage;
  f.record.nonce = free_nonce();
  f.record.sender = signer_.account();
  f.record.content = call->content;
  ASHLAR_TRY(f.record.id, journal_.add(f.record));
  supervision::fault_point(std::string("publisher.planned_") + to_text(step.kind));
  const auto place = std::find_if(flights_.begin(), flights_.end(), [&](const flight& other) {
    return other.record.nonce > f.record.nonce;
  });
  flight& planned = *flights_.insert(place, std::move(f));
  setback_of(step.kind).why.clear();
  ASHLAR_CHECK(sign_and_send(planned, *offer));
  supervision::fault_point(std::string("publisher.sent_") + to_text(step.kind));
  return true;
}

/// Asks L1 whether it would pass now, where it is what L1 expects next.
sure<bool> settlement_engine::rehearse(const step_id& step, const step_call& call) {
  if (step.kind == intent_kind::commit && step.first != progress_.committed.next()) return true;
  if (step.kind == intent_kind::verify && step.stage != proving_->stages_done) return true;
  const auto rehearsal = l1_.call({signer_.account(), call.to, call.calldata, {}});
  if (rehearsal.ok()) return true;
  if (rehearsal.error().code != l1::l1_error_code::reverted)
    return fail(trouble(rehearsal.error()));
  set_back(step, std::string(to_text(step.kind)) +
                     " would revert: " + revert_cause(rehearsal.error().revert_data));
  return false;
}

/// None where the fees are over the cap, or the account cannot pay them.
sure<std::optional<l1::fee_offer>> settlement_engine::affordable_offer(const step_id& step,
                                                                       u64 gas_limit) {
  const auto offer = first_offer(config_.fees, head_->base_fee);
  if (!offer) {
    block(step.first, "L1 fees are over the cap: base fee " + to_decimal(head_->base_fee) +
                          " wei a gas, the cap is " + to_decimal(config_.fees.fee_per_gas_max) +
                          "; waits for lower fees");
    return std::optional<l1::fee_offer>{};
  }
  u256 needed = offer->max_fee_per_gas * u256{gas_limit};
  for (const flight& f : flights_)
    if (f.record.state != intent_state::mined && !f.record.attempts.empty())
      needed += f.record.attempts.back().cost_max();
  ASHLAR_TRY(const u256 balance, l1_.balance(signer_.account()));
  if (balance >= needed) return offer;
  block(step.first, "the account " + to_hex(signer_.account()) + " has " + to_decimal(balance) +
                        " wei on L1, " + to_text(step.kind) + " needs up to " + to_decimal(needed) +
                        ": refill it with " + to_decimal(needed - balance) + " wei or more");
  return std::optional<l1::fee_offer>{};
}

/// After a reorg deeper than `confirmations` the nonce is free again: the same bytes are sent, so
/// that a node that still has them in its pool sees no second transaction.
sure<bool> settlement_engine::reopen(const step_id& step, const hash256& content) {
  for (auto i = recent_.rbegin(); i != recent_.rend(); ++i) {
    if (i->kind != step.kind || i->first != step.first || i->content != content) continue;
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

bool settlement_engine::may_send_more() const {
  return unmined() < config_.in_flight_max && flights_.size() < config_.open_max;
}

u32 settlement_engine::unmined() const {
  return static_cast<u32>(std::count_if(flights_.begin(), flights_.end(), [](const flight& f) {
    return f.record.state != intent_state::mined;
  }));
}

}  // namespace ashlar::publisher
