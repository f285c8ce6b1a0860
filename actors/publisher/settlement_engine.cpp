#include "actors/publisher/settlement_engine.hpp"

#include <algorithm>

#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/crypto/keccak.hpp"

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
      jitter_(config_.jitter_seed) {
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
  ASHLAR_CHECK(follow_all());
  ASHLAR_CHECK(plan());
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
  const u64 last = journal_.last_id();
  const u64 kept = config_.raw_kept_intents;
  ASHLAR_TRY(auto newest,
             journal_.list(last > kept ? last - kept + 1 : 1, config_.raw_kept_intents));
  for (store::intent& i : newest)
    if (i.state == intent_state::settled || i.state == intent_state::given_up)
      recent_.push_back(std::move(i));
  ASHLAR_TRY(auto open, journal_.open_intents());
  for (store::intent& i : open) {
    flight f;
    f.record = std::move(i);
    // At once: nobody knows whether the last process came to send it.
    f.sent_at = time_.steady() - milliseconds(config_.resend_after_ms);
    f.front_at = time_.steady();
    ASHLAR_TRY(const auto calldata, calldata_of(f.record.kind, f.record.first, f.record.last));
    if (!calldata || crypto::keccak256(*calldata) != f.record.content) {
      ASHLAR_CHECK(give_up(f, "the batch was laid again with other content"));
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
  if (!has_verifier_ && progress_.committed > progress_.proved) {
    ASHLAR_TRY(
        const bytes raw,
        l1_.call(
            {signer_.account(), config_.contract, l1::abi_encoder().call("getVerifier()"), {}}));
    l1::abi_reader r(raw);
    has_verifier_ = !r.account().is_zero();
  }
  head_moved_ = !head_ || head_->hash != head.hash;
  head_ = head;
  return nothing{};
}

outcome settlement_engine::check_tip() {
  tip_is_ours_ = true;
  const batch_number tip = progress_.committed;
  if (tip.value == 0 || tip > batches_.last()) return nothing{};
  ASHLAR_TRY(const store::sealed_batch ours, batches_.get(tip));
  if (ours.input.state_after == progress_.tip_state) {
    tip_mismatches_ = 0;
    return nothing{};
  }
  // Number and state are two answers, and a block may have come in between: ask twice.
  tip_is_ours_ = false;
  if (++tip_mismatches_ < config_.missing_polls_max) return nothing{};
  block(tip, "L1 committed another batch " + std::to_string(tip.value) + ": state there " +
                 to_hex(progress_.tip_state) + ", here " + to_hex(ours.input.state_after) +
                 "; nothing more is sent until they agree");
  return nothing{};
}

void settlement_engine::block(batch_number about, std::string why) {
  blocked_.insert_or_assign(about, std::move(why));
}

/// What a round waits for is said again only when it is something else.
void settlement_engine::log_blocked() {
  const std::string why = blocked_.empty() ? std::string() : blocked_.begin()->second;
  if (why == logged_blocked_) return;
  logged_blocked_ = why;
  if (!why.empty())
    config_.log.warning("settlement waits",
                        {{"batch", blocked_.begin()->first.value}, {"why", why}});
}

std::optional<api::batch_progress> settlement_engine::progress_of(batch_number number) const {
  if (number.value == 0 || number > batches_.last()) return std::nullopt;
  api::batch_progress p;
  p.number = number;
  if (const auto s = batches_.settlement(number); s.ok()) {
    p.stage = s->stage;
    p.commit_txn = s->commit_txn;
    p.prove_txn = s->prove_txn;
    p.execute_txn = s->execute_txn;
    p.commit_gas = s->commit_gas;
    p.prove_gas = s->prove_gas;
    p.execute_gas = s->execute_gas;
  }
  const auto raise = [&](batch_stage stage) { p.stage = std::max(p.stage, stage); };
  std::string in_flight;
  for (const flight& f : flights_) {
    const store::intent& i = f.record;
    if (number < i.first || number > i.last || i.attempts.empty()) continue;
    if (i.kind == intent_kind::commit) {
      raise(batch_stage::committing);
      p.commit_txn = i.attempts.back().txn_hash;
      if (i.l1_gas_used > 0) p.commit_gas = i.l1_gas_used;
    }
    if (i.state == intent_state::sent)
      in_flight = std::string(to_text(i.kind)) + " " + to_hex(i.attempts.back().txn_hash) +
                  " to be mined (nonce " + std::to_string(i.nonce) + ", attempt " +
                  std::to_string(i.attempts.size()) + ")";
  }
  if (tip_is_ours_) {
    if (number <= progress_.committed) raise(batch_stage::committed);
    if (number <= progress_.proved) raise(batch_stage::proved);
    if (number <= progress_.executed) raise(batch_stage::executed);
  }
  const auto blocked = blocked_.find(number);
  if (blocked != blocked_.end())
    p.waits_for = blocked->second;
  else if (!endpoint_trouble_.empty() && p.stage < batch_stage::executed)
    p.waits_for = endpoint_trouble_;
  else if (!in_flight.empty())
    p.waits_for = in_flight;
  else if (p.stage == batch_stage::sealed)
    p.waits_for = blocked_.empty() ? "its turn to be committed"
                                   : "batch " + std::to_string(blocked_.begin()->first.value) +
                                         ": " + blocked_.begin()->second;
  else if (p.stage == batch_stage::committed && !proofs_ && config_.prover_runs)
    p.waits_for = has_verifier_ ? "its proof on L1: this version does not send proofs"
                                : "a verifier: the contract has none";
  else if (p.stage == batch_stage::committed && !proofs_)
    p.waits_for = has_verifier_ ? "a proof: no prover runs"
                                : "a proof: no prover runs and the contract has no verifier";
  else if (p.stage == batch_stage::committed)
    p.waits_for = has_verifier_ ? "a proof" : "a verifier: the contract has none";
  else if (p.stage == batch_stage::proved)
    p.waits_for = "its execution on L1";
  return p;
}

api::role_status settlement_engine::status() const {
  api::role_status s;
  s.role = "publisher";
  const u64 sealed = batches_.last().value;
  u64 sent = 0, confirming = 0;
  for (const flight& f : flights_) ++(f.record.state == intent_state::mined ? confirming : sent);
  s.doing = !started_ ? "reconciling its journal with L1"
                      : "committed " + std::to_string(progress_.committed.value) + " of " +
                            std::to_string(sealed) + " sealed batches, " + std::to_string(sent) +
                            " in flight";
  if (!endpoint_trouble_.empty())
    s.waits_for = endpoint_trouble_;
  else if (!blocked_.empty())
    s.waits_for =
        "batch " + std::to_string(blocked_.begin()->first.value) + ": " + blocked_.begin()->second;
  s.healthy = s.waits_for.empty();
  s.counters = {{"batches_sealed", sealed},
                {"batches_committed", progress_.committed.value},
                {"batches_proved", progress_.proved.value},
                {"batches_executed", progress_.executed.value},
                {"in_flight", sent},
                {"confirming", confirming},
                {"sent_total", counters_.sent},
                {"resent_total", counters_.resent},
                {"bumped_total", counters_.bumped},
                {"mined_total", counters_.mined},
                {"settled_total", counters_.settled},
                {"given_up_total", counters_.given_up},
                {"reverted_total", counters_.reverted},
                {"vanished_total", counters_.vanished},
                {"nonce_taken_total", counters_.nonce_taken},
                {"endpoint_errors_total", counters_.endpoint_errors}};
  return s;
}

}  // namespace ashlar::publisher
