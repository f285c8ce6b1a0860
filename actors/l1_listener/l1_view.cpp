#include "actors/l1_listener/l1_view.hpp"

#include "runtime/base/hex.hpp"
#include "runtime/store/codec.hpp"

namespace ashlar::l1_listener {

using store::decoder;
using store::encoder;
using store::error;
using store::error_code;

namespace {

constexpr u8 version = 1;

// Tables: h (head), n (block hashes by number), b (batch rows), u (undo records by block and
// order), o (operations by id), t (taken operations that a reorg took back, by id).
bytes key_of(char table, u64 n) {
  bytes key;
  encoder to{key};
  to.u8_(static_cast<u8>(table));
  to.be64(n);
  return key;
}

bytes undo_key(u64 block, u64 order) {
  bytes key = key_of('u', block);
  encoder{key}.be64(order);
  return key;
}

const bytes head_key{'h'}, time_key{'s'}, final_key{'f'}, complete_key{'c'};

bytes encode(u64 n) {
  bytes row(8);
  store_be64(row.data(), n);
  return row;
}

bytes encode(unix_seconds time) {
  return encode(time.value);
}

void put(encoder& to, const batch_row& r) {
  const store::batch_settlement& s = r.settlement;
  to.u8_(static_cast<u8>(s.stage));
  for (const hash256* h : {&s.commit_txn, &s.prove_txn, &s.execute_txn}) to.fixed(*h);
  for (const u64 v :
       {s.commit_block, s.prove_block, s.execute_block, s.commit_gas, s.prove_gas, s.execute_gas})
    to.varint(v);
  // Bit 2: times follow; bit 3: the hash. Rows that were written without them are read all the
  // same.
  to.u8_(static_cast<u8>((r.foreign ? 1 : 0) | (r.final ? 2 : 0) | 4 | 8));
  for (const unix_seconds at : {s.commit_at, s.prove_at, s.execute_at}) to.varint(at.value);
  to.fixed(r.input_hash);
}

batch_row get_row(decoder& from) {
  batch_row r;
  store::batch_settlement& s = r.settlement;
  s.stage = static_cast<batch_stage>(from.u8_());
  for (hash256* h : {&s.commit_txn, &s.prove_txn, &s.execute_txn}) *h = from.fixed<32>();
  for (u64* v : {&s.commit_block, &s.prove_block, &s.execute_block, &s.commit_gas, &s.prove_gas,
                 &s.execute_gas})
    *v = from.varint();
  const u8 flags = from.u8_();
  r.foreign = flags & 1;
  r.final = flags & 2;
  if (flags & 4)
    for (unix_seconds* at : {&s.commit_at, &s.prove_at, &s.execute_at}) at->value = from.varint();
  if (flags & 8) r.input_hash = from.fixed<32>();
  return r;
}

bytes encode(const batch_row& r) {
  bytes out;
  encoder to{out};
  put(to, r);
  return out;
}

void put(encoder& to, const batch_totals& t) {
  for (const u64 v : {t.committed, t.proved, t.executed}) to.varint(v);
}
batch_totals get_totals(decoder& from) {
  batch_totals t;
  for (u64* v : {&t.committed, &t.proved, &t.executed}) *v = from.varint();
  return t;
}

bytes encode(const queued_operation& o) {
  bytes out;
  encoder to{out};
  to.be64(o.id.value);
  to.fixed(o.hash);
  to.fixed(o.rolling_after);
  to.varint(o.requested_at.value);
  to.varint(o.deadline.value);
  to.varint(o.l1_block);
  to.blob(o.canonical);
  return out;
}

std::optional<queued_operation> decode_operation(bytes_view raw) {
  decoder from{raw};
  queued_operation o;
  o.id = priority_id{from.be64()};
  o.hash = from.fixed<32>();
  o.rolling_after = from.fixed<32>();
  o.requested_at = unix_seconds{from.varint()};
  o.deadline = unix_seconds{from.varint()};
  o.l1_block = from.varint();
  o.canonical = to_bytes(from.blob());
  return from.done() ? std::optional(o) : std::nullopt;
}

std::string replaced(u64 id) {
  return "L1 replaced operation " + std::to_string(id) +
         ", which is executed on L2 already, after a reorg deeper than `confirmations`";
}

error damaged(const char* what) {
  return {error_code::damaged, 0, 0, std::string("L1 view, ") + what};
}

bool is_of(const store::cursor& walk, char table, std::size_t key_bytes) {
  return walk.valid() && walk.key().size() == key_bytes && walk.key()[0] == static_cast<u8>(table);
}

}  // namespace

result<std::unique_ptr<l1_view>, error> l1_view::open(const store::database_config& config) {
  ASHLAR_TRY(auto db, store::database::open(config));
  std::unique_ptr<l1_view> view{new l1_view(std::move(db))};
  ASHLAR_CHECK(view->load());
  return view;
}

void l1_view::put_head(store::write_batch& rows) const {
  bytes out;
  encoder to{out};
  to.u8_(version);
  to.u8_(cursor_ ? 1 : 0);
  to.be64(cursor_ ? cursor_->number.value : 0);
  to.fixed(cursor_ ? cursor_->hash : hash256{});
  put(to, totals_);
  to.varint(finalized_.value);
  to.varint(operations_);
  to.fixed(rolling_);
  to.varint(taken_.value);
  to.varint(undo_next_);
  to.text(divergence_);
  rows.put(head_key, out);
  rows.put(complete_key, encode(complete_to_));
}

status<error> l1_view::reload() {
  pending_.clear();
  cursor_.reset();
  window_.clear();
  totals_ = {};
  finalized_ = {};
  rows_.clear();
  rolling_ = {};
  taken_ = {};
  divergence_.clear();
  undo_next_ = 0;
  final_block_ = complete_to_ = 0;
  {
    std::lock_guard lock{mutex_};
    seen_ = {};
  }
  return load();
}

void l1_view::set_operations(u64 total) {
  std::lock_guard lock{mutex_};
  operations_ = total;
}

status<error> l1_view::load() {
  ASHLAR_TRY(const auto raw, db_->get(head_key));
  if (!raw) {
    set_operations(0);
    return nothing{};
  }
  ASHLAR_TRY(const auto seen, db_->get(time_key));
  if (seen) {
    if (seen->size() != 8) return fail(damaged("time"));
    std::lock_guard lock{mutex_};
    seen_.until = unix_seconds{load_be64(seen->data())};
  }
  for (const auto& [key, to] :
       {std::pair(&final_key, &final_block_), std::pair(&complete_key, &complete_to_)}) {
    ASHLAR_TRY(const auto number, db_->get(*key));
    if (number && number->size() != 8) return fail(damaged("final block"));
    if (number) *to = load_be64(number->data());
  }
  decoder from{*raw};
  if (const u8 got = from.u8_(); got != version)
    return fail(error{error_code::wrong_schema, version, got, "L1 view"});
  const bool started = from.u8_() != 0;
  seen_block at{l1::l1_block_number{from.be64()}, {}};
  at.hash = from.fixed<32>();
  if (started) cursor_ = at;
  totals_ = get_totals(from);
  finalized_ = batch_number{from.varint()};
  set_operations(from.varint());
  rolling_ = from.fixed<32>();
  taken_ = priority_id{from.varint()};
  undo_next_ = from.varint();
  divergence_ = from.text();
  if (!from.done()) return fail(damaged("head"));
  store::cursor walk = db_->walk();
  for (walk.seek(key_of('n', 0)); is_of(walk, 'n', 9); walk.next()) {
    if (walk.value().size() != 32) return fail(damaged("block hashes"));
    window_.push_back({l1::l1_block_number{load_be64(walk.key().data() + 1)},
                       hash256::copy_of(walk.value().data())});
  }
  if (!window_.empty() && window_.back() != at) return fail(damaged("block hashes"));
  for (walk.seek(key_of('b', 0)); is_of(walk, 'b', 9); walk.next()) {
    decoder row{walk.value()};
    rows_[load_be64(walk.key().data() + 1)] = get_row(row);
    if (!row.done()) return fail(damaged("batches"));
  }
  return walk.check();
}

result<std::optional<queued_operation>, error> l1_view::operation(priority_id id) const {
  if (id.value >= operations_total()) return std::optional<queued_operation>{};
  ASHLAR_TRY(const auto raw, db_->get(key_of('o', id.value)));
  if (!raw) return std::optional<queued_operation>{};
  auto op = decode_operation(*raw);
  if (!op || op->id != id) return fail(damaged("operations"));
  return op;
}

result<std::optional<unix_seconds>, error> l1_view::priority_deadline(priority_id id) const {
  ASHLAR_TRY(const auto op, operation(id));
  if (!op) return std::optional<unix_seconds>{};
  return std::optional<unix_seconds>{op->deadline};
}

u64 l1_view::operations_total() const {
  std::lock_guard lock{mutex_};
  return operations_;
}

l1_sight l1_view::seen() const {
  std::lock_guard lock{mutex_};
  return seen_;
}

block_number l1_view::committed() const {
  std::lock_guard lock{mutex_};
  return committed_;
}

void l1_view::set_committed(block_number last) {
  std::lock_guard lock{mutex_};
  committed_ = last;
}

void l1_view::set_seen(const l1_sight& last) {
  pending_.put(time_key, encode(last.until));
  std::lock_guard lock{mutex_};
  seen_ = last;
}

void l1_view::begin(const seen_block& start) {
  pending_.clear();
  if (!cursor_) cursor_ = start;
}

void l1_view::set_row(l1::l1_block_number at, u64 batch, const batch_row& row,
                      const batch_totals& then) {
  const auto old = rows_.find(batch);
  bytes undo;
  encoder to{undo};
  to.be64(batch);
  to.u8_(old == rows_.end() ? 0 : 1);
  put(to, old == rows_.end() ? batch_row{} : old->second);
  put(to, totals_);
  pending_.put(undo_key(at.value, undo_next_++), undo);
  pending_.put(key_of('b', batch), encode(row));
  rows_[batch] = row;
  totals_ = then;
}

status<error> l1_view::add_operation(const queued_operation& op) {
  ensure(op.id.value == operations_total());
  ASHLAR_TRY(const auto before, db_->get(key_of('t', op.id.value)));
  if (before && !equal(*before, op.hash) && divergence_.empty())
    divergence_ = replaced(op.id.value);
  pending_.put(key_of('o', op.id.value), encode(op));
  rolling_ = op.rolling_after;
  std::lock_guard lock{mutex_};
  ++operations_;
  return nothing{};
}

status<error> l1_view::finish(const std::vector<seen_block>& read, u32 window_max) {
  for (const seen_block& b : read) {
    // A range that was read without its headers leaves a gap: what is before it is no window.
    if (!window_.empty() && window_.back().number.next() != b.number) {
      for (const seen_block& old : window_) pending_.erase(key_of('n', old.number.value));
      window_.clear();
    }
    window_.push_back(b);
    pending_.put(key_of('n', b.number.value), b.hash);
  }
  while (window_.size() > window_max) {
    pending_.erase(key_of('n', window_.front().number.value));
    window_.pop_front();
  }
  if (!read.empty()) cursor_ = read.back();
  put_head(pending_);
  const auto written = db_->write(pending_, true);
  pending_.clear();
  return written;
}

/// Of the operations below `below`, which stay.
result<std::string, error> l1_view::find_divergence(u64 below) const {
  store::cursor walk = db_->walk();
  for (walk.seek(key_of('t', 0)); is_of(walk, 't', 9); walk.next()) {
    const u64 id = load_be64(walk.key().data() + 1);
    if (id >= below) break;
    ASHLAR_TRY(const auto op, operation(priority_id{id}));
    if (!op) return fail(damaged("operations"));
    if (!equal(walk.value(), op->hash)) return replaced(id);
  }
  ASHLAR_CHECK(walk.check());
  return std::string();
}

result<std::vector<u64>, error> l1_view::roll_back(const seen_block& ancestor) {
  store::write_batch rows;
  std::map<u64, batch_row> before;
  // Newest first, so that the oldest record of a batch is applied last.
  store::cursor walk = db_->walk();
  std::vector<std::pair<bytes, bytes>> undo;
  for (walk.seek(undo_key(ancestor.number.value + 1, 0)); is_of(walk, 'u', 17); walk.next())
    undo.emplace_back(to_bytes(walk.key()), to_bytes(walk.value()));
  ASHLAR_CHECK(walk.check());
  for (auto it = undo.rbegin(); it != undo.rend(); ++it) {
    decoder from{it->second};
    const u64 batch = from.be64();
    const bool existed = from.u8_() != 0;
    const batch_row old = get_row(from);
    totals_ = get_totals(from);
    if (!from.done()) return fail(damaged("undo records"));
    before.try_emplace(batch, rows_[batch]);
    if (existed)
      rows_[batch] = old;
    else
      rows_[batch] = batch_row{};
    rows.erase(it->first);
  }
  std::vector<u64> changed;
  for (const auto& [batch, old] : before) {
    rows.put(key_of('b', batch), encode(rows_[batch]));
    changed.push_back(batch);
  }
  while (!window_.empty() && window_.back().number > ancestor.number) {
    rows.erase(key_of('n', window_.back().number.value));
    window_.pop_back();
  }
  if (window_.empty()) {
    window_.push_back(ancestor);
    rows.put(key_of('n', ancestor.number.value), ancestor.hash);
  }
  complete_to_ = std::min(complete_to_, ancestor.number.value);
  u64 left = operations_total();
  while (left > 0) {
    ASHLAR_TRY(const auto op, operation(priority_id{left - 1}));
    if (!op || op->l1_block <= ancestor.number.value) break;
    --left;
    // What was executed is what L1 had first: whatever came in its place was never credited.
    ASHLAR_TRY(const auto executed, db_->get(key_of('t', left)));
    if (left < taken_.value && !executed) rows.put(key_of('t', left), op->hash);
    rows.erase(key_of('o', left));
  }
  ASHLAR_TRY(divergence_, find_divergence(left));
  hash256 rolling;
  if (left > 0) {
    ASHLAR_TRY(const auto op, operation(priority_id{left - 1}));
    if (!op) return fail(damaged("operations"));
    rolling = op->rolling_after;
  }
  rolling_ = rolling;
  {
    std::lock_guard lock{mutex_};
    operations_ = left;
  }
  cursor_ = ancestor;
  put_head(rows);
  ASHLAR_CHECK(db_->write(rows, true));
  return changed;
}

status<error> l1_view::finalize(l1::l1_block_number block, const std::vector<u64>& final_rows,
                                batch_number finalized) {
  store::write_batch rows;
  for (const u64 n : final_rows) {
    rows_[n].final = true;
    rows.put(key_of('b', n), encode(rows_[n]));
  }
  while (!rows_.empty() && rows_.begin()->first <= finalized.value) {
    rows.erase(key_of('b', rows_.begin()->first));
    rows_.erase(rows_.begin());
  }
  finalized_ = std::max(finalized_, finalized);
  final_block_ = std::max(final_block_, block.value);
  rows.put(final_key, encode(final_block_));
  store::cursor walk = db_->walk();
  for (walk.seek(undo_key(0, 0)); is_of(walk, 'u', 17); walk.next()) {
    if (load_be64(walk.key().data() + 1) > block.value) break;
    rows.erase(walk.key());
  }
  ASHLAR_CHECK(walk.check());
  put_head(rows);
  return db_->write(rows, true);
}

status<error> l1_view::set_taken(priority_id next) {
  if (next == taken_) return nothing{};
  store::write_batch rows;
  if (next < taken_) {
    store::cursor walk = db_->walk();
    for (walk.seek(key_of('t', next.value)); is_of(walk, 't', 9); walk.next())
      rows.erase(walk.key());
    ASHLAR_CHECK(walk.check());
    ASHLAR_TRY(divergence_, find_divergence(std::min(operations_total(), next.value)));
  }
  taken_ = next;
  put_head(rows);
  return db_->write(rows, true);
}

}  // namespace ashlar::l1_listener
