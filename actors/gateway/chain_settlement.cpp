#include <algorithm>

#include "actors/gateway/chain_backend.hpp"
#include "runtime/base/hex.hpp"

// Where blocks and transactions are on their way to L1, and how the roles are.

namespace ashlar::gateway {
namespace {

rpc::txn_stage to_txn_stage(rpc::batch_stage s) noexcept {
  switch (s) {
    case rpc::batch_stage::open:
      return rpc::txn_stage::confirmed;
    case rpc::batch_stage::sealed:
      return rpc::txn_stage::batched;
    case rpc::batch_stage::committed:
      return rpc::txn_stage::committed;
    case rpc::batch_stage::proved:
      return rpc::txn_stage::proved;
    case rpc::batch_stage::executed:
      return rpc::txn_stage::executed;
  }
  return rpc::txn_stage::confirmed;
}

/// A counter by name among all that roles report.
u64 counter_of(const std::vector<role_report>& reports, const std::string& role,
               std::string_view name) {
  for (const role_report& r : reports) {
    if (r.role != role || !r.said) continue;
    for (const auto& [key, value] : r.said->counters)
      if (key == name) return value;
  }
  return 0;
}

}  // namespace

std::optional<rpc::batch_position> chain_backend::batch_of(block_number block) {
  return batches_.position_of(block);
}

std::optional<batch_number> chain_backend::last_batch() {
  return batches_.last();
}

std::optional<rpc::batch_status> chain_backend::batch(batch_number n) {
  return batches_.status_of(n, parts_.time.wall());
}

std::optional<rpc::batch_status> chain_backend::explained_batch(batch_number n) {
  auto out = batch(n);
  if (!out || out->stage == rpc::batch_stage::open || out->stage == rpc::batch_stage::executed)
    return out;
  const auto said = explain(n, out->stage);
  if (!said) return out;
  if (!said->waits_for.empty()) out->waits_for = said->waits_for;
  out->waits_for += said->proof;
  return out;
}

std::optional<chain_backend::explanation> chain_backend::known_explanation(batch_number n,
                                                                           rpc::batch_stage stage) {
  std::lock_guard lock{explanations_mutex_};
  const auto found = explanations_.find(n);
  if (found == explanations_.end() || found->second.stage != stage) return std::nullopt;
  return found->second;
}

/// Roles may wait for L1. One thread at a time waits for them, whatever number of callers and
/// batches there is: the others take what was said before, or go without.
std::optional<chain_backend::explanation> chain_backend::explain(batch_number n,
                                                                 rpc::batch_stage stage) {
  auto known = known_explanation(n, stage);
  if (known && parts_.time.steady() - known->at <= config_.health_age_max) return known;
  const std::unique_lock asking{explaining_, std::try_to_lock};
  if (!asking) return known;
  // A role that does not answer leaves what it said before.
  explanation out = known.value_or(explanation{stage, {}, {}, {}});
  if (const auto progress = link_.progress(n)) out.waits_for = progress->waits_for;
  if (stage == rpc::batch_stage::committed)
    if (const auto proof = link_.proof_of(n))
      out.proof = proof->proved ? "; proved here: " + to_hex(proof->proof_hash)
                                : "; proof: " + proof->doing;
  out.at = parts_.time.steady();
  std::lock_guard lock{explanations_mutex_};
  explanations_.insert_or_assign(n, out);
  if (explanations_.size() > config_.explanations_max) explanations_.erase(explanations_.begin());
  return out;
}

std::optional<rpc::message_proof> chain_backend::prove_message(const hash256& txn_hash, u32 index) {
  const auto at = parts_.blocks.locate(txn_hash);
  return at ? batches_.prove_message(*at, index) : std::nullopt;
}

std::optional<rpc::soft_confirmation> chain_backend::confirmation_of(const hash256& txn_hash) {
  if (!parts_.blocks.locate(txn_hash)) return std::nullopt;
  std::optional<api::soft_confirmation> got;
  if (parts_.sequencer.confirm)
    got = parts_.sequencer.confirm(txn_hash);
  else if (const auto told = link_.confirmation(txn_hash); told && *told)
    got = **told;
  if (!got) return std::nullopt;
  const api::soft_confirmation& c = *got;
  rpc::soft_confirmation out{c.chain_id, c.number,   c.block_hash,
                             c.index,    c.txn_hash, constants_.confirmation_signer,
                             c.signature};
  if (out.signature[64] < 27) out.signature[64] = static_cast<u8>(out.signature[64] + 27);
  return out;
}

std::optional<rpc::txn_status> chain_backend::status_of(const hash256& txn_hash) {
  rpc::txn_status out;
  if (const auto at = parts_.blocks.locate(txn_hash)) {
    out.block = at->number;
    out.batch = batches_.number_of(at->number);
    out.stage = rpc::txn_stage::confirmed;
    out.waits_for = "its batch to be sealed";
    const batch_number open = batches_.last().value_or(batch_number{}).next();
    if (const auto b = batches_.status_of(out.batch.value_or(open), parts_.time.wall())) {
      out.estimate_s = b->estimate_s;
      if (!out.batch) return out;
      out.stage = to_txn_stage(b->stage);
      out.waits_for = b->waits_for;
    } else if (out.batch) {
      out.stage = rpc::txn_stage::batched;
      out.waits_for = "its batch to be read";
    }
    return out;
  }
  const auto found = look_up(txn_hash);
  if (!found) return std::nullopt;
  switch (found->where) {
    case api::pool_lookup::place::unknown:
      return std::nullopt;
    case api::pool_lookup::place::pending:
      out.stage = rpc::txn_stage::pending;
      out.waits_for = "its turn in a block";
      return out;
    case api::pool_lookup::place::queued:
      out.stage = rpc::txn_stage::queued;
      out.waits_for = "a transaction with a lower nonce";
      return out;
    case api::pool_lookup::place::dropped:
      out.stage = rpc::txn_stage::dropped;
      return out;
  }
  return std::nullopt;
}

std::optional<rpc::drop_reason> chain_backend::drop_reason_of(const hash256& txn_hash) {
  const auto found = look_up(txn_hash);
  if (!found || found->where != api::pool_lookup::place::dropped) return std::nullopt;
  return to_drop_reason(found->reason);
}

std::vector<role_report> chain_backend::reports() {
  // Held while roles are asked: who comes meanwhile takes the same answers.
  std::lock_guard lock{reports_mutex_};
  if (!reports_at_ || parts_.time.steady() - *reports_at_ > config_.health_age_max) {
    reports_ = link_.reports();
    reports_at_ = parts_.time.steady();
  }
  return reports_;
}

namespace {

/// From the publisher's counters proof_layer_NAME_ms.
std::vector<rpc::pipeline_status::layer> layers_of(const std::vector<role_report>& all) {
  constexpr std::string_view before = "proof_layer_", behind = "_ms";
  std::vector<rpc::pipeline_status::layer> out;
  for (const role_report& r : all) {
    if (r.role != roles::publisher || !r.said) continue;
    for (const auto& [name, value] : r.said->counters)
      if (name.starts_with(before) && name.ends_with(behind))
        out.push_back(
            {name.substr(before.size(), name.size() - before.size() - behind.size()), value});
  }
  return out;
}

}  // namespace

rpc::pipeline_status chain_backend::pipeline() {
  rpc::pipeline_status out;
  const rpc::chain_heads tags = heads();
  out.latest = tags.latest;
  out.safe = tags.safe;
  out.finalized = tags.finalized;
  const auto totals = link_.totals();
  if (totals) {
    out.mempool_pending = totals->pending_txns;
    out.mempool_queued = totals->queued_txns;
    out.priority_queue = totals->priority_txns;
  }
  const batch_views::reached known = batches_.heads(config_.pipeline_batches_max);
  out.last_sealed = known.sealed;
  out.last_committed = known.committed;
  out.last_proved = known.proved;
  out.last_executed = known.executed;
  out.open_batch = known.sealed.value_or(batch_number{}).next();
  const std::vector<role_report> all = reports();
  out.l1_head = counter_of(all, roles::l1_listener, "l1_head");
  for (const role_report& r : all)
    if (r.said && !r.said->waits_for.empty()) out.waits.push_back({r.role, r.said->waits_for, 0});
  out.proof_layers = layers_of(all);
  return out;
}

rpc::health_report chain_backend::health() {
  rpc::health_report out;
  std::vector<std::string> missing = config_.expected_roles;
  for (const role_report& r : reports()) {
    std::erase(missing, r.role);
    rpc::role_health h;
    h.role = r.role;
    h.state = !r.said ? rpc::role_state::down
                      : (r.said->healthy ? rpc::role_state::ok : rpc::role_state::degraded);
    h.detail = r.said
                   ? (r.said->waits_for.empty() ? r.said->doing : "waits for " + r.said->waits_for)
                   : (r.why_ended.empty() ? "does not answer" : "ended: " + r.why_ended);
    h.restarts = r.restarts;
    if (r.role == roles::sequencer) out.ready = r.said && r.said->healthy && !flights_->is_closed();
    out.roles.push_back(std::move(h));
  }
  for (const std::string& role : missing)
    out.roles.push_back({role, rpc::role_state::down, "is not running", 0});
  return out;
}

std::optional<rpc::prover_fleet> chain_backend::fleet() {
  const auto said = link_.fleet();
  if (!said || !*said) return std::nullopt;
  const api::fleet_report& f = **said;
  rpc::prover_fleet out;
  out.program_commitment = f.program_commitment;
  out.params = f.params;
  out.proved = f.proved;
  out.trouble = f.trouble;
  for (const auto& w : f.workers)
    out.workers.push_back({w.name, w.state, w.threads, w.batch, w.pass, w.segments_done, w.segments,
                           w.cycles, w.seconds, w.proofs, w.lies, w.lost});
  for (const auto& j : f.jobs)
    out.jobs.push_back({j.batch, j.state, j.worker, j.failures, j.reason});
  for (const auto& p : f.proofs)
    out.proofs.push_back(
        {p.batch, p.proof_hash, p.bytes, p.cycles, p.segments, p.seconds, p.worker});
  return out;
}

}  // namespace ashlar::gateway
