#include "test/support/simulated_l1.hpp"

#include "net/l1/abi.hpp"
#include "runtime/crypto/keccak.hpp"

namespace ashlar::test {

namespace {

hash256 hash_of(std::initializer_list<u64> numbers, bytes_view more = {}) {
  bytes all;
  for (const u64 n : numbers) {
    u8 b[8];
    store_be64(b, n);
    append(all, {b, 8});
  }
  append(all, more);
  return crypto::keccak256(all);
}

hash256 word(u64 n) {
  return u256{n}.to_be();
}

}  // namespace

simulated_l1::simulated_l1(const address& contract, u64 l2_chain_id, u64 chain_id)
    : contract_(contract), l2_chain_id_(l2_chain_id), chain_id_(chain_id) {
  block genesis;
  genesis.hash = hash_of({0});
  genesis.timestamp = unix_seconds{1'700'000'000};
  genesis.base_fee = base_fee_;
  blocks_.push_back(std::move(genesis));
}

void simulated_l1::fund(const address& who, const u256& balance) {
  blocks_.back().after.balances[who] = balance;
}

u64 simulated_l1::nonce_of(const address& who) const {
  const auto& nonces = blocks_.back().after.nonces;
  const auto it = nonces.find(who);
  return it == nonces.end() ? 0 : it->second;
}

void simulated_l1::mine(u64 count) {
  for (u64 i = 0; i < count; ++i) {
    std::vector<action> first;
    first.swap(queued_);
    mine_one(std::move(first));
  }
}

void simulated_l1::mine_one(std::vector<action> first) {
  const block& parent = blocks_.back();
  block next;
  next.number = parent.number + 1;
  next.parent = parent.hash;
  next.timestamp = unix_seconds{parent.timestamp.value + 12};
  next.base_fee = base_fee_;
  next.hash = hash_of({next.number, salt_}, parent.hash);
  next.after = parent.after;
  for (action& a : first) {
    // What was mined in a lost block may have lost its nonce since.
    if (const auto* t = std::get_if<pool_txn>(&a))
      if (t->body.nonce != next.after.nonces[t->from]) continue;
    next.txns.push_back(apply(next, std::move(a)));
  }
  for (auto it = pool_.begin(); it != pool_.end();) {
    const u64 due = next.after.nonces[it->first.first];
    if (it->first.second < due) {
      it = pool_.erase(it);
    } else if (it->first.second == due && base_fee_ <= it->second.body.max_fee_per_gas) {
      next.txns.push_back(apply(next, it->second));
      it = pool_.erase(it);
    } else {
      ++it;
    }
  }
  blocks_.push_back(std::move(next));
}

void simulated_l1::reorg(u64 depth, fork how) {
  ensure(depth < blocks_.size());
  std::vector<action> lost;
  for (std::size_t i = blocks_.size() - depth; i < blocks_.size(); ++i)
    for (mined_txn& t : blocks_[i].txns) lost.push_back(std::move(t.what));
  blocks_.resize(blocks_.size() - depth);
  ++salt_;
  if (how == fork::drops) lost.clear();
  const auto pool = how == fork::drops ? decltype(pool_){} : pool_;
  pool_.clear();
  mine_one(std::move(lost));
  for (u64 i = 0; i < depth; ++i) mine_one({});
  pool_ = pool;
}

void simulated_l1::rollback(u64 depth) {
  ensure(depth < blocks_.size());
  blocks_.resize(blocks_.size() - depth);
  ++salt_;
}

std::vector<u64> simulated_l1::commits() const {
  return numbers_of(0);
}

std::vector<u64> simulated_l1::numbers_of(std::size_t event) const {
  std::vector<u64> out;
  const hash256 topic = l1::chain_event_topics()[event];
  for (const block& b : blocks_)
    for (const mined_txn& t : b.txns)
      for (const l1::l1_log& log : t.logs)
        if (log.entry.topics[0] == topic) out.push_back(u256::from_be(log.entry.topics[1]).low());
  return out;
}

u64 simulated_l1::failures() const {
  u64 n = 0;
  for (const block& b : blocks_)
    for (const mined_txn& t : b.txns) n += t.success ? 0 : 1;
  return n;
}

simulated_l1::effect simulated_l1::commit(world& w, const public_input& header,
                                          bytes_view pubdata) {
  if (commit_revert_) return *commit_revert_;
  if (header.number.value != w.committed + 1)
    return l1::abi_encoder()
        .number(u256{w.committed + 1})
        .number(u256{header.number.value})
        .call("NumberMismatch(uint64,uint64)");
  if (header.state_before != w.tip_state)
    return l1::abi_encoder()
        .word(w.tip_state)
        .word(header.state_before)
        .call("StateMismatch(bytes32,bytes32)");
  const hash256 commitment = pubdata_commitment(pubdata_mode::calldata, pubdata);
  if (header.pubdata_commitment != commitment)
    return l1::abi_encoder()
        .word(commitment)
        .word(header.pubdata_commitment)
        .call("PubdataMismatch(bytes32,bytes32)");
  public_input full = header;
  full.chain_id = l2_chain_id_;
  full.l1_chain_id = chain_id_;
  full.chain_contract = contract_;
  w.committed = header.number.value;
  w.tip_state = header.state_after;
  w.states.resize(w.committed);
  w.inputs.resize(w.committed);
  w.states.back() = header.state_after;
  w.inputs.back() = public_input_hash(full);
  log_entry log;
  log.account = contract_;
  log.topics = {l1::chain_event_topics()[0], word(header.number.value)};
  log.data = l1::abi_encoder().word(w.inputs.back()).word(header.state_after).encode();
  return std::vector{log};
}

simulated_l1::mined_txn simulated_l1::apply(block& into, action what) {
  mined_txn out;
  world& w = into.after;
  std::vector<log_entry> logs;
  const auto topics = l1::chain_event_topics();
  const u64 place = into.txns.size();
  out.hash = hash_of({into.number, place, salt_, 77});
  const auto note = [&](effect end) {
    out.gas_used = commit_gas;
    if (auto* made = std::get_if<std::vector<log_entry>>(&end))
      logs = std::move(*made);
    else
      out.success = false;
  };
  if (const auto* t = std::get_if<pool_txn>(&what)) {
    out.hash = t->hash;
    ++w.nonces[t->from];
    if (t->body.to) note(run(w, *t->body.to, t->body.data));
    u256& balance = w.balances[t->from];
    balance = balance - u256{out.gas_used} * into.base_fee;
  } else if (const auto* other = std::get_if<other_txn>(&what)) {
    ++w.nonces[other->who];
  } else if (const auto* c = std::get_if<commit_txn>(&what)) {
    note(commit(w, c->header, c->pubdata));
  } else if (const auto* call = std::get_if<call_txn>(&what)) {
    note(run(w, call->to, call->calldata));
  } else if (const auto* d = std::get_if<deposit_txn>(&what)) {
    l2_canonical_txn q;
    q.txn_type = u256{0x7f};
    q.from = u256{0xabc};
    q.to = u256::from_be(bytes_view(d->to));
    q.gas_limit = u256{100'000};
    q.gas_per_pubdata_byte_limit = u256{800};
    q.max_fee_per_gas = u256{1'000'000};
    q.nonce = u256{w.priority_ops.size()};
    q.value = d->value;
    q.reserved[0] = d->value + u256{100'000'000'000};
    q.reserved[1] = q.to;
    const hash256 hash = canonical_hash(q);
    log_entry log;
    log.account = contract_;
    log.topics = {topics[4]};
    const bytes tuple = abi_encode(q);  // one offset word, then the tuple
    bytes& data = log.data;
    for (const hash256& head :
         {word(w.priority_ops.size()), hash, word(into.timestamp.value + priority_deadline_s),
          word(5 * 32), word(5 * 32 + tuple.size() - 32)})
      append(data, head);
    append(data, bytes_view(tuple).subspan(32));
    append(data, word(0));  // no factory dependencies
    w.priority_ops.push_back(hash);
    w.priority_hashes.push_back(extend_priority_hash(w.priority_hashes.back(), hash));
    logs.push_back(std::move(log));
  } else if (const auto* p = std::get_if<prove_txn>(&what)) {
    log_entry log;
    log.account = contract_;
    log.topics = {topics[1], word(w.proved + 1), word(p->last.value)};
    log.data = l1::abi_encoder().word(hash_of({p->last.value})).encode();
    w.proved = p->last.value;
    logs.push_back(std::move(log));
  } else if (const auto* e = std::get_if<execute_txn>(&what)) {
    for (u64 n = w.executed + 1; n <= e->last.value; ++n) {
      log_entry log;
      log.account = contract_;
      log.topics = {topics[2], word(n)};
      log.data = l1::abi_encoder().word(w.states[n - 1]).word(hash_of({n})).encode();
      logs.push_back(std::move(log));
    }
    w.executed = e->last.value;
  } else if (const auto* r = std::get_if<revert_txn>(&what)) {
    log_entry log;
    log.account = contract_;
    log.topics = {topics[3], word(r->kept.value)};
    log.data = l1::abi_encoder().number(u256{w.committed}).encode();
    w.committed = r->kept.value;
    w.proved = std::min(w.proved, w.committed);
    w.tip_state = w.committed == 0 ? hash256{} : w.states[w.committed - 1];
    logs.push_back(std::move(log));
  }
  u64 index = 0;
  for (const mined_txn& t : into.txns) index += t.logs.size();
  for (log_entry& log : logs)
    out.logs.push_back(
        {std::move(log), l1::l1_block_number{into.number}, into.hash, out.hash, index++});
  out.what = std::move(what);
  return out;
}

std::optional<simulated_l1::rpc_error> simulated_l1::accept(const txn& t) {
  const auto from = recover_sender(t);
  if (!from || t.chain_id != chain_id_) return rpc_error{-32000, "invalid sender", {}};
  const world& w = blocks_.back().after;
  const u64 nonce = nonce_of(*from);
  const pool_txn incoming{t, *from, txn_hash(t)};
  const auto slot = pool_.find({*from, t.nonce});
  if (slot != pool_.end() && slot->second.hash == incoming.hash)
    return rpc_error{-32000, "already known", {}};
  if (t.nonce < nonce)
    return rpc_error{-32000, "nonce too low: next nonce " + std::to_string(nonce), {}};
  const auto funds = w.balances.find(*from);
  const auto fee = checked_mul(t.max_fee_per_gas, u256{t.gas_limit});
  const auto cost = fee ? checked_add(*fee, t.value) : std::nullopt;
  if (funds == w.balances.end() || !cost || funds->second < *cost)
    return rpc_error{-32000, "insufficient funds for gas * price + value", {}};
  if (slot != pool_.end()) {
    const txn& old = slot->second.body;
    const auto enough = [](const u256& before, const u256& offered) {
      return before * u256{110} <= offered * u256{100};
    };
    if (!enough(old.max_fee_per_gas, t.max_fee_per_gas) ||
        !enough(old.max_priority_fee_per_gas, t.max_priority_fee_per_gas))
      return rpc_error{-32000, "replacement transaction underpriced", {}};
  }
  pool_[{*from, t.nonce}] = incoming;
  return std::nullopt;
}

}  // namespace ashlar::test
