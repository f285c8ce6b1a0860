#include "actors/publisher/revert_cause.hpp"
#include "actors/publisher/settlement_engine.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::publisher {

using l1::l1_error_code;
using std::chrono::milliseconds;
using store::intent_state;

outcome settlement_engine::follow_all() {
  bool front_seen = false;
  for (std::size_t i = 0; i < flights_.size();) {
    flight& f = flights_[i];
    const bool is_front = !front_seen;
    ASHLAR_TRY(const fate end, follow(f, is_front));
    if (end == fate::open) {
      front_seen = front_seen || f.record.state != intent_state::mined;
      ++i;
      continue;
    }
    flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(i));
    if (end != fate::closed_with_all_behind) continue;
    // What was built on the lost one would only revert: its nonces are used again.
    for (std::size_t k = i; k < flights_.size();) {
      if (flights_[k].record.state == intent_state::mined) {
        ++k;
        continue;
      }
      ASHLAR_CHECK(give_up(flights_[k], "what it builds on was lost"));
      flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(k));
    }
  }
  return nothing{};
}

sure<settlement_engine::fate> settlement_engine::follow(flight& f, bool is_front) {
  store::intent& i = f.record;
  if (i.state == intent_state::mined && !head_moved_) return fate::open;
  for (auto a = i.attempts.rbegin(); a != i.attempts.rend(); ++a) {
    ASHLAR_TRY(const auto receipt, l1_.receipt(a->txn_hash));
    if (receipt) return on_mined(f, a->txn_hash, *receipt);
  }
  if (i.state == intent_state::mined) {
    ++counters_.vanished;
    i.state = intent_state::sent;
    i.l1_block = 0;
    i.l1_gas_used = 0;
    ASHLAR_CHECK(journal_.update(i));
    f.sent_at = time_.steady() - milliseconds(config_.resend_after_ms);
    f.at_front = false;
  }
  if (nonce_ > i.nonce || is_done_on_l1(i)) return on_missing(f);
  if (is_front && nonce_ < i.nonce) return on_gap(f);
  f.missing_polls = 0;
  if (is_front && !f.at_front) f.front_at = time_.steady();
  f.at_front = is_front;
  ASHLAR_CHECK(keep_alive(f));
  return fate::open;
}

sure<settlement_engine::fate> settlement_engine::on_mined(flight& f, const hash256& txn,
                                                          const l1::l1_receipt& r) {
  store::intent& i = f.record;
  f.missing_polls = 0;
  if (!r.success) {
    ++counters_.reverted;
    if (is_done_on_l1(i)) {
      ASHLAR_CHECK(give_up(f, "L1 has it through another transaction"));
      return fate::closed;
    }
    ASHLAR_TRY(const std::string cause, cause_of_revert(i));
    set_back(step_of(i), std::string(to_text(i.kind)) + " reverted: " + cause);
    ASHLAR_CHECK(give_up(f, to_hex(txn) + " reverted: " + cause));
    return fate::closed_with_all_behind;
  }
  if (i.state != intent_state::mined || i.l1_block != r.block.value) {
    if (i.state != intent_state::mined) ++counters_.mined;
    config_.log.info("settlement mined", {{"step", to_text(i.kind)},
                                          {"batch", i.first.value},
                                          {"txn", to_hex(txn)},
                                          {"l1_block", r.block.value},
                                          {"l1_gas", r.gas_used}});
    i.state = intent_state::mined;
    i.l1_block = r.block.value;
    i.l1_gas_used = r.gas_used;
    ASHLAR_CHECK(journal_.update(i));
    setback_of(i.kind).failures = 0;
  }
  if (head_->number.value < i.l1_block + config_.confirmations) return fate::open;
  ASHLAR_CHECK(settle(f));
  return fate::closed;
}

/// No receipt, but its nonce is used or its work is done. One answer may come from an endpoint
/// that lags, or from between two blocks: only several that agree count.
sure<settlement_engine::fate> settlement_engine::on_missing(flight& f) {
  if (++f.missing_polls < config_.missing_polls_max) return fate::open;
  if (is_done_on_l1(f.record)) {
    ASHLAR_CHECK(give_up(f, "L1 has it through another transaction"));
    return fate::closed;
  }
  ++counters_.nonce_taken;
  return lose(f, "nonce " + std::to_string(f.record.nonce) +
                     " was used by another transaction of the operator's account");
}

/// A transaction of another sender that used a nonce before this one is gone (a reorg took it): no
/// node will mine this one until something fills the gap.
sure<settlement_engine::fate> settlement_engine::on_gap(flight& f) {
  if (++f.missing_polls < config_.missing_polls_max) return fate::open;
  return lose(f, "nonce " + std::to_string(nonce_) + " became free before its nonce " +
                     std::to_string(f.record.nonce));
}

/// No block will ever hold it: it is planned anew, with all behind it.
sure<settlement_engine::fate> settlement_engine::lose(flight& f, const std::string& why) {
  last_lost_ = std::string("; last lost a ") + to_text(f.record.kind) + " of batch " +
               std::to_string(f.record.first.value) + ": " + why;
  ASHLAR_CHECK(give_up(f, why));
  return fate::closed_with_all_behind;
}

std::string settlement_engine::step_text(const flight& f) {
  return std::string(to_text(f.record.kind)) + " at nonce " + std::to_string(f.record.nonce);
}

outcome settlement_engine::keep_alive(flight& f) {
  const clock::duration now = time_.steady();
  const auto& tried = f.record.attempts;
  const bool often = tried.size() >= config_.attempts_max;
  if (often)
    block(f.record.first, step_text(f) + ": " + std::to_string(tried.size()) +
                              " attempts and not mined, the last offers " +
                              to_decimal(tried.back().max_fee_per_gas) + " wei a gas");
  const bool bump_due = f.at_front && now - f.front_at >= patience(f);
  if (tried.empty() || (f.outbid && !often) || bump_due) return bump(f);
  return resend(f);
}

/// The very same bytes, where it is time.
outcome settlement_engine::resend(flight& f) {
  if (f.record.attempts.empty() ||
      time_.steady() - f.sent_at < milliseconds(config_.resend_after_ms))
    return nothing{};
  ++counters_.resent;
  return transmit(f);
}

/// How long the last offer may wait for its block. Behind `attempts_max` each has twice the time of
/// the one before, up to an hour, where its fee is no reason for it to wait.
milliseconds settlement_engine::patience(const flight& f) const {
  constexpr milliseconds most = std::chrono::hours(1);
  milliseconds out(config_.bump_after_ms);
  if (f.record.attempts.empty() || head_->base_fee > f.record.attempts.back().max_fee_per_gas)
    return out;
  for (std::size_t i = config_.attempts_max; i <= f.record.attempts.size() && out < most; ++i)
    out *= 2;
  return std::min(out, most);
}

outcome settlement_engine::bump(flight& f) {
  const auto& tried = f.record.attempts;
  const auto offer = tried.empty() ? first_offer(config_.fees, head_->base_fee)
                                   : bumped_offer(config_.fees, to_outbid(f), head_->base_fee);
  if (!offer) {
    block(f.record.first, step_text(f) + ": L1 fees are over the cap: base fee " +
                              to_decimal(head_->base_fee) + " wei a gas, the cap is " +
                              to_decimal(config_.fees.fee_per_gas_max) + "; waits for lower fees");
    return resend(f);
  }
  return sign_and_send(f, *offer);
}

/// Its own last offer. Where a node asks for more, the pools may still hold the transaction of an
/// intent of this nonce that was given up: then the better of the two.
l1::fee_offer settlement_engine::to_outbid(const flight& f) const {
  const auto offer_of = [](const store::intent_attempt& a) {
    return l1::fee_offer{a.max_fee_per_gas, a.max_priority_fee_per_gas};
  };
  l1::fee_offer best = offer_of(f.record.attempts.back());
  if (!f.outbid) return best;
  for (const store::intent& i : recent_)
    if (i.nonce == f.record.nonce && i.state == intent_state::given_up && !i.attempts.empty()) {
      const l1::fee_offer other = offer_of(i.attempts.back());
      best.max_fee_per_gas = std::max(best.max_fee_per_gas, other.max_fee_per_gas);
      best.max_priority_fee_per_gas =
          std::max(best.max_priority_fee_per_gas, other.max_priority_fee_per_gas);
    }
  return best;
}

outcome settlement_engine::sign_and_send(flight& f, const l1::fee_offer& offer) {
  store::intent& i = f.record;
  ASHLAR_TRY(const auto call, call_of(step_of(i)));
  if (!call || call->content != i.content) {
    block(i.first,
          std::string("what its ") + to_text(i.kind) + " is of changed while it was in flight");
    started_ = false;  // the next round reconciles the journal with the store
    return nothing{};
  }
  txn t = txn_of(*call, i.nonce, offer);
  if (!may_sign(step_of(i), t, !i.attempts.empty())) return resend(f);
  signer_.sign(t);
  signed_.note(t, time_.steady());
  if (!i.attempts.empty()) ++counters_.bumped;
  i.attempts.push_back({txn_hash(t), offer.max_fee_per_gas, offer.max_priority_fee_per_gas,
                        time_.wall(), encode_txn(t), t.gas_limit});
  i.state = intent_state::sent;
  ASHLAR_CHECK(journal_.update(i));
  ++counters_.sent;
  config_.log.info("settlement sent", {{"step", to_text(i.kind)},
                                       {"batch", i.first.value},
                                       {"txn", to_hex(i.attempts.back().txn_hash)},
                                       {"nonce", i.nonce},
                                       {"attempt", u64{i.attempts.size()}}});
  f.front_at = time_.steady();
  f.outbid = false;
  return transmit(f);
}

txn settlement_engine::txn_of(const step_call& call, u64 nonce, const l1::fee_offer& offer) const {
  txn t;
  t.type = txn_type::dynamic_fee;
  t.chain_id = config_.l1_chain_id;
  t.nonce = nonce;
  t.max_fee_per_gas = offer.max_fee_per_gas;
  t.max_priority_fee_per_gas = offer.max_priority_fee_per_gas;
  t.gas_limit = call.gas_limit;
  t.to = call.to;
  t.data = call.calldata;
  return t;
}

/// False where the operator's key does not sign it, or not now; `blocked_` then says why. What
/// outbids goes where the one before it went, even if the chain has another verifier since:
/// refused, its nonce would be stuck.
bool settlement_engine::may_sign(const step_id& step, const txn& t, bool outbids) {
  std::string why;
  if (!outbids) why = why_unknown(t, {config_.contract, verifier_, verifier_code_});
  if (why.empty()) {
    why = signed_.waits_for(t, nonce_, time_.steady());
    if (why.empty()) return true;
    hour_is_full_ = true;
  }
  block(step.first, std::string(to_text(step.kind)) + " is not signed: " + why);
  return false;
}

/// Of the last process; the time that passed since goes by the wall clock.
void settlement_engine::note_signatures(const store::intent& i) {
  if (i.sender != signer_.account()) return;
  const u64 now = time_.wall().value;
  for (const store::intent_attempt& a : i.attempts) {
    txn t;
    t.nonce = i.nonce;
    t.gas_limit = a.gas_limit;
    t.max_fee_per_gas = a.max_fee_per_gas;
    const u64 age_s = now - std::min(now, a.sent_at.value);
    signed_.note(t, time_.steady() - std::chrono::seconds(age_s));
  }
}

outcome settlement_engine::transmit(flight& f) {
  const store::intent_attempt& a = f.record.attempts.back();
  const auto sent = l1_.send_raw(a.raw);
  f.sent_at = time_.steady();
  if (sent.ok()) {
    if (*sent != a.txn_hash)
      return fail(trouble(l1::l1_error{l1_error_code::malformed,
                                       "eth_sendRawTransaction: the hash of another transaction",
                                       0,
                                       {}}));
    return nothing{};
  }
  switch (sent.error().code) {
    case l1_error_code::already_known:
      return nothing{};
    case l1_error_code::nonce_taken:
      // By us or by another: the next round's nonce and receipts tell.
      return nothing{};
    case l1_error_code::underpriced:
      f.outbid = true;
      return nothing{};
    case l1_error_code::no_funds: {
      ASHLAR_TRY(const u256 balance, l1_.balance(signer_.account()));
      block(f.record.first, "the account " + to_hex(signer_.account()) + " has " +
                                to_decimal(balance) + " wei on L1, this step needs up to " +
                                to_decimal(a.cost_max()) + "; refill it");
      f.sent_at -= milliseconds(config_.resend_after_ms);  // ask at each poll
      return nothing{};
    }
    default:
      return fail(trouble(sent.error()));
  }
}

outcome settlement_engine::settle(flight& f) {
  f.record.state = intent_state::settled;
  ASHLAR_CHECK(journal_.update(f.record));
  ++counters_.settled;
  return remember(f.record);
}

outcome settlement_engine::give_up(flight& f, std::string why) {
  f.record.state = intent_state::given_up;
  f.record.note = std::move(why);
  ASHLAR_CHECK(journal_.update(f.record));
  ++counters_.given_up;
  config_.log.warning(
      "settlement given up",
      {{"step", to_text(f.record.kind)}, {"batch", f.record.first.value}, {"why", f.record.note}});
  return remember(f.record);
}

/// Keeps the bytes of the newest closed intents for reorgs deeper than `confirmations`; older ones
/// lose theirs, so that the journal does not grow by every batch's pubdata.
outcome settlement_engine::remember(store::intent closed) {
  recent_.push_back(std::move(closed));
  while (recent_.size() > config_.raw_kept_intents) {
    store::intent old = std::move(recent_.front());
    recent_.erase(recent_.begin());
    for (store::intent_attempt& a : old.attempts) a.raw.clear();
    ASHLAR_CHECK(journal_.update(old));
  }
  return nothing{};
}

bool settlement_engine::is_done_on_l1(const store::intent& i) const {
  if (!is_ours_on_l1(i.last)) return false;
  switch (i.kind) {
    case store::intent_kind::commit:
      return progress_.committed >= i.last;
    case store::intent_kind::verify:
      return base() >= i.last || (proving_ && proving_->proof && proving_->run.first == i.first &&
                                  proving_->run.last == i.last &&
                                  (proving_->verified || proving_->stages_done > i.stage));
    case store::intent_kind::prove:
      return progress_.proved >= i.last;
    case store::intent_kind::execute:
    case store::intent_kind::escape:
      return progress_.executed >= i.last;
    case store::intent_kind::revert:
      return progress_.committed <= i.first;
  }
  return false;
}

sure<std::string> settlement_engine::cause_of_revert(const store::intent& i) {
  ASHLAR_TRY(const auto call, call_of(step_of(i)));
  if (!call) return std::string("what it was of is no longer in the store");
  const auto again = l1_.call({signer_.account(), call->to, call->calldata, {}});
  if (again.ok()) return std::string("the cause is gone by now");
  if (again.error().code != l1_error_code::reverted) return fail(trouble(again.error()));
  return revert_cause(again.error().revert_data);
}

}  // namespace ashlar::publisher
