#include "actors/gateway/batch_views.hpp"

#include <algorithm>

namespace ashlar::gateway {
namespace {

constexpr std::size_t summaries_max = 1'024;
constexpr std::size_t estimated_from_max = 8;  // batches, the last ones that got further

rpc::batch_stage to_rpc(ashlar::batch_stage stage) noexcept {
  switch (stage) {
    case ashlar::batch_stage::sealed:
    case ashlar::batch_stage::committing:
      return rpc::batch_stage::sealed;
    case ashlar::batch_stage::committed:
    case ashlar::batch_stage::proving:
      return rpc::batch_stage::committed;
    case ashlar::batch_stage::proved:
      return rpc::batch_stage::proved;
    case ashlar::batch_stage::executed:
      return rpc::batch_stage::executed;
  }
  return rpc::batch_stage::sealed;
}

/// What must happen next, where the publisher does not say it better.
const char* next_step(ashlar::batch_stage stage) noexcept {
  switch (stage) {
    case ashlar::batch_stage::sealed:
      return "its commit to be sent to L1";
    case ashlar::batch_stage::committing:
      return "its commit to be mined on L1";
    case ashlar::batch_stage::committed:
      return "a proof";
    case ashlar::batch_stage::proving:
      return "its proof to be accepted on L1";
    case ashlar::batch_stage::proved:
      return "its execution on L1";
    case ashlar::batch_stage::executed:
      return "";
  }
  return "";
}

std::optional<rpc::l1_step> step_of(const hash256& txn, unix_seconds at, u64 gas) {
  if (txn.is_zero()) return std::nullopt;
  return rpc::l1_step{txn, at, gas};
}

}  // namespace

std::optional<batch_number> batch_views::last() const {
  if (batches_ == nullptr || batches_->last().value == 0) return std::nullopt;
  return batches_->last();
}

std::optional<batch_number> batch_views::number_of(block_number block) const {
  return batches_ == nullptr ? std::nullopt : batches_->batch_of(block);
}

u64 batch_views::txns_up_to(u64 block) const {
  const auto info = blocks_.info_at(block_number{block});
  return info ? info->txns_total : 0;
}

std::optional<rpc::batch_position> batch_views::position_of(block_number block) {
  const auto number = number_of(block);
  const auto batch = number ? summary_of(*number) : std::nullopt;
  if (!batch || block < batch->first_block || batch->last_block < block) return std::nullopt;
  const u64 before_block = block.value == 0 ? 0 : txns_up_to(block.value - 1);
  const u64 before_batch =
      batch->first_block.value == 0 ? 0 : txns_up_to(batch->first_block.value - 1);
  return rpc::batch_position{*number, batch->status.timestamp,
                             static_cast<u32>(before_block - before_batch)};
}

std::optional<batch_views::summary> batch_views::summary_of(batch_number n) {
  {
    std::lock_guard lock{mutex_};
    const auto found = settled_.find(n);
    if (found != settled_.end()) return found->second;
  }
  if (batches_ == nullptr) return std::nullopt;
  const auto sealed = batches_->get(n);
  if (!sealed) return std::nullopt;
  summary out;
  out.first_block = sealed->first_block;
  out.last_block = sealed->last_block;
  out.sealed_at = sealed->sealed_at;
  rpc::batch_status& s = out.status;
  s.number = n;
  s.first_block = sealed->first_block;
  s.last_block = sealed->last_block;
  s.txns = sealed->txn_count;
  s.l1_txns = sealed->input.priority_count;
  s.l2_gas = sealed->gas_used;
  s.pubdata_bytes = sealed->pubdata.size();
  s.timestamp = sealed->input.first_timestamp;
  s.state_commitment = sealed->input.state_after;
  s.tree_root = sealed->state.tree_root;
  if (const auto block = blocks_.block_at(sealed->last_block))
    s.l2_gas_price = block->block.header.base_fee_per_gas.value_or(u256{});
  const auto at = batches_->settlement(n);
  if (at && to_rpc(at->stage) >= rpc::batch_stage::committed) {
    std::lock_guard lock{mutex_};
    settled_.insert_or_assign(n, out);
    if (settled_.size() > summaries_max) settled_.erase(settled_.begin());
  }
  return out;
}

rpc::batch_status batch_views::open_batch(batch_number n, block_number first) const {
  const store::head_info head = blocks_.head();
  rpc::batch_status out;
  out.number = n;
  out.stage = rpc::batch_stage::open;
  out.first_block = first;
  out.last_block = head.number;
  out.txns = head.txns_total - txns_up_to(first.value - 1);
  if (const auto info = blocks_.info_at(first)) out.timestamp = info->timestamp;
  out.waits_for = "its criteria to seal it";
  return out;
}

unix_seconds batch_views::reached_at(batch_number n, rpc::batch_stage stage) {
  if (stage == rpc::batch_stage::sealed) {
    const auto known = summary_of(n);
    return known ? known->sealed_at : unix_seconds{};
  }
  const auto at = batches_->settlement(n);
  if (!at) return {};
  switch (stage) {
    case rpc::batch_stage::committed:
      return at->commit_at;
    case rpc::batch_stage::proved:
      return at->prove_at;
    default:
      return at->execute_at;
  }
}

/// Seconds from one stage to the next; none where they are not known. A batch that is not on L1 is
/// decoded for it, once.
std::optional<u64> batch_views::time_in(batch_number n, rpc::batch_stage stage) {
  unix_seconds from, to;
  if (stage == rpc::batch_stage::open) {
    const auto known = summary_of(n);
    if (!known) return std::nullopt;
    from = known->status.timestamp;
    to = known->sealed_at;
  } else {
    from = reached_at(n, stage);
    to = reached_at(n, static_cast<rpc::batch_stage>(static_cast<u8>(stage) + 1));
  }
  if (from.value == 0 || to < from) return std::nullopt;
  return to.value - from.value;
}

/// What is left by the batches that were in the stage as long as this one is or longer: half of
/// them were out of it by then. So an overdue batch is compared with overdue ones, and where there
/// were none nothing is known.
std::optional<u64> batch_views::estimate(batch_number n, rpc::batch_stage stage, unix_seconds since,
                                         unix_seconds now) {
  if (stage == rpc::batch_stage::executed || since.value == 0) return std::nullopt;
  const auto next = static_cast<rpc::batch_stage>(static_cast<u8>(stage) + 1);
  // Batches reach a stage in their order: the first that has not is found by bisection.
  u64 last = 0;
  for (u64 behind = n.value; last + 1 < behind;) {
    const u64 middle = last + (behind - last) / 2;
    const auto its = stage_of(batch_number{middle});
    (its && *its >= next ? last : behind) = middle;
  }
  const u64 waited = now.value - std::min(now.value, since.value);
  std::vector<u64> longer;
  for (u64 i = 0; i < estimated_from_max && i < last; ++i) {
    const auto took = time_in(batch_number{last - i}, stage);
    if (took && waited <= *took) longer.push_back(*took);
  }
  if (longer.empty()) return std::nullopt;
  const auto middle = longer.begin() + static_cast<std::ptrdiff_t>(longer.size() / 2);
  std::nth_element(longer.begin(), middle, longer.end());
  return *middle - waited;
}

std::optional<rpc::batch_status> batch_views::status_of(batch_number n, unix_seconds now) {
  if (batches_ == nullptr || n.value == 0) return std::nullopt;
  const batch_number newest = batches_->last();
  if (n == newest.next()) {
    block_number first{1};
    if (newest.value != 0) {
      const auto before = summary_of(newest);
      if (!before) return std::nullopt;
      first = before->last_block.next();
    }
    if (blocks_.head().number < first) return std::nullopt;
    rpc::batch_status out = open_batch(n, first);
    out.estimate_s = estimate(n, out.stage, out.timestamp, now);
    return out;
  }
  if (newest < n) return std::nullopt;
  const auto known = summary_of(n);
  if (!known) return std::nullopt;
  rpc::batch_status out = known->status;
  out.stage = rpc::batch_stage::sealed;
  if (const auto at = batches_->settlement(n)) {
    out.stage = to_rpc(at->stage);
    out.waits_for = next_step(at->stage);
    out.commit = step_of(at->commit_txn, at->commit_at, at->commit_gas);
    out.prove = step_of(at->prove_txn, at->prove_at, at->prove_gas);
    out.execute = step_of(at->execute_txn, at->execute_at, at->execute_gas);
  }
  out.estimate_s = estimate(n, out.stage, reached_at(n, out.stage), now);
  return out;
}

std::optional<rpc::batch_stage> batch_views::stage_of(batch_number n) const {
  if (batches_ == nullptr) return std::nullopt;
  const auto at = batches_->settlement(n);
  if (!at) return std::nullopt;
  return to_rpc(at->stage);
}

std::optional<rpc::message_proof> batch_views::prove_message(const store::txn_location& where,
                                                             u32 index) const {
  const auto number = number_of(where.number);
  if (!number) return std::nullopt;
  const auto batch = batches_->get(*number);
  if (!batch || batch->first_block.value == 0) return std::nullopt;
  const u64 in_batch =
      txns_up_to(where.number.value - 1) - txns_up_to(batch->first_block.value - 1) + where.index;
  u32 seen = 0;
  for (u32 i = 0; i < batch->logs.size(); ++i) {
    if (batch->logs[i].txn_number != in_batch || seen++ != index) continue;
    const l2_log_proof proof = prove_l2_log(batch->logs, i);
    return rpc::message_proof{
        *number, i, {proof.siblings.begin(), proof.siblings.end()}, proof.root};
  }
  return std::nullopt;
}

batch_views::reached batch_views::heads(u32 batches_max) const {
  reached out;
  out.sealed = last();
  if (!out.sealed) return out;
  for (u64 n = out.sealed->value, i = 0; n != 0 && i < batches_max; --n, ++i) {
    const auto at = batches_->settlement(batch_number{n});
    if (!at) break;
    const rpc::batch_stage stage = to_rpc(at->stage);
    if (stage >= rpc::batch_stage::committed && !out.committed) {
      out.committed = batch_number{n};
      if (const auto b = batches_->get(batch_number{n})) out.committed_block = b->last_block;
    }
    if (stage >= rpc::batch_stage::proved && !out.proved) out.proved = batch_number{n};
    if (stage >= rpc::batch_stage::executed) {
      out.executed = batch_number{n};
      if (const auto b = batches_->get(batch_number{n})) out.executed_block = b->last_block;
      break;
    }
  }
  return out;
}

}  // namespace ashlar::gateway
