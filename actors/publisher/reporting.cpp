#include "actors/publisher/settlement_engine.hpp"
#include "runtime/base/hex.hpp"

// What the engine says of itself and of each batch.

namespace ashlar::publisher {

using store::intent_kind;
using store::intent_state;

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
    if (i.kind == intent_kind::verify || i.kind == intent_kind::prove) raise(batch_stage::proving);
    if (i.state == intent_state::sent)
      in_flight = std::string(to_text(i.kind)) + " " + to_hex(i.attempts.back().txn_hash) +
                  " to be mined (nonce " + std::to_string(i.nonce) + ", attempt " +
                  std::to_string(i.attempts.size()) + ")";
  }
  if (is_ours_on_l1(number)) {
    if (!escapes() && number <= progress_.committed) raise(batch_stage::committed);
    if (!escapes() && number <= progress_.proved) raise(batch_stage::proved);
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
  else if (p.stage == batch_stage::committed || p.stage == batch_stage::proving)
    p.waits_for = proving_ && number > proving_->run.last
                      ? "the run of batches " + std::to_string(proving_->run.first.value) + " to " +
                            std::to_string(proving_->run.last.value) + ", which is proved before"
                      : what_proving_waits_for();
  else if (p.stage == batch_stage::proved)
    p.waits_for = "its execution on L1";
  return p;
}

std::string settlement_engine::what_proving_waits_for() const {
  if (!proofs_ && config_.prover_runs)
    return verifier_.is_zero() ? "a verifier: the contract has none"
                               : "its proof on L1: this node makes none (prover.l1_contracts)";
  if (!proofs_)
    return verifier_.is_zero() ? "a proof: no prover runs and the contract has no verifier"
                               : "a proof: no prover runs";
  if (verifier_.is_zero()) return "a verifier: the contract has none";
  if (!proving_) return no_run_yet_.empty() ? "a proof" : no_run_yet_;
  const std::string run =
      std::to_string(proving_->run.first.value) + " to " + std::to_string(proving_->run.last.value);
  if (!proving_->refused.empty())
    return "a proof of batches " + run + ": the finished one cannot be sent: " + proving_->refused;
  if (!proving_->proof) {
    const std::string doing = proofs_->doing(proving_->run);
    return "a proof of batches " + run + (doing.empty() ? doing : ": " + doing);
  }
  return "the verification on L1 of the proof of batches " + run + ": " +
         std::to_string(proving_->stages_done) + " of " +
         std::to_string(proving_->proof->stages.size()) + " transactions";
}

api::role_status settlement_engine::status() const {
  api::role_status s;
  s.role = "publisher";
  const u64 sealed = batches_.last().value;
  u64 sent = 0, confirming = 0;
  for (const flight& f : flights_) ++(f.record.state == intent_state::mined ? confirming : sent);
  s.doing = !started_ ? "reconciling its journal with L1"
                      : "committed " + std::to_string(progress_.committed.value) + " of " +
                            std::to_string(sealed) + " sealed batches, proved " +
                            std::to_string(progress_.proved.value) + ", executed " +
                            std::to_string(progress_.executed.value) + "; " + std::to_string(sent) +
                            " in flight" + last_lost_;
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
  if (proofs_)
    for (const layer_time& l : proofs_->last_layers())
      s.counters.emplace_back("proof_layer_" + l.layer + "_ms", l.ms);
  return s;
}

}  // namespace ashlar::publisher
