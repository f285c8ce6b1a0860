#include "runtime/store/intent_journal.hpp"

#include "runtime/store/codec.hpp"

namespace ashlar::store {

namespace {

constexpr u8 version = 3;
constexpr u8 version_without_gas_limit = 2;
constexpr u8 version_without_stage = 1;

fixed_bytes<8> key_of(u64 id) {
  fixed_bytes<8> key;
  store_be64(key.data(), id);
  return key;
}

bytes_view view(const fixed_bytes<8>& k) {
  return {k.data(), k.size()};
}

bool is_open(const intent& i) {
  return i.state != intent_state::settled && i.state != intent_state::given_up;
}

}  // namespace

const char* to_text(intent_kind kind) noexcept {
  switch (kind) {
    case intent_kind::commit:
      return "commit";
    case intent_kind::prove:
      return "prove";
    case intent_kind::execute:
      return "execute";
    case intent_kind::revert:
      return "revert";
    case intent_kind::verify:
      return "verify";
    case intent_kind::escape:
      return "escape";
  }
  return "unknown";
}

const char* to_text(intent_state state) noexcept {
  switch (state) {
    case intent_state::planned:
      return "planned";
    case intent_state::sent:
      return "sent";
    case intent_state::mined:
      return "mined";
    case intent_state::settled:
      return "settled";
    case intent_state::given_up:
      return "given up";
  }
  return "unknown";
}

bytes encode_intent(const intent& i) {
  bytes out;
  encoder to{out};
  to.u8_(version);
  to.varint(i.id);
  to.u8_(static_cast<u8>(i.kind));
  to.varint(i.first.value);
  to.varint(i.last.value);
  to.varint(i.stage);
  to.varint(i.nonce);
  to.fixed(i.sender);
  to.u8_(static_cast<u8>(i.state));
  to.varint(i.attempts.size());
  for (const intent_attempt& a : i.attempts) {
    to.fixed(a.txn_hash);
    to.number(a.max_fee_per_gas);
    to.number(a.max_priority_fee_per_gas);
    to.varint(a.sent_at.value);
    to.blob(a.raw);
    to.varint(a.gas_limit);
  }
  to.varint(i.l1_block);
  to.varint(i.l1_gas_used);
  to.fixed(i.content);
  to.text(i.note);
  return out;
}

result<intent, error> decode_intent(bytes_view raw) {
  decoder from{raw};
  intent i;
  const u8 got = from.u8_();
  if (got == 0 || got > version)
    return fail(error{error_code::wrong_schema, version, got, "intent journal"});
  i.id = from.varint();
  const u8 kind = from.u8_();
  i.first = batch_number{from.varint()};
  i.last = batch_number{from.varint()};
  const u64 stage = got == version_without_stage ? 0 : from.varint();
  i.nonce = from.varint();
  i.sender = from.fixed<20>();
  const u8 state = from.u8_();
  for (u64 n = from.count(); n > 0 && from.ok(); --n) {
    intent_attempt a;
    a.txn_hash = from.fixed<32>();
    a.max_fee_per_gas = from.number();
    a.max_priority_fee_per_gas = from.number();
    a.sent_at = unix_seconds{from.varint()};
    a.raw = to_bytes(from.blob());
    if (got > version_without_gas_limit) a.gas_limit = from.varint();
    i.attempts.push_back(std::move(a));
  }
  i.l1_block = from.varint();
  i.l1_gas_used = from.varint();
  i.content = from.fixed<32>();
  i.note = from.text();
  if (!from.done() || kind > static_cast<u8>(intent_kind::escape) || stage > ~u32{0} ||
      state > static_cast<u8>(intent_state::given_up))
    return fail(error{error_code::damaged, 0, i.id, "intent journal"});
  i.kind = static_cast<intent_kind>(kind);
  i.stage = static_cast<u32>(stage);
  i.state = static_cast<intent_state>(state);
  return i;
}

result<std::unique_ptr<intent_journal>, error> intent_journal::open(const database_config& config) {
  ASHLAR_TRY(auto db, database::open(config));
  std::unique_ptr<intent_journal> journal{new intent_journal(std::move(db))};
  cursor walk = journal->db_->walk();
  walk.seek_to_last();
  ASHLAR_CHECK(walk.check());
  if (walk.valid()) journal->last_id_ = load_be64(walk.key().data());
  return journal;
}

result<u64, error> intent_journal::add(intent next) {
  std::lock_guard lock{mutex_};
  next.id = last_id_ + 1;
  ASHLAR_CHECK(db_->put(view(key_of(next.id)), encode_intent(next), true));
  return last_id_ = next.id;
}

status<error> intent_journal::update(const intent& changed) {
  std::lock_guard lock{mutex_};
  if (changed.id == 0 || changed.id > last_id_)
    return fail(error{error_code::not_found, 0, changed.id, "intent journal"});
  return db_->put(view(key_of(changed.id)), encode_intent(changed), true);
}

result<intent, error> intent_journal::get(u64 id) const {
  ASHLAR_TRY(const auto raw, db_->get(view(key_of(id))));
  if (!raw) return fail(error{error_code::not_found, 0, id, "intent journal"});
  return decode_intent(*raw);
}

result<std::vector<intent>, error> intent_journal::open_intents() const {
  // Intents are few (three a batch) and settle in order: a scan from the end would save little.
  std::vector<intent> out;
  cursor walk = db_->walk(false);
  for (walk.seek(view(key_of(0))); walk.valid(); walk.next()) {
    ASHLAR_TRY(intent i, decode_intent(walk.value()));
    if (is_open(i)) out.push_back(std::move(i));
  }
  ASHLAR_CHECK(walk.check());
  return out;
}

result<std::vector<intent>, error> intent_journal::list(u64 first, u32 limit) const {
  std::vector<intent> out;
  cursor walk = db_->walk();
  for (walk.seek(view(key_of(first))); walk.valid() && out.size() < limit; walk.next()) {
    ASHLAR_TRY(intent i, decode_intent(walk.value()));
    out.push_back(std::move(i));
  }
  ASHLAR_CHECK(walk.check());
  return out;
}

u64 intent_journal::last_id() const {
  std::lock_guard lock{mutex_};
  return last_id_;
}

}  // namespace ashlar::store
