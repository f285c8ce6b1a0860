#include "test/unit/rpc/memory_backend.hpp"

#include "runtime/crypto/keccak.hpp"

namespace ashlar::rpc::test {
namespace {

constexpr u64 price = 1'000'000'100;
constexpr hash256 empty_code{{0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d,
                              0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82,
                              0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70}};

txn base(txn_type type, u64 nonce) {
  txn t;
  t.type = type;
  t.chain_id = 271;
  t.nonce = nonce;
  t.max_fee_per_gas = 2'000'000'000;
  t.max_priority_fee_per_gas = type == txn_type::legacy ? u256(2'000'000'000) : u256(100);
  t.gas_limit = 21'000;
  t.to = addr(0x22);
  t.value = 5;
  t.signature = {1, 0x1234, 0x5678};
  return t;
}

}  // namespace

receipt receipt_of(const txn& t, bool success, u64 gas_used, std::vector<log_entry> logs) {
  receipt r;
  r.type = t.type;
  r.success = success;
  r.gas_used = gas_used;
  r.effective_gas_price = price;
  r.bloom = logs_bloom(logs);
  r.logs = std::move(logs);
  return r;
}

sealed_txn sealed(const txn& t, const address& sender, receipt outcome) {
  sealed_txn out;
  out.body = t;
  out.hash = txn_hash(t);
  out.sender = sender;
  out.outcome = std::move(outcome);
  return out;
}

txn transfer(u64 nonce) {
  return base(txn_type::legacy, nonce);
}

memory_backend::memory_backend() {
  constants_.chain_id = 271;
  constants_.l1_chain_id = 31337;
  constants_.hub = addr(0xb0);
  constants_.main_contract = addr(0xb1);
  constants_.base_token_l1 = addr(0x01);
  constants_.l1_bridge = addr(0xb2);
  constants_.l2_bridge = addr(0xb3);
  constants_.confirmation_signer = addr(0xb4);
  constants_.protocol_version = 1;
  constants_.client_version = "ashlar/test";
  append({});

  const txn plain = transfer(0);
  txn call = base(txn_type::dynamic_fee, 1);
  call.data = {0xab, 0xcd};
  const std::vector<log_entry> logs{{addr(0x33), {word(1), word(2)}, {0x01}},
                                    {addr(0x34), {word(3)}, {}}};
  txn create = base(txn_type::dynamic_fee, 2);
  create.to.reset();
  receipt created = receipt_of(create, true, 53'000);
  created.contract_address = addr(0x44);
  append({sealed(plain, addr(0x11), receipt_of(plain, true, 21'000)),
          sealed(call, addr(0x11), receipt_of(call, true, 30'000, logs)),
          sealed(create, addr(0x12), created)});

  txn delegate = base(txn_type::set_code, 3);
  delegate.authorizations = {{271, addr(0x55), 7, 1, 0x99, 0x88}};
  txn listed = base(txn_type::access_list, 4);
  listed.access_list = {{addr(0x66), {word(9)}}};
  txn from_l1 = base(txn_type::priority, 0);
  from_l1.priority.sender = addr(0x77);
  from_l1.priority.gas_per_pubdata_limit = 800;
  from_l1.priority.canonical_hash = word(0x99);
  append({sealed(delegate, addr(0x11), receipt_of(delegate, true, 46'000)),
          sealed(listed, addr(0x13), receipt_of(listed, false, 25'000)),
          sealed(from_l1, addr(0x77), receipt_of(from_l1, true, 21'000))});
}

sealed_block_ptr memory_backend::append(std::vector<sealed_txn> txns) {
  auto made = std::make_shared<sealed_block>();
  block_header& h = made->header;
  h.number = block_number{blocks_.size()};
  if (!blocks_.empty()) h.parent_hash = blocks_.back()->hash;
  h.timestamp = unix_seconds{1'700'000'000 + blocks_.size()};
  h.gas_limit = 100'000'000;
  h.beneficiary = addr(0xfe);
  h.base_fee_per_gas = 1'000'000'000;
  h.withdrawals_root = empty_trie_root;
  h.blob_gas_used = 0;
  h.excess_blob_gas = 0;
  h.parent_beacon_block_root = hash256{};
  h.requests_hash = empty_requests_hash;
  u32 first_log = 0;
  for (sealed_txn& t : txns) {
    h.gas_used += t.outcome.gas_used;
    t.outcome.cumulative_gas_used = h.gas_used;
    t.first_log_index = first_log;
    first_log += static_cast<u32>(t.outcome.logs.size());
    bloom_merge(h.logs_bloom, t.outcome.bloom);
  }
  made->hash = header_hash(h);
  made->size_bytes = 600;
  made->txns = std::move(txns);
  blocks_.push_back(made);
  for (u32 i = 0; i < made->txns.size(); ++i) {
    by_hash_[made->txns[i].hash] = {made, i};
    pending_.erase(made->txns[i].hash);
  }
  return made;
}

sealed_block_ptr memory_backend::extend(std::vector<sealed_txn> txns) {
  sealed_block_ptr made;
  {
    const std::lock_guard lock(mutex_);
    made = append(std::move(txns));
  }
  if (const auto to = observer_.lock()) to->on_block(made);
  return made;
}

pending_txn_ptr memory_backend::wait(const txn& t, const address& sender) {
  const auto made = std::make_shared<const pending_txn>(pending_txn{t, txn_hash(t), sender});
  {
    const std::lock_guard lock(mutex_);
    pending_[made->hash] = made;
  }
  const auto to = observer_.lock();
  if (to && to->wants_pending()) to->on_pending({&made, 1});
  return made;
}

u64 memory_backend::height() const {
  const std::lock_guard lock(mutex_);
  return blocks_.size() - 1;
}

chain_heads memory_backend::heads() const {
  return {block_number{height()}, block_number{1}, block_number{0}, block_number{0}};
}

void memory_backend::submit(std::span<const bytes_view> raw, submit_wait, submit_callback done) {
  std::vector<submit_result> out;
  {
    const std::lock_guard lock(mutex_);
    submissions.push_back(raw.size());
    for (const bytes_view r : raw) {
      submitted.push_back(to_bytes(r));
      const hash256 hash = crypto::keccak256(r);
      const auto no = refused.find(hash);
      if (no != refused.end())
        out.push_back(fail(no->second));
      else
        out.push_back(hash);
    }
  }
  done(std::move(out));
}

void memory_backend::submit_sync(bytes_view raw, std::chrono::milliseconds timeout,
                                 sync_callback done) {
  seen_timeout = timeout;
  submitted.push_back(to_bytes(raw));
  done(sync_answer);
}

u64 memory_backend::pending_nonce(const address&) {
  return 9;
}

pending_txn_ptr memory_backend::pending_by_hash(const hash256& txn_hash) {
  const std::lock_guard lock(mutex_);
  const auto at = pending_.find(txn_hash);
  return at == pending_.end() ? nullptr : at->second;
}

sealed_block_ptr memory_backend::block_by_number(block_number n) {
  const std::lock_guard lock(mutex_);
  return n.value < blocks_.size() ? blocks_[n.value] : nullptr;
}

sealed_block_ptr memory_backend::block_by_hash(const hash256& hash) {
  const std::lock_guard lock(mutex_);
  for (const auto& b : blocks_)
    if (b->hash == hash) return b;
  return nullptr;
}

std::optional<located_txn> memory_backend::txn_by_hash(const hash256& txn_hash) {
  const std::lock_guard lock(mutex_);
  const auto at = by_hash_.find(txn_hash);
  if (at == by_hash_.end()) return std::nullopt;
  return at->second;
}

answer<account_view> memory_backend::account(const address& who, block_number at) {
  if (who == addr(0xdd)) return fail(backend_error{backend_errc::state_pruned, "block 0"});
  if (who != addr(0x11)) return account_view{};
  return account_view{3 + at.value, u256(1'000'000) + u256(at.value), empty_code};
}

answer<u256> memory_backend::storage(const address&, const u256& slot, block_number) {
  return slot + u256(1);
}

answer<bytes> memory_backend::code(const address& who, block_number) {
  return who == addr(0x33) ? bytes{0x60, 0x00} : bytes{};
}

answer<account_proof> memory_backend::proof(const address&, std::span<const u256> slots,
                                            block_number) {
  account_proof out;
  out.account = {3, 7, empty_code};
  out.batch = batch_number{1};
  out.tree_root = word(0xaa);
  out.leaf_count = 4;
  out.proof = {true, {2, word(1), word(2), 3, {word(5)}}, std::nullopt};
  for (const u256& slot : slots) {
    storage_proof s;
    s.slot = slot;
    s.proof = {
        false, {1, word(3), word(4), 3, {word(6)}}, tree_leaf_proof{3, word(7), word(8), 1, {}}};
    out.slots.push_back(s);
  }
  return out;
}

answer<call_outcome> memory_backend::call(const call_request& request, block_number at,
                                          const state_overrides& accounts,
                                          const block_overrides& block, const call_limits& limits) {
  {
    const std::lock_guard lock(mutex_);  // calls come on several threads
    seen_call = request;
    seen_at = at;
    seen_accounts = accounts;
    seen_block = block;
    seen_limits = limits;
    if (limits.gas_run != nullptr) *limits.gas_run += call_answer.gas_used;
  }
  if (call_failure) return fail(*call_failure);
  return call_answer;
}

answer<gas_estimate> memory_backend::estimate_gas(const call_request& request, block_number at,
                                                  const state_overrides& accounts,
                                                  const block_overrides& block,
                                                  const call_limits& limits) {
  ASHLAR_CHECK(call(request, at, accounts, block, limits));
  return estimate_answer;
}

answer<access_list_outcome> memory_backend::create_access_list(const call_request& request,
                                                               block_number at,
                                                               const state_overrides& accounts,
                                                               const call_limits& limits) {
  ASHLAR_TRY(const call_outcome outcome, call(request, at, accounts, {}, limits));
  return access_list_outcome{{{addr(0x66), {word(9)}}}, outcome};
}

std::optional<batch_position> memory_backend::batch_of(block_number block) {
  if (block > block_number{1}) return std::nullopt;
  return batch_position{batch_number{1}, unix_seconds{1'700'000'000}, 0};
}

std::optional<batch_status> memory_backend::batch(batch_number n) {
  if (n != batch_number{1}) return std::nullopt;
  batch_status out;
  out.number = n;
  out.stage = batch_stage::committed;
  out.last_block = block_number{1};
  out.txns = 3;
  out.l2_gas = 104'000;
  out.pubdata_bytes = 99;
  out.timestamp = unix_seconds{1'700'000'000};
  out.state_commitment = word(0xcc);
  out.commit = l1_step{word(0xc1), unix_seconds{1'700'000'100}, 150'000};
  out.waits_for = "a proof";
  out.estimate_s = 30;
  return out;
}

std::optional<message_proof> memory_backend::prove_message(const hash256& txn_hash, u32 index) {
  if (!by_hash_.contains(txn_hash) || index != 0) return std::nullopt;
  return message_proof{batch_number{1}, 2, {word(1), word(2)}, word(3)};
}

std::optional<soft_confirmation> memory_backend::confirmation_of(const hash256& txn_hash) {
  const auto t = txn_by_hash(txn_hash);
  if (!t) return std::nullopt;
  return soft_confirmation{271,      t->block->header.number,        t->block->hash,  t->index,
                           txn_hash, constants_.confirmation_signer, filled<65>(0x5a)};
}

std::optional<txn_status> memory_backend::status_of(const hash256& txn_hash) {
  const auto t = txn_by_hash(txn_hash);
  if (!t) return std::nullopt;
  return txn_status{txn_stage::committed, t->block->header.number, batch_number{1}, "a proof", 30};
}

std::optional<drop_reason> memory_backend::drop_reason_of(const hash256& txn_hash) {
  if (txn_hash != word(0xde)) return std::nullopt;
  return drop_reason{"evicted", "the pool was full", unix_seconds{1'700'000'001}};
}

pipeline_status memory_backend::pipeline() {
  pipeline_status out;
  out.latest = block_number{height()};
  out.safe = block_number{1};
  out.mempool_pending = 2;
  out.open_batch = batch_number{2};
  out.last_sealed = out.last_committed = batch_number{1};
  out.waits = {{"prove", "a verifier on L1", 12}};
  out.proof_layers = {{"leaf", 4'096}, {"outer", 900}};
  return out;
}

std::optional<prover_fleet> memory_backend::fleet() {
  if (!ready) return std::nullopt;
  prover_fleet out;
  out.program_commitment = word(0x77);
  out.params = "proven128";
  out.proved = 1;
  out.workers = {{"local", "proving", 2, batch_number{2}, 2, 1, 5, 1'000, 30, 1, 0, 0}};
  out.jobs = {{batch_number{2}, "leased", "local", 1, "it \"ended\""}};
  out.proofs = {{batch_number{1}, word(0x78), 4'096, 900, 4, 60, "local"}};
  return out;
}

health_report memory_backend::health() {
  return {{{"sequencer", role_state::ok, "", 0}, {"prover", role_state::down, "none set", 2}},
          ready};
}

}  // namespace ashlar::rpc::test
