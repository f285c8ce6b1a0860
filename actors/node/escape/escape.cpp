#include "actors/node/escape/escape.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "actors/node/chain/restore.hpp"
#include "actors/node/escape/batch.hpp"
#include "actors/node/escape/plan.hpp"
#include "runtime/base/hex.hpp"
#include "runtime/store/folder.hpp"

namespace ashlar::node {
namespace {

using can = escape_verdict::what;
template <class T>
using step = result<T, escape_failure>;

failure<escape_failure> failed(std::string text) {
  return fail(escape_failure{false, std::move(text), {}});
}
failure<escape_failure> failed(const l1::l1_error& e) {
  return failed(l1_text(e));
}
failure<escape_failure> failed(const store::error& e) {
  return failed(store::to_text(e));
}

class escape {
 public:
  escape(const escape_config& config, const escape_parts& parts) : config_(config), parts_(parts) {}

  step<escape_report> run();

 private:
  status<escape_failure> open();
  status<escape_failure> check_chain(const l1::escape_standing& s) const;
  status<escape_failure> check_funds(const l1::escape_standing& s) const;
  step<l1::escape_standing> look();
  /// One look at L1 and what follows from it; true when there is nothing more to do.
  step<bool> round();
  step<bool> end(const escape_verdict& verdict);

  step<stf::rebuilt_chain> rebuild(const l1_history& history, batch_number last);
  step<u64> count_overdue(const l1::escape_standing& s, unix_seconds at) const;
  step<std::optional<unix_seconds>> requested_at(const l1::escape_standing& s, u64 id) const;
  step<batch_outlook> outlook(const store::sealed_batch& batch, const l1::escape_standing& s,
                              const l1_history& history) const;
  step<bool> has_begun(const l1::escape_standing& s) const;
  step<store::sealed_batch> prepare(const l1::escape_standing& s);
  step<store::sealed_batch> lay(const l1::escape_standing& s, const l1_history& history,
                                const stf::rebuilt_chain& chain);
  /// False where L1 would not take the batch any more.
  step<bool> prove(const store::sealed_batch& batch);
  status<escape_failure> settle(const store::sealed_batch& batch);
  status<escape_failure> execute(const l1::escape_standing& s);
  status<escape_failure> drive(publisher::settlement_way way, publisher::proof_source* source,
                               const std::function<step<bool>()>& is_over);
  step<bool> is_settled(const store::sealed_batch& batch);
  status<escape_failure> note_work();
  void say(const std::string& line) const { parts_.say(line); }

  escape_config config_;
  const escape_parts& parts_;
  std::unique_ptr<store::batch_store> batches_;
  std::unique_ptr<store::intent_journal> journal_;
  std::optional<store::content_store> witnesses_;
  std::unique_ptr<escape_prover> prover_;
  escape_report report_;
  bool began_ = false;  // something was begun here for L1 to take
};

status<escape_failure> escape::open() {
  if (const auto made = store::make_folder(config_.folder); !made)
    return fail(escape_failure{true, store::to_text(made.error()), {}});
  const auto database = [&](const char* name) {
    store::database_config c;
    c.folder = config_.folder + "/" + name;
    return c;
  };
  auto batches = store::batch_store::open(database("batches"));
  if (!batches) return failed(batches.error());
  batches_ = std::move(*batches);
  auto journal = store::intent_journal::open(database("intents"));
  if (!journal) return failed(journal.error());
  journal_ = std::move(*journal);
  auto witnesses = store::content_store::open(config_.folder + "/witnesses");
  if (!witnesses) return failed(witnesses.error());
  witnesses_.emplace(std::move(*witnesses));
  auto prover = parts_.prover(*batches_);
  if (!prover) return fail(escape_failure{true, prover.error(), {}});
  prover_ = std::move(*prover);
  config_.publisher.contract = config_.chain.contracts.chain;
  config_.publisher.l1_chain_id = config_.chain.config.l1_chain_id;
  // It is not put off for being dear: what the account may pay is the limit.
  config_.publisher.run.age_max_s = 0;
  config_.publisher.run.base_fee_dear = config_.publisher.fees.fee_per_gas_max;
  if (auto why = config_.publisher.validate(); !why.empty())
    return fail(escape_failure{true, std::move(why), {}});
  return nothing{};
}

step<l1::escape_standing> escape::look() {
  auto s = l1::read_escape_standing(parts_.l1, config_.chain.contracts.chain);
  if (!s) return failed(s.error());
  return std::move(*s);
}

/// What would make every batch of ours one that L1 refuses.
status<escape_failure> escape::check_chain(const l1::escape_standing& s) const {
  const auto l1_chain = parts_.l1.chain_id();
  if (!l1_chain) return failed(l1_chain.error());
  const chain_config& c = config_.chain.config;
  if (*l1_chain != c.l1_chain_id)
    return fail(escape_failure{
        true,
        fmt::format("the endpoint serves L1 {}, the chain is on L1 {}", *l1_chain, c.l1_chain_id),
        {}});
  if (config_hash(c) != s.config_hash)
    return fail(escape_failure{
        true,
        fmt::format("chain.toml is not the chain's present configuration: its hash is {}, L1 has "
                    "{}",
                    to_hex(config_hash(c)), to_hex(s.config_hash)),
        {}});
  if (c.protocol_version != s.protocol_version)
    return fail(escape_failure{true,
                               fmt::format("the chain's protocol version is {}, chain.toml says {}",
                                           s.protocol_version, c.protocol_version),
                               {}});
  return nothing{};
}

/// Before the proof is made; who has begun to send is told by the engine what it lacks.
status<escape_failure> escape::check_funds(const l1::escape_standing& s) const {
  const auto all = journal_->list(1, ~u32{0});
  if (!all) return failed(all.error());
  for (const store::intent& i : *all)
    if (i.first == s.progress.executed.next() && i.state != store::intent_state::given_up)
      return nothing{};
  const auto head = parts_.l1.latest();
  if (!head) return failed(head.error());
  const auto balance = parts_.l1.balance(parts_.account.account());
  if (!balance) return failed(balance.error());
  const u256 price = head->base_fee + config_.publisher.fees.tip;
  const u256 needed = price * u256{config_.gas_expected};
  if (*balance >= needed) return nothing{};
  return failed(fmt::format(
      "the account {} has {} wei on L1; verifying the proof and settling take about {} gas, {} wei "
      "at the present fee: refill it with {} wei or more",
      to_hex(parts_.account.account()), to_decimal(*balance), config_.gas_expected,
      to_decimal(needed), to_decimal(needed - *balance)));
}

/// The chain up to `last`; the batch store has the same batches behind it, and what it has more
/// only where that goes on from them.
step<stf::rebuilt_chain> escape::rebuild(const l1_history& history, batch_number last) {
  std::optional<store::error> trouble;
  const auto take = [&](const l1::commit_call& call, const stf::rebuilt_chain& chain) {
    const batch_number n = call.header.number;
    if (trouble) return;
    if (n <= batches_->last()) {
      const auto had = batches_->get(n);
      if (had && had->input == call.header) return;
      if (const auto cut = batches_->truncate(batch_number{n.value - 1}); !cut) {
        trouble = cut.error();
        return;
      }
    }
    const auto put = batches_->append(batch_from_l1(call.header, call.pubdata, chain));
    if (!put) trouble = put.error();
  };
  auto chain = rebuild_from_l1(parts_.l1, config_.chain, history, last, take);
  if (trouble) return failed(*trouble);
  if (!chain) return failed(chain.error());
  if (chain->last_batch() != last)
    return failed(fmt::format("L1 has executed batch {}, and its events end at batch {}",
                              last.value, chain->last_batch().value));
  return std::move(*chain);
}

/// None where the operation does not exist.
step<std::optional<unix_seconds>> escape::requested_at(const l1::escape_standing& s, u64 id) const {
  if (id >= s.progress.priority_total) return std::optional<unix_seconds>{};
  const auto at = l1::read_request_time(parts_.l1, config_.chain.contracts.chain, priority_id{id});
  if (!at) return failed(at.error());
  return std::optional{*at};
}

/// For a batch that ends then. Requests are in the order of their times.
step<u64> escape::count_overdue(const l1::escape_standing& s, unix_seconds ends) const {
  u64 first = s.priority_executed, last = s.progress.priority_total;
  while (first < last) {
    const u64 middle = first + (last - first) / 2;
    ASHLAR_TRY(const auto at, requested_at(s, middle));
    if (at && at->value + s.priority_deadline_s < ends.value)
      first = middle + 1;
    else
      last = middle;
  }
  return first - s.priority_executed;
}

step<batch_outlook> escape::outlook(const store::sealed_batch& batch, const l1::escape_standing& s,
                                    const l1_history& history) const {
  const u64 taken = batch.input.priority_count;
  std::optional<unix_seconds> left_out;
  if (!may_leave_the_rest(std::span(history.queue).subspan(s.priority_executed), taken)) {
    ASHLAR_TRY(left_out, requested_at(s, s.priority_executed + taken));
  }
  return outlook_of(batch, s, rolling_hashes(history.queue), left_out);
}

/// Whether L1 would still take a batch that was begun before and can be proved on.
step<bool> escape::has_begun(const l1::escape_standing& s) const {
  const batch_number next = s.progress.executed.next();
  if (batches_->last() < next) return false;
  const auto begun = batches_->get(next);
  if (!begun) return failed(begun.error());
  if (!witnesses_->has(begun->witness_hash)) return false;
  const auto history = read_l1_history(parts_.l1, config_.chain);
  if (!history) return failed(history.error());
  if (history->queue.size() < s.progress.priority_total) return false;
  ASHLAR_TRY(const batch_outlook now, outlook(*begun, s, *history));
  return now.refusal.empty();
}

/// The batch that was begun before where L1 would still take it, else a new one.
step<store::sealed_batch> escape::prepare(const l1::escape_standing& s) {
  const auto history = read_l1_history(parts_.l1, config_.chain);
  if (!history) return failed(history.error());
  const auto rolling = rolling_hashes(history->queue);
  if (s.progress.priority_total >= rolling.size() ||
      rolling[s.progress.priority_total] != s.priority_hash)
    return failed("L1's events do not give the queue that the contract has");
  ASHLAR_TRY(const stf::rebuilt_chain chain, rebuild(*history, s.progress.executed));
  if (chain.commitment() != s.executed_state)
    return failed(fmt::format("the state rebuilt from L1 is {}, the contract has {}",
                              to_hex(chain.commitment()), to_hex(s.executed_state)));
  say(fmt::format("state after batch {} rebuilt from L1: {}", chain.last_batch().value,
                  to_hex(chain.commitment())));
  const batch_number next = s.progress.executed.next();
  if (batches_->last() >= next) {
    const auto begun = batches_->get(next);
    if (!begun) return failed(begun.error());
    ASHLAR_TRY(const batch_outlook now, outlook(*begun, s, *history));
    if (now.refusal.empty() && witnesses_->has(begun->witness_hash)) {
      say(fmt::format("going on with batch {}, which L1 takes until {}", next.value,
                      utc_text(now.settle_till)));
      return *begun;
    }
    if (!now.refusal.empty())
      say(fmt::format("batch {} is laid again: {}", next.value, now.refusal));
    if (const auto cut = batches_->truncate(s.progress.executed); !cut) return failed(cut.error());
  }
  return lay(s, *history, chain);
}

step<store::sealed_batch> escape::lay(const l1::escape_standing& s, const l1_history& history,
                                      const stf::rebuilt_chain& chain) {
  const auto queue =
      std::span(history.queue)
          .subspan(s.priority_executed, s.progress.priority_total - s.priority_executed);
  const unix_seconds at = std::max(s.now, chain.state().last_timestamp);
  ASHLAR_TRY(const u64 overdue, count_overdue(s, at));
  const auto choice = choose_operations(s, queue, overdue, config_.operation_confirmations);
  std::vector<txn> operations;
  for (const queued_on_l1& q : queue.first(choice.settled)) {
    auto t = to_txn(q.operation.request);
    if (!t) return failed(std::string(to_text(t.error().code)));
    operations.push_back(std::move(*t));
  }
  if (operations.empty()) return failed("no operation is overdue");
  auto laid =
      lay_operations(config_.chain.config, chain, operations, choice.demanded, at, config_.limits);
  if (!laid) return failed(laid.error());
  const auto kept = witnesses_->put(laid->witness);
  if (!kept) return failed(kept.error());
  laid->sealed.witness_hash = *kept;
  if (const auto put = batches_->append(laid->sealed); !put) return failed(put.error());
  ASHLAR_TRY(const batch_outlook now, outlook(laid->sealed, s, history));
  if (!now.refusal.empty()) return failed("L1 would not take the batch: " + now.refusal);
  say(
      fmt::format("batch {}: {} operations of {}, {} of them overdue, in {} blocks, {} bytes for "
                  "L1, which takes it until {}",
                  laid->sealed.number.value, laid->operations, queue.size(),
                  std::min(overdue, laid->operations),
                  laid->sealed.last_block.value - laid->sealed.first_block.value + 1,
                  laid->sealed.pubdata.size(), utc_text(now.settle_till)));
  return laid->sealed;
}

/// Whether L1 has executed this very batch.
step<bool> escape::is_settled(const store::sealed_batch& batch) {
  const auto progress = l1::read_progress(parts_.l1, config_.chain.contracts.chain);
  if (!progress) return failed(progress.error());
  if (progress->executed < batch.number) return false;
  const auto there = l1::read_stored_batch(parts_.l1, config_.chain.contracts.chain, batch.number);
  if (!there) return failed(there.error());
  return *there == public_input_hash(batch.input);
}

/// Steps a settlement engine until it is over and nothing that it sent is open.
status<escape_failure> escape::drive(publisher::settlement_way way, publisher::proof_source* source,
                                     const std::function<step<bool>()>& is_over) {
  publisher::publisher_config config = config_.publisher;
  config.way = way;
  publisher::settlement_engine engine(config, parts_.l1, parts_.account, parts_.time, *batches_,
                                      *journal_, source);
  std::string waits, doing;
  for (;;) {
    const auto wait = engine.step();
    if (!wait) return failed(wait.error());
    const api::role_status now = engine.status();
    if (now.waits_for != waits && !now.waits_for.empty()) say("waits: " + now.waits_for);
    waits = now.waits_for;
    const auto last = engine.progress_of(batches_->last());
    if (last && last->waits_for != doing && !last->waits_for.empty() && waits.empty())
      say("waits for " + last->waits_for);
    if (last) doing = last->waits_for;
    ASHLAR_TRY(const bool over, is_over());
    if (over) return nothing{};
    parts_.wait(*wait);
  }
}

step<bool> escape::prove(const store::sealed_batch& batch) {
  const auto witness = witnesses_->get(batch.witness_hash);
  if (!witness) return failed(witness.error());
  // A proof takes hours, and each part of it for a batch that L1 refuses would be for nothing.
  clock::duration looked = parts_.time.steady();
  std::string refusal;
  const auto is_wanted = [&] {
    const clock::duration now = parts_.time.steady();
    if (!refusal.empty() || now - looked < std::chrono::milliseconds(config_.look_ms))
      return refusal.empty();
    looked = now;
    const auto s = l1::read_escape_standing(parts_.l1, config_.chain.contracts.chain);
    if (!s) return true;  // an endpoint's trouble says nothing of the batch
    const auto history = read_l1_history(parts_.l1, config_.chain);
    if (!history || history->queue.size() < s->progress.priority_total) return true;
    const auto then = outlook(batch, *s, *history);
    if (then.ok()) refusal = then->refusal;
    return refusal.empty();
  };
  const auto proved = prover_->prove(batch, *witness, is_wanted);
  if (proved.ok()) return true;
  if (refusal.empty()) return failed(proved.error());
  say(fmt::format("batch {} is not proved on: {}", batch.number.value, refusal));
  return false;
}

/// Until it is settled, or can no longer be: another round then looks why.
status<escape_failure> escape::settle(const store::sealed_batch& batch) {
  std::optional<l1::l1_block_number> seen;
  return drive(publisher::settlement_way::escapes, &prover_->source(), [&]() -> step<bool> {
    // The engine waits out an endpoint's trouble.
    const auto progress = l1::read_progress(parts_.l1, config_.chain.contracts.chain);
    if (!progress) return false;
    if (progress->executed >= batch.number) {
      const auto open = journal_->open_intents();
      if (!open) return failed(open.error());
      const auto ours = is_settled(batch);
      return ours.ok() && (!*ours || open->empty());
    }
    const auto head = parts_.l1.latest();
    if (!head || head->number == seen) return false;
    const auto s = l1::read_escape_standing(parts_.l1, config_.chain.contracts.chain);
    if (!s) return false;
    seen = s->at;
    // What others prove meanwhile is replaced: they might take it back, and begin again.
    if (s->frozen) return true;
    return s->now.value > batch.input.first_timestamp.value + s->past_window_s;
  });
}

/// Executes what others had proved. A batch that was begun here in its place is given up: L1 would
/// not take it any more.
status<escape_failure> escape::execute(const l1::escape_standing& s) {
  const auto history = read_l1_history(parts_.l1, config_.chain);
  if (!history) return failed(history.error());
  ASHLAR_TRY(const stf::rebuilt_chain chain, rebuild(*history, s.progress.proved));
  if (const auto cut = batches_->truncate(chain.last_batch()); !cut) return failed(cut.error());
  say(fmt::format("executing batches {} to {}, which were proved before",
                  s.progress.executed.next().value, s.progress.proved.value));
  return drive(publisher::settlement_way::operates, nullptr, [&]() -> step<bool> {
    const auto progress = l1::read_progress(parts_.l1, config_.chain.contracts.chain);
    if (!progress) return false;
    if (progress->proved < s.progress.proved) return true;  // reverted, or reorganised away
    const auto open = journal_->open_intents();
    if (!open) return failed(open.error());
    return progress->executed >= s.progress.proved && open->empty();
  });
}

/// What is to be told of all that this folder's commands have done.
status<escape_failure> escape::note_work() {
  const auto all = journal_->list(1, ~u32{0});
  if (!all) return failed(all.error());
  report_.transactions.clear();
  report_.batches.clear();
  report_.messages.clear();
  report_.operations = 0;
  for (const store::intent& i : *all) {
    if (i.state != store::intent_state::mined && i.state != store::intent_state::settled) continue;
    report_.transactions.push_back(i);
    if (i.kind != store::intent_kind::escape && i.kind != store::intent_kind::execute) continue;
    for (batch_number n = i.first; n <= i.last; n = n.next()) {
      const auto batch = batches_->get(n);
      if (!batch) continue;
      ASHLAR_TRY(const bool there, is_settled(*batch));
      if (!there) continue;
      report_.batches.push_back(n);
      if (i.kind == store::intent_kind::escape) report_.operations += batch->input.priority_count;
      auto message = batch->messages.begin();
      for (u32 k = 0; k < batch->logs.size() && message != batch->messages.end(); ++k) {
        const l2_log& log = batch->logs[k];
        if (log.sender != l1_messenger_address) continue;
        const l2_log_proof proof = prove_l2_log(batch->logs, k);
        report_.messages.push_back({n,
                                    k,
                                    log.txn_number,
                                    address::copy_of(log.key.data() + 12),
                                    *message++,
                                    {proof.siblings.begin(), proof.siblings.end()}});
      }
    }
  }
  return nothing{};
}

step<bool> escape::end(const escape_verdict& verdict) {
  ASHLAR_CHECK(note_work());
  using outcome = escape_report::outcome;
  const bool settled_here =
      std::any_of(report_.transactions.begin(), report_.transactions.end(),
                  [](const store::intent& i) { return i.kind == store::intent_kind::escape; });
  report_.why = verdict.why;
  const bool stopped = verdict.can == can::frozen || verdict.can == can::no_verifier;
  if (!began_ || (stopped && report_.batches.empty())) {
    report_.end = outcome::nothing;
    if (verdict.can == can::nothing_queued) return true;
    const bool early = verdict.can == can::closed;
    return fail(
        escape_failure{false, verdict.why, early ? std::optional(verdict.opens_at) : std::nullopt});
  }
  report_.end = settled_here && !report_.batches.empty() ? outcome::settled
                : !report_.batches.empty()               ? outcome::executed
                                                         : outcome::another;
  return true;
}

step<bool> escape::round() {
  ASHLAR_TRY(const l1::escape_standing s, look());
  const escape_verdict verdict = judge(s);
  if (verdict.can != can::execute && verdict.can != can::settle) {
    // What an earlier command sent is followed to its end: a reorg may still take it back.
    const auto open = journal_->open_intents();
    if (!open) return failed(open.error());
    const batch_number last = batches_->last();
    if (!open->empty() && last.value != 0 && last == s.progress.executed) {
      const auto batch = batches_->get(last);
      if (!batch) return failed(batch.error());
      began_ = true;
      ASHLAR_CHECK(settle(*batch));
      ASHLAR_TRY(const l1::escape_standing then, look());
      return judge(then).can == verdict.can ? end(judge(then)) : step<bool>(false);
    }
    return end(verdict);
  }
  ASHLAR_CHECK(check_chain(s));
  if (verdict.can == can::execute) {
    ASHLAR_TRY(const bool begun, has_begun(s));
    if (!begun) {
      began_ = true;
      ASHLAR_CHECK(execute(s));
      return false;
    }
  }
  if (const auto counts = prover_->check(s.verifier, s.program_set_root); !counts)
    return failed(counts.error());
  ASHLAR_CHECK(check_funds(s));
  ASHLAR_TRY(const store::sealed_batch batch, prepare(s));
  began_ = true;
  ASHLAR_TRY(const bool proved, prove(batch));
  if (proved) {
    ASHLAR_CHECK(settle(batch));
  }
  return false;
}

step<escape_report> escape::run() {
  ASHLAR_CHECK(open());
  batch_number executed;
  for (u32 i = 0; i < config_.rounds_max; ++i) {
    ASHLAR_TRY(const bool done, round());
    if (done) return std::move(report_);
    const auto progress = l1::read_progress(parts_.l1, config_.chain.contracts.chain);
    if (!progress || progress->executed <= executed) continue;
    executed = progress->executed;
    i = 0;
  }
  return failed(fmt::format("{} batches were begun, and L1 took none", config_.rounds_max));
}

}  // namespace

result<escape_report, escape_failure> run_escape(const escape_config& config,
                                                 const escape_parts& parts) {
  return escape(config, parts).run();
}

}  // namespace ashlar::node
