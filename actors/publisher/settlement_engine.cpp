#include "actors/publisher/settlement_engine.hpp"

#include <algorithm>

#include "runtime/base/hex.hpp"

namespace ashlar::publisher {

using std::chrono::milliseconds;
using store::intent_kind;
using store::intent_state;

settlement_engine::settlement_engine(publisher_config config, l1::client& l1,
                                     const l1::signer& operator_account, const clock& time,
                                     store::batch_store& batches, store::intent_journal& journal,
                                     proof_source* proofs)
    : config_(std::move(config)),
      l1_(l1),
      signer_(operator_account),
      time_(time),
      batches_(batches),
      journal_(journal),
      proofs_(proofs),
      jitter_(config_.jitter_seed),
      signed_(config_.signing()) {
  ensure(config_.validate().empty());
}

result<clock::duration, store::error> settlement_engine::step() {
  const clock::duration now = time_.steady();
  if (now < not_before_) return not_before_ - now;
  blocked_.clear();
  const outcome done = round();
  if (done.ok()) {
    if (!endpoint_trouble_.empty()) config_.log.info("L1 answers again", {});
    endpoint_failures_ = 0;
    endpoint_trouble_.clear();
    log_blocked();
    return clock::duration(milliseconds(config_.poll_ms));
  }
  if (done.error().is_fatal()) return fail(*done.error().store);
  head_moved_ = true;  // what this round did not come to ask is not known
  note_trouble(done.error(), now);
  return not_before_ - now;
}

void settlement_engine::note_trouble(const trouble& t, clock::duration now) {
  ++counters_.endpoint_errors;
  if (endpoint_trouble_ != t.text())
    config_.log.warning("L1 fails", {{"role", "publisher"}, {"why", t.text()}});
  endpoint_trouble_ = t.text();
  not_before_ = now + backoff_delay(config_.backoff, endpoint_failures_, jitter_);
  ++endpoint_failures_;
}

outcome settlement_engine::round() {
  ASHLAR_CHECK(start());
  ASHLAR_CHECK(observe());
  ASHLAR_CHECK(check_tip());
  ASHLAR_CHECK(observe_proving());
  ASHLAR_CHECK(follow_all());
  ASHLAR_CHECK(plan());
  head_moved_ = false;
  return nothing{};
}

outcome settlement_engine::start() {
  if (started_) return nothing{};
  ASHLAR_TRY(const u64 chain, l1_.chain_id());
  if (chain != config_.l1_chain_id)
    return fail(trouble(l1::l1_error{l1::l1_error_code::wrong_chain,
                                     "the endpoint serves chain " + std::to_string(chain) +
                                         ", configured is " + std::to_string(config_.l1_chain_id),
                                     static_cast<i64>(chain),
                                     {}}));
  flights_.clear();
  recent_.clear();
  signed_ = signing_book(config_.signing());
  // No more than so many were signed in the last hour.
  const u32 looked_at = std::max(config_.raw_kept_intents, config_.signatures_per_hour_max);
  const u64 last = journal_.last_id();
  const u64 oldest = last > looked_at ? last - looked_at + 1 : 1;
  ASHLAR_TRY(auto newest, journal_.list(oldest, looked_at));
  for (store::intent& i : newest) {
    note_signatures(i);
    if (i.id + config_.raw_kept_intents > last &&
        (i.state == intent_state::settled || i.state == intent_state::given_up))
      recent_.push_back(std::move(i));
  }
  ASHLAR_TRY(auto open, journal_.open_intents());
  for (store::intent& i : open) {
    if (i.id < oldest) note_signatures(i);
    flight f;
    f.record = std::move(i);
    // At once: nobody knows whether the last process came to send it.
    f.sent_at = time_.steady() - milliseconds(config_.resend_after_ms);
    f.front_at = time_.steady();
    if (f.record.attempts.empty()) {
      ASHLAR_CHECK(give_up(f, "it was not signed before the publisher ended: planned anew"));
      continue;
    }
    ASHLAR_TRY(const auto call, call_of(step_of(f.record)));
    if (!call || call->content != f.record.content) {
      ASHLAR_CHECK(give_up(f, f.record.kind == intent_kind::verify
                                  ? "its proof is not at hand any more"
                                  : "the batch was laid again with other content"));
      continue;
    }
    if (f.record.sender != signer_.account()) {
      ASHLAR_CHECK(give_up(f, "the operator's account changed"));
      continue;
    }
    flights_.push_back(std::move(f));
  }
  std::sort(flights_.begin(), flights_.end(), [](const flight& a, const flight& b) {
    return std::pair(a.record.nonce, a.record.id) < std::pair(b.record.nonce, b.record.id);
  });
  started_ = true;
  return nothing{};
}

outcome settlement_engine::observe() {
  ASHLAR_TRY(const l1::l1_block head, l1_.latest());
  // The nonce before anything else: a receipt that is asked for later can then not be missed
  // because the block came in between.
  ASHLAR_TRY(nonce_, l1_.nonce(signer_.account(), "latest"));
  ASHLAR_TRY(progress_, l1::read_progress(l1_, config_.contract));
  if (escapes()) {
    ASHLAR_TRY(executed_state_, l1::read_executed_state(l1_, config_.contract));
  }
  head_moved_ = head_moved_ || !head_ || head_->hash != head.hash;
  head_ = head;
  return nothing{};
}

batch_number settlement_engine::provable_to() const {
  const batch_number most =
      escapes() ? batches_.last() : std::min(progress_.committed, batches_.last());
  return tip_is_ours_ ? most : std::min(most, ours_to_);
}

/// The last of this engine's batches that L1 has with none of another's below, as far as the next
/// run may reach. What was executed last may be another's itself.
sure<batch_number> settlement_engine::own_prefix() const {
  const batch_number most =
      std::min({progress_.committed, batches_.last(),
                batch_number{progress_.proved.value + config_.run.batches_max}});
  batch_number own;
  for (batch_number n{std::max<u64>(1, progress_.executed.value)}; n <= most; n = n.next()) {
    ASHLAR_TRY(const store::sealed_batch ours, batches_.get(n));
    ASHLAR_TRY(const hash256 there, l1::read_stored_batch(l1_, config_.contract, n));
    if (there != public_input_hash(ours.input)) break;
    own = n;
  }
  return own;
}

/// What others committed is of no concern to an escape, which replaces it; what was executed is.
outcome settlement_engine::check_tip() {
  tip_is_ours_ = true;
  const batch_number tip = escapes() ? progress_.executed : progress_.committed;
  if (tip.value == 0 || (escapes() && tip > batches_.last())) return nothing{};
  if (tip > batches_.last()) {
    tip_is_ours_ = false;
    if (head_moved_) {
      ASHLAR_TRY(ours_to_, own_prefix());
    }
    block(tip,
          "L1 has batch " + std::to_string(tip.value) + ", this node's folder ends at batch " +
              std::to_string(batches_.last().value) +
              ": nothing is committed for a chain that L1 is ahead of, what is there up to batch " +
              std::to_string(ours_to_.value) + " is settled");
    return nothing{};
  }
  ASHLAR_TRY(const store::sealed_batch ours, batches_.get(tip));
  const hash256& here = ours.input.state_after;
  const hash256& there = escapes() ? executed_state_ : progress_.tip_state;
  if (here == there) {
    tip_mismatches_ = 0;
    return nothing{};
  }
  // Number and state are two answers, and a block may have come in between: ask twice.
  tip_is_ours_ = false;
  if (++tip_mismatches_ < config_.missing_polls_max) {
    ours_to_ = {};
    return nothing{};
  }
  std::string then = "; nothing more is sent until they agree";
  if (!escapes()) {
    if (head_moved_ || tip_mismatches_ == config_.missing_polls_max) {
      ASHLAR_TRY(ours_to_, own_prefix());
    }
    then = "; nothing more is committed until they agree, what is there up to batch " +
           std::to_string(ours_to_.value) +
           " is settled (what another committer committed, revertBatches takes back)";
  }
  block(tip, std::string(escapes() ? "L1 executed" : "L1 committed") + " another batch " +
                 std::to_string(tip.value) + ": " + to_hex(there) + " there, " + to_hex(here) +
                 " here" + then);
  return nothing{};
}

}  // namespace ashlar::publisher
