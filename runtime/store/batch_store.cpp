#include "runtime/store/batch_store.hpp"

#include "runtime/store/codec.hpp"

namespace ashlar::store {

namespace {

constexpr u8 version = 1;
constexpr u8 settlement_version = 2;
constexpr u8 settlement_version_without_times = 1;

bytes numbered(char table, u64 n) {
  bytes key;
  encoder to{key};
  to.u8_(static_cast<u8>(table));
  to.be64(n);
  return key;
}

void put(encoder& to, const public_input& in) {
  to.be64(in.protocol_version);
  to.be64(in.chain_id);
  to.be64(in.l1_chain_id);
  to.fixed(in.chain_contract);
  to.be64(in.number.value);
  to.fixed(in.state_before);
  to.fixed(in.state_after);
  to.be64(in.first_block.value);
  to.be64(in.last_block.value);
  to.be64(in.first_timestamp.value);
  to.be64(in.last_timestamp.value);
  to.fixed(in.pubdata_commitment);
  to.fixed(in.priority_hash_before);
  to.fixed(in.priority_hash_after);
  to.be64(in.priority_count);
  to.fixed(in.l2_to_l1_log_root);
  to.fixed(in.config_hash);
}

public_input get_input(decoder& from) {
  public_input in;
  in.protocol_version = static_cast<u32>(from.be64());
  in.chain_id = from.be64();
  in.l1_chain_id = from.be64();
  in.chain_contract = from.fixed<20>();
  in.number = batch_number{from.be64()};
  in.state_before = from.fixed<32>();
  in.state_after = from.fixed<32>();
  in.first_block = block_number{from.be64()};
  in.last_block = block_number{from.be64()};
  in.first_timestamp = unix_seconds{from.be64()};
  in.last_timestamp = unix_seconds{from.be64()};
  in.pubdata_commitment = from.fixed<32>();
  in.priority_hash_before = from.fixed<32>();
  in.priority_hash_after = from.fixed<32>();
  in.priority_count = from.be64();
  in.l2_to_l1_log_root = from.fixed<32>();
  in.config_hash = from.fixed<32>();
  return in;
}

void put(encoder& to, const l2_log& l) {
  to.u8_(l.shard);
  to.u8_(l.is_service);
  to.varint(l.txn_number);
  to.fixed(l.sender);
  to.fixed(l.key);
  to.fixed(l.value);
}

l2_log get_log(decoder& from) {
  l2_log l;
  l.shard = from.u8_();
  l.is_service = from.u8_() != 0;
  l.txn_number = static_cast<u16>(from.varint());
  l.sender = from.fixed<20>();
  l.key = from.fixed<32>();
  l.value = from.fixed<32>();
  return l;
}

bytes encode_settlement(const batch_settlement& s) {
  bytes out;
  encoder to{out};
  to.u8_(settlement_version);
  to.u8_(static_cast<u8>(s.stage));
  for (const hash256* h : {&s.commit_txn, &s.prove_txn, &s.execute_txn}) to.fixed(*h);
  for (const u64 v :
       {s.commit_block, s.prove_block, s.execute_block, s.commit_gas, s.prove_gas, s.execute_gas})
    to.varint(v);
  for (const unix_seconds at : {s.commit_at, s.prove_at, s.execute_at}) to.varint(at.value);
  return out;
}

std::optional<batch_settlement> decode_settlement(bytes_view raw) {
  decoder from{raw};
  batch_settlement s;
  const u8 got = from.u8_();
  if (got != settlement_version && got != settlement_version_without_times) return std::nullopt;
  s.stage = static_cast<batch_stage>(from.u8_());
  for (hash256* h : {&s.commit_txn, &s.prove_txn, &s.execute_txn}) *h = from.fixed<32>();
  for (u64* v : {&s.commit_block, &s.prove_block, &s.execute_block, &s.commit_gas, &s.prove_gas,
                 &s.execute_gas})
    *v = from.varint();
  if (got == settlement_version)
    for (unix_seconds* at : {&s.commit_at, &s.prove_at, &s.execute_at}) at->value = from.varint();
  if (!from.done() || s.stage > batch_stage::executed) return std::nullopt;
  return s;
}

error damaged(u64 n) {
  return {error_code::damaged, 0, n, "batch store"};
}
error not_found(u64 n) {
  return {error_code::not_found, 0, n, "batch store"};
}

}  // namespace

bytes encode_sealed_batch(const sealed_batch& b) {
  bytes out;
  encoder to{out};
  to.u8_(version);
  to.be64(b.number.value);
  to.be64(b.first_block.value);
  to.be64(b.last_block.value);
  to.varint(b.txn_count);
  to.varint(b.gas_used);
  to.varint(b.sealed_at.value);
  put(to, b.input);
  to.fixed(b.state.tree_root);
  to.be64(b.state.leaf_count);
  to.be64(b.state.last_block.value);
  to.fixed(b.state.block_hashes_digest);
  to.be64(b.state.last_timestamp.value);
  to.blob(b.pubdata);
  to.varint(b.logs.size());
  for (const l2_log& l : b.logs) put(to, l);
  to.varint(b.messages.size());
  for (const bytes& m : b.messages) to.blob(m);
  to.varint(b.priority_next);
  to.fixed(b.witness_hash);
  to.text(b.seal_reason);
  return out;
}

result<sealed_batch, error> decode_sealed_batch(bytes_view raw) {
  decoder from{raw};
  sealed_batch b;
  if (const u8 got = from.u8_(); got != version)
    return fail(error{error_code::wrong_schema, version, got, "batch store"});
  b.number = batch_number{from.be64()};
  b.first_block = block_number{from.be64()};
  b.last_block = block_number{from.be64()};
  b.txn_count = from.varint();
  b.gas_used = from.varint();
  b.sealed_at = unix_seconds{from.varint()};
  b.input = get_input(from);
  b.state.tree_root = from.fixed<32>();
  b.state.leaf_count = from.be64();
  b.state.last_block = block_number{from.be64()};
  b.state.block_hashes_digest = from.fixed<32>();
  b.state.last_timestamp = unix_seconds{from.be64()};
  b.pubdata = to_bytes(from.blob());
  for (u64 n = from.count(); n > 0 && from.ok(); --n) b.logs.push_back(get_log(from));
  for (u64 n = from.count(); n > 0 && from.ok(); --n) b.messages.push_back(to_bytes(from.blob()));
  b.priority_next = from.varint();
  b.witness_hash = from.fixed<32>();
  b.seal_reason = from.text();
  if (!from.done()) return fail(damaged(b.number.value));
  return b;
}

result<std::unique_ptr<batch_store>, error> batch_store::open(const database_config& config) {
  ASHLAR_TRY(auto db, database::open(config));
  std::unique_ptr<batch_store> store{new batch_store(std::move(db))};
  // Tables in key order: b (batches), e (last block -> batch), s (settlements).
  cursor walk = store->db_->walk();
  walk.seek(numbered('b', ~0ull));
  if (walk.valid())
    walk.previous();
  else
    walk.seek_to_last();
  ASHLAR_CHECK(walk.check());
  if (walk.valid() && walk.key().size() == 9 && walk.key()[0] == 'b')
    store->last_ = batch_number{load_be64(walk.key().data() + 1)};
  return store;
}

status<error> batch_store::append(const sealed_batch& batch) {
  std::lock_guard lock{mutex_};
  const u64 due = last_.value + 1;
  if (batch.number.value != due)
    return fail(error{error_code::not_contiguous, due, batch.number.value, "batch store"});
  bytes number;
  encoder{number}.be64(due);
  write_batch rows;
  rows.put(numbered('b', due), encode_sealed_batch(batch));
  rows.put(numbered('e', batch.last_block.value), number);
  rows.put(numbered('s', due), encode_settlement({}));
  ASHLAR_CHECK(db_->write(rows, true));
  last_ = batch.number;
  return nothing{};
}

status<error> batch_store::truncate(batch_number last) {
  std::lock_guard lock{mutex_};
  if (last >= last_) return nothing{};
  write_batch rows;
  for (u64 n = last.value + 1; n <= last_.value; ++n) {
    ASHLAR_TRY(const sealed_batch b, get(batch_number{n}));
    rows.erase(numbered('b', n));
    rows.erase(numbered('e', b.last_block.value));
    rows.erase(numbered('s', n));
  }
  ASHLAR_CHECK(db_->write(rows, true));
  last_ = last;
  return nothing{};
}

batch_number batch_store::last() const {
  std::lock_guard lock{mutex_};
  return last_;
}

result<sealed_batch, error> batch_store::get(batch_number number) const {
  ASHLAR_TRY(const auto raw, db_->get(numbered('b', number.value)));
  if (!raw) return fail(not_found(number.value));
  return decode_sealed_batch(*raw);
}

std::optional<batch_number> batch_store::batch_of(block_number block) const {
  cursor walk = db_->walk();
  walk.seek(numbered('e', block.value));
  if (!walk.valid() || walk.key().size() != 9 || walk.key()[0] != 'e' || walk.value().size() != 8)
    return std::nullopt;
  return batch_number{load_be64(walk.value().data())};
}

status<error> batch_store::set_settlement(batch_number number, const batch_settlement& s) {
  std::lock_guard lock{mutex_};
  if (number.value == 0 || number > last_) return fail(not_found(number.value));
  return db_->put(numbered('s', number.value), encode_settlement(s), true);
}

result<batch_settlement, error> batch_store::settlement(batch_number number) const {
  ASHLAR_TRY(const auto raw, db_->get(numbered('s', number.value)));
  if (!raw) return fail(not_found(number.value));
  const auto s = decode_settlement(*raw);
  if (!s) return fail(damaged(number.value));
  return *s;
}

}  // namespace ashlar::store
