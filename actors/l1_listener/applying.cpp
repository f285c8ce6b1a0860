#include "actors/l1_listener/chain_follower.hpp"

namespace ashlar::l1_listener {

std::string chain_follower::gap_in(const std::vector<read_event>& events) const {
  batch_totals t = view_.totals();
  u64 operations = view_.operations_total();
  const auto expect = [](const char* what, u64 due, u64 got) {
    return due == got ? std::string()
                      : std::string(what) + " " + std::to_string(got) + " came where " +
                            std::to_string(due) + " was due";
  };
  for (const read_event& e : events) {
    std::string gap;
    if (const auto* c = std::get_if<l1::batch_committed>(&e.event)) {
      gap = expect("batch", t.committed + 1, c->number.value);
      t.committed = c->number.value;
    } else if (const auto* p = std::get_if<l1::batches_proved>(&e.event)) {
      gap = expect("proof of batch", t.proved + 1, p->first.value);
      if (gap.empty() && (p->last < p->first || p->last.value > t.committed))
        gap = "a proof of batches that were not committed";
      t.proved = p->last.value;
    } else if (const auto* x = std::get_if<l1::batch_executed>(&e.event)) {
      gap = expect("execution of batch", t.executed + 1, x->number.value);
      if (gap.empty() && x->number.value > t.committed)
        gap = "an execution of a batch that was not committed";
      t.executed = x->number.value;
    } else if (const auto* r = std::get_if<l1::batches_reverted>(&e.event)) {
      gap = expect("revert from batch", t.committed, r->committed.value);
      t.committed = r->last_kept.value;
      t.proved = std::min(t.proved, t.committed);
    } else if (const auto* q = std::get_if<l1::priority_requested>(&e.event)) {
      gap = expect("operation", operations, q->id.value);
      ++operations;
    }
    if (!gap.empty()) return gap;
  }
  return {};
}

void chain_follower::change(const read_event& e, u64 batch, const batch_row& row,
                            const batch_totals& then) {
  view_.set_row(e.log.block, batch, row, then);
  changed_.insert(batch);
  emit(batch, false);
}

result<nothing, store::error> chain_follower::apply(const read_event& e) {
  batch_totals t = view_.totals();
  const auto row_of = [&](u64 n) {
    const auto it = view_.rows().find(n);
    return it == view_.rows().end() ? batch_row{} : it->second;
  };
  if (const auto* c = std::get_if<l1::batch_committed>(&e.event)) return apply_commit(e, *c);
  if (const auto* q = std::get_if<l1::priority_requested>(&e.event)) return apply_request(e, *q);
  if (const auto* p = std::get_if<l1::batches_proved>(&e.event)) {
    for (u64 n = p->first.value; n <= p->last.value; ++n) {
      batch_row row = row_of(n);
      row.settlement.stage = batch_stage::proved;
      row.settlement.prove_txn = e.log.txn_hash;
      row.settlement.prove_block = e.log.block.value;
      row.settlement.prove_at = e.at;
      row.settlement.prove_gas = e.gas_used;
      row.final = false;
      t.proved = n;
      change(e, n, row, t);
    }
  } else if (const auto* x = std::get_if<l1::batch_executed>(&e.event)) {
    batch_row row = row_of(x->number.value);
    row.settlement.stage = batch_stage::executed;
    row.settlement.execute_txn = e.log.txn_hash;
    row.settlement.execute_block = e.log.block.value;
    row.settlement.execute_at = e.at;
    row.settlement.execute_gas = e.gas_used;
    row.final = false;
    t.executed = x->number.value;
    change(e, x->number.value, row, t);
  } else if (const auto* r = std::get_if<l1::batches_reverted>(&e.event)) {
    t.committed = r->last_kept.value;
    t.proved = std::min(t.proved, t.committed);
    for (u64 n = r->committed.value; n > r->last_kept.value; --n) {
      change(e, n, batch_row{}, t);
      events_.back().reorged = true;  // taken back, by the contract
    }
  }
  return nothing{};
}

result<nothing, store::error> chain_follower::apply_commit(const read_event& e,
                                                           const l1::batch_committed& c) {
  const u64 n = c.number.value;
  batch_row row;
  row.settlement.stage = batch_stage::committed;
  row.settlement.commit_txn = e.log.txn_hash;
  row.settlement.commit_block = e.log.block.value;
  row.settlement.commit_at = e.at;
  row.settlement.commit_gas = e.gas_used;
  row.input_hash = c.public_input_hash;
  if (c.number <= batches_.last()) {
    ASHLAR_TRY(const store::sealed_batch ours, batches_.get(c.number));
    row.foreign = public_input_hash(ours.input) != c.public_input_hash;
  }
  batch_totals t = view_.totals();
  t.committed = n;
  change(e, n, row, t);
  return nothing{};
}

result<nothing, store::error> chain_follower::apply_request(const read_event& e,
                                                            const l1::priority_requested& r) {
  queued_operation op;
  op.id = r.id;
  op.hash = r.hash;
  op.rolling_after = extend_priority_hash(view_.rolling_hash(), r.hash);
  op.requested_at = e.at;
  op.deadline = r.deadline;
  op.l1_block = e.log.block.value;
  op.canonical = abi_encode(r.request);
  return view_.add_operation(op);
}

}  // namespace ashlar::l1_listener
