#include <algorithm>

#include "actors/publisher/settlement_engine.hpp"
#include "net/l1/abi.hpp"
#include "runtime/base/hex.hpp"

namespace ashlar::publisher {

using store::intent_kind;
using store::intent_state;

/// Looks at the run that starts behind the last proved batch (of an escape, executed): which it is,
/// whether its proof is finished, and how far L1 is with the verification.
outcome settlement_engine::observe_proving() {
  const batch_number first = base().next();
  no_run_yet_.clear();
  if (first > provable_to()) {
    proving_.reset();
    return nothing{};
  }
  ASHLAR_TRY(const store::sealed_batch oldest, batches_.get(first));
  ASHLAR_CHECK(observe_verifier(oldest.input.protocol_version));
  if (!proofs_ || verifier_.is_zero()) {
    proving_.reset();
    return nothing{};
  }
  if (proving_) {
    ASHLAR_TRY(const bool ours, is_ours(proving_->run));
    if (proving_->run.first != first || !ours || !is_ours_on_l1(proving_->run.last))
      proving_.reset();
  }
  if (!proving_) ASHLAR_CHECK(choose_run(first));
  if (!proving_) return nothing{};
  proving_->oldest_sealed_at = oldest.sealed_at;
  return observe_verification();
}

/// The verifier of a protocol version, asked again with each block: a governor may change it.
outcome settlement_engine::observe_verifier(u32 protocol_version) {
  if (!head_moved_ && verifier_version_ == protocol_version) return nothing{};
  const auto asked = l1_.call({signer_.account(),
                               config_.contract,
                               l1::abi_encoder().number(protocol_version).call("verifiers(uint32)"),
                               {}});
  if (!asked.ok()) return fail(trouble(asked.error()));
  l1::abi_reader r(*asked);
  const address verifier = r.account();
  if (!r.ok())
    return fail(trouble(
        l1::l1_error{l1::l1_error_code::malformed, "verifiers(uint32): not an address", 0, {}}));
  if (verifier != verifier_) {
    proving_.reset();
    verifier_code_.clear();
  }
  verifier_version_ = protocol_version;
  verifier_ = verifier;
  if (verifier_.is_zero()) return nothing{};
  if (verifier_code_.empty()) {
    ASHLAR_TRY(verifier_code_, l1_.code(verifier_));
  }
  ASHLAR_TRY(
      const bytes root,
      l1_.call({signer_.account(), verifier_, l1::abi_encoder().call("programSetRoot()"), {}}));
  l1::abi_reader of(root);
  program_set_root_ = of.word();
  if (!of.ok())
    return fail(
        trouble(l1::l1_error{l1::l1_error_code::malformed, "programSetRoot(): not a word", 0, {}}));
  return nothing{};
}

/// A run that was begun is stuck to, however much has become ready since: its proof is under way.
/// Not one that reaches into what others committed.
outcome settlement_engine::choose_run(batch_number first) {
  if (const auto begun = proofs_->begun_from(first); begun && is_ours_on_l1(begun->last)) {
    ASHLAR_TRY(const bool ours, is_ours(*begun));
    if (ours) {
      proving_ = proving_run{*begun, {}, {}, 0, false, {}};
      return nothing{};
    }
  }
  const auto ready = proofs_->ready_to(first);
  batch_number last = provable_to();
  if (!ready || *ready < first)
    last = batch_number{first.value - 1};
  else
    last = std::min({last, *ready, batch_number{first.value + config_.run.batches_max - 1}});
  ASHLAR_TRY(const run_outlook outlook, outlook_from(first, last));
  no_run_yet_ = waits_to_begin(config_.run, outlook);
  if (!no_run_yet_.empty()) return nothing{};
  batch_run run{first, batch_number{first.value + outlook.ready - 1}, {}};
  ASHLAR_TRY(run.accumulator, accumulator_of(run.first, run.last));
  proofs_->begin(run);
  config_.log.info("proof for L1 begun", {{"first", run.first.value}, {"last", run.last.value}});
  proving_ = proving_run{run, {}, {}, 0, false, {}};
  return nothing{};
}

/// How many batches from `first` to `last` one proof may cover: those of one protocol version.
sure<run_outlook> settlement_engine::outlook_from(batch_number first, batch_number last) const {
  run_outlook out;
  out.base_fee = head_->base_fee;
  ASHLAR_TRY(const store::sealed_batch oldest, batches_.get(first));
  out.age_s = age_s(oldest.sealed_at);
  for (batch_number n = first; n <= last; n = n.next()) {
    ASHLAR_TRY(const store::sealed_batch b, batches_.get(n));
    if (b.input.protocol_version != oldest.input.protocol_version) {
      out.ended = true;
      return out;
    }
    ++out.ready;
  }
  return out;
}

sure<hash256> settlement_engine::accumulator_of(batch_number first, batch_number last) const {
  hash256 accumulator;
  for (batch_number n = first; n <= last; n = n.next()) {
    ASHLAR_TRY(const store::sealed_batch b, batches_.get(n));
    accumulator = chain_public_input(accumulator, public_input_hash(b.input));
  }
  return accumulator;
}

/// Whether a run is of the batches that this node has: they may have been laid again since.
sure<bool> settlement_engine::is_ours(const batch_run& run) const {
  if (run.last < run.first || run.last > batches_.last()) return false;
  ASHLAR_TRY(const hash256 accumulator, accumulator_of(run.first, run.last));
  return accumulator == run.accumulator;
}

outcome settlement_engine::observe_verification() {
  proving_run& p = *proving_;
  const auto ask = [&](const bytes& what) -> sure<u256> {
    ASHLAR_TRY(const bytes answer, l1_.call({signer_.account(), verifier_, what, {}}));
    l1::abi_reader r(answer);
    const u256 word = r.number();
    if (!r.ok())
      return fail(
          trouble(l1::l1_error{l1::l1_error_code::malformed, "the verifier: not a word", 0, {}}));
    return word;
  };
  const hash256 output = chain_public_input(program_set_root_, p.run.accumulator);
  if (!p.proof) {
    p.proof = proofs_->finished(p.run);
    if (!p.proof) return nothing{};
    p.refused = refusal_of(*p.proof);
    if (!p.refused.empty()) {
      p.proof = nullptr;  // asked for again: the source may come to another
      return nothing{};
    }
  } else if (!head_moved_) {
    return nothing{};
  }
  ASHLAR_TRY(const u256 verified, ask(l1::abi_encoder().word(output).call("isVerified(bytes32)")));
  p.verified = !verified.is_zero();
  ASHLAR_TRY(const u256 done, ask(p.proof->progress_call));
  p.stages_done = done > u256{p.proof->stages.size()} ? static_cast<u32>(p.proof->stages.size())
                                                      : static_cast<u32>(done.low());
  return nothing{};
}

/// Why a finished proof cannot be sent; empty where it can. It is checked natively before it is
/// given; this is about where it would go.
std::string settlement_engine::refusal_of(const run_proof& proof) const {
  const hash256 output = chain_public_input(program_set_root_, proving_->run.accumulator);
  if (proof.run != proving_->run) return "it is of another run";
  if (proof.verifier != verifier_)
    return "it is for verifier " + to_hex(proof.verifier) + ", the contract asks " +
           to_hex(verifier_);
  if (proof.output != output)
    return "its output is " + to_hex(proof.output) + ", the contract expects " + to_hex(output);
  if (proof.stages.empty() || proof.stages.size() > config_.stages_max)
    return "it takes " + std::to_string(proof.stages.size()) + " transactions, 1 to " +
           std::to_string(config_.stages_max) + " are sent";
  if (proof.stages.back().to != verifier_)
    return "its last stage goes to " + to_hex(proof.stages.back().to) + ", the verifier is " +
           to_hex(verifier_);
  for (const verification_stage& s : proof.stages) {
    if (s.calldata.size() > config_.stage_bytes_max)
      return "a stage has " + std::to_string(s.calldata.size()) + " bytes, at most " +
             std::to_string(config_.stage_bytes_max) + " are sent";
    if (s.gas_limit > config_.gas_limit_max)
      return "a stage needs " + std::to_string(s.gas_limit) + " gas, L1 takes at most " +
             std::to_string(config_.gas_limit_max) + " a transaction";
  }
  return {};
}

/// The stages that L1 does not have, in order, several in flight; then the run is taken for proved.
outcome settlement_engine::plan_proving() {
  if (!proving_ || !proving_->proof) return nothing{};
  const proving_run& p = *proving_;
  if (p.run.last > provable_to() || is_set_back(intent_kind::prove)) return nothing{};
  if (p.verified && escapes()) return plan_escape(p.run);
  if (p.verified) {
    if (is_covered(intent_kind::prove, p.run.first)) return nothing{};
    ASHLAR_CHECK(plan_step({intent_kind::prove, p.run.first, p.run.last}));
    return nothing{};
  }
  const auto count = static_cast<u32>(p.proof->stages.size());
  const bool begun = p.stages_done > 0 || is_stage_covered(p.run, 0);
  if (!begun) {
    const std::string dear = waits_to_send(config_.run, age_s(p.oldest_sealed_at), head_->base_fee);
    if (!dear.empty()) {
      block(p.run.first, dear);
      return nothing{};
    }
  }
  if (p.stages_done == count) {
    block(p.run.first, "L1 has all " + std::to_string(count) +
                           " stages of its proof, and the verifier does not hold its output");
    return nothing{};
  }
  for (u32 stage = p.stages_done; stage < count; ++stage) {
    if (is_stage_covered(p.run, stage)) continue;
    if (!may_send_more()) break;
    if (stage == p.stages_done) {
      ASHLAR_TRY(const bool in_vain, was_mined_in_vain(p, stage));
      if (in_vain) break;
    }
    ASHLAR_TRY(const bool went, plan_step({intent_kind::verify, p.run.first, p.run.last, stage}));
    if (!went) break;
  }
  return nothing{};
}

/// Whether L1 has this very stage, as deep as is waited for, and the verifier still asks for it:
/// then it went to a contract that this verifier does not look at, and so would the next. Where a
/// reorg took it there is no receipt, and it is sent again.
sure<bool> settlement_engine::was_mined_in_vain(const proving_run& p, u32 stage) {
  const step_id step{intent_kind::verify, p.run.first, p.run.last, stage};
  ASHLAR_TRY(const auto call, call_of(step));
  if (!call) return false;
  for (auto i = recent_.rbegin(); i != recent_.rend(); ++i) {
    if (i->kind != step.kind || i->first != step.first || i->last != step.last || i->stage != stage)
      continue;
    if (i->state != intent_state::settled || i->content != call->content) continue;
    for (const store::intent_attempt& a : i->attempts) {
      ASHLAR_TRY(const auto receipt, l1_.receipt(a.txn_hash));
      if (!receipt || !receipt->success) continue;
      block(p.run.first, "L1 took stage " + std::to_string(stage + 1) + " of its proof in " +
                             to_hex(a.txn_hash) + ", sent to " + to_hex(call->to) +
                             ", and the verifier " + to_hex(verifier_) +
                             " does not count it: it is another verifier's; not sent again");
      return true;
    }
  }
  return false;
}

bool settlement_engine::is_stage_covered(const batch_run& run, u32 stage) const {
  return std::any_of(flights_.begin(), flights_.end(), [&](const flight& f) {
    const store::intent& i = f.record;
    return i.kind == intent_kind::verify && i.first == run.first && i.last == run.last &&
           i.stage == stage;
  });
}

u64 settlement_engine::age_s(unix_seconds since) const {
  const u64 now = time_.wall().value;
  return now > since.value ? now - since.value : 0;
}

}  // namespace ashlar::publisher
