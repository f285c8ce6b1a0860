#include "runtime/types/pubdata.hpp"

#include <algorithm>

#include "runtime/crypto/keccak.hpp"
#include "runtime/types/account_change.hpp"
#include "runtime/types/compact_header.hpp"
#include "runtime/types/pubdata_bytes.hpp"

namespace ashlar {
namespace {

enum class log_kind : u8 { message = 0, failure = 1, success = 2 };

void put_slot(bytes& to, const u256& gap) {
  to.push_back(static_cast<u8>(gap.byte_length()));
  put_magnitude(to, gap);
}

void put_change(bytes& to, const value_change& change) {
  to.push_back(change_head(change));
  put_magnitude(to, change.magnitude);
}

void put_blocks(bytes& to, const pubdata& p) {
  ensure(!p.timestamps.empty());
  put_varint(to, p.timestamps.size());
  u64 before = 0;
  for (unix_seconds t : p.timestamps) {
    ensure(t.value >= before);
    put_varint(to, t.value - before);
    before = t.value;
  }
  to.push_back(p.last_header ? 1 : 0);
  if (!p.last_header) return;
  ensure(p.last_header->timestamp == p.timestamps.back());
  put_compact_header(to, *p.last_header);
}

void put_owner(bytes& to, const slot_owner& owner) {
  if (owner.by == slot_owner::naming::spelled) {
    to.push_back(0);
    append(to, owner.who.data_);
    return;
  }
  ensure(owner.index < u64{1} << 62);
  put_varint(to, 1 + (owner.index << 1 | static_cast<u8>(owner.by)));
}

void put_logs(bytes& to, const pubdata& p) {
  put_varint(to, p.logs.size());
  u16 before = 0;
  std::size_t message = 0;
  for (const l2_log& log : p.logs) {
    ensure(log.shard == 0 && log.is_service && log.txn_number >= before);
    const bool is_message = log.sender == l1_messenger_address;
    ensure(is_message || log.sender == bootloader_address);
    const log_kind kind = is_message            ? log_kind::message
                          : log.value.is_zero() ? log_kind::failure
                                                : log_kind::success;
    to.push_back(static_cast<u8>(kind));
    put_varint(to, static_cast<u64>(log.txn_number - before));
    before = log.txn_number;
    if (!is_message) {
      append(to, log.key.data_);
      continue;
    }
    ensure(message < p.messages.size());
    const bytes& text = p.messages[message++];
    append(to, bytes_view{log.key.data_}.subspan(12));
    put_varint(to, text.size());
    append(to, text);
  }
  ensure(message == p.messages.size());
}

}  // namespace

bytes encode_pubdata(const pubdata& p) {
  bytes out{pubdata_version};
  out.reserve(64 + 16 * p.known.size() + 40 * p.accounts.size());
  put_blocks(out, p);
  put_varint(out, p.codes.size());
  for (const auto& [hash, code] : p.codes) {
    put_varint(out, code.size());
    append(out, code);
  }
  put_varint(out, p.known.size());
  u64 next_index = 0;
  for (const known_leaf_change& k : p.known) {
    ensure(k.leaf_index >= next_index);
    put_varint(out, k.leaf_index - next_index);
    next_index = k.leaf_index + 1;
    if (const auto* slot = std::get_if<value_change>(&k.change))
      put_change(out, *slot);
    else
      put_account_change(out, *std::get_if<account_change>(&k.change));
  }
  put_varint(out, p.accounts.size());
  for (const new_account& a : p.accounts) {
    append(out, a.who.data_);
    put_account_change(out, a.change);
  }
  put_varint(out, p.slots.size());
  for (const new_slots& run : p.slots) {
    put_owner(out, run.owner);
    put_varint(out, run.slots.size());
    u256 next_slot;
    for (const new_slot& s : run.slots) {
      put_slot(out, s.slot - next_slot);
      next_slot = s.slot + u256{1};
      put_change(out, s.change);
    }
  }
  put_logs(out, p);
  return out;
}

namespace {

status<pubdata_error> next_blocks(pubdata_reader& in, pubdata& p) {
  ASHLAR_TRY(const std::size_t count, in.next_count(1));
  if (count == 0) return in.refuse(pubdata_error_code::no_blocks);
  p.timestamps.reserve(count);
  u64 before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ASHLAR_TRY(const u64 gap, in.next_varint());
    if (gap > ~0ull - before) return in.refuse(pubdata_error_code::out_of_range);
    before += gap;
    p.timestamps.push_back(unix_seconds{before});
  }
  ASHLAR_TRY(const u8 has_header, in.next_byte());
  if (has_header > 1) return in.refuse(pubdata_error_code::bad_header);
  if (has_header == 0) return nothing{};
  ASHLAR_TRY(p.last_header, next_compact_header(in));
  p.last_header->timestamp = p.timestamps.back();
  return nothing{};
}

status<pubdata_error> next_codes(pubdata_reader& in, pubdata& p) {
  ASHLAR_TRY(const std::size_t count, in.next_count(2));
  p.codes.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    ASHLAR_TRY(const std::size_t size, in.next_count(1));
    if (size == 0) return in.refuse(pubdata_error_code::empty_code);
    ASHLAR_TRY(const bytes_view code, in.next_bytes(size));
    const hash256 hash = crypto::keccak256(code);
    if (i != 0 && hash <= p.codes.back().first)
      return in.refuse(pubdata_error_code::codes_unsorted);
    p.codes.emplace_back(hash, to_bytes(code));
  }
  return nothing{};
}

void mark(std::vector<bool>& used, const account_change& change) {
  if (change.code && *change.code != 0) used[static_cast<std::size_t>(*change.code - 1)] = true;
}

status<pubdata_error> next_known(pubdata_reader& in, pubdata& p, std::vector<bool>& used) {
  ASHLAR_TRY(const std::size_t count, in.next_count(2));
  p.known.reserve(count);
  u64 next_index = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ASHLAR_TRY(const u64 gap, in.next_varint());
    // The largest index is never used, so that the one after it is always a number.
    if (gap >= ~0ull - next_index) return in.refuse(pubdata_error_code::out_of_range);
    known_leaf_change& k = p.known.emplace_back();
    k.leaf_index = next_index + gap;
    next_index = k.leaf_index + 1;
    ASHLAR_TRY(const u8 head, in.next_byte());
    if (head < change_heads) {
      ASHLAR_TRY(k.change, in.next_change(head));
      continue;
    }
    ASHLAR_TRY(account_change change, next_account_change(in, head, p.codes.size()));
    mark(used, change);
    k.change = std::move(change);
  }
  return nothing{};
}

status<pubdata_error> next_accounts(pubdata_reader& in, pubdata& p, std::vector<bool>& used) {
  ASHLAR_TRY(const std::size_t count, in.next_count(address::size() + 1));
  p.accounts.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    new_account a;
    ASHLAR_TRY(a.who, in.next_fixed<20>());
    if (i != 0 && a.who <= p.accounts.back().who)
      return in.refuse(pubdata_error_code::accounts_unsorted);
    ASHLAR_TRY(const u8 head, in.next_byte());
    ASHLAR_TRY(a.change, next_account_change(in, head, p.codes.size()));
    if (a.change.code == u64{0}) return in.refuse(pubdata_error_code::nothing_changed);
    if (a.change.balance &&
        change_between(u256{}, apply(u256{}, *a.change.balance)) != a.change.balance)
      return in.refuse(pubdata_error_code::not_shortest);
    mark(used, a.change);
    p.accounts.push_back(std::move(a));
  }
  return nothing{};
}

/// Whether a new account has this address. They are sorted.
bool is_created(const pubdata& p, const address& who) {
  const auto at =
      std::lower_bound(p.accounts.begin(), p.accounts.end(), who,
                       [](const new_account& a, const address& b) { return a.who < b; });
  return at != p.accounts.end() && at->who == who;
}

result<slot_owner, pubdata_error> next_owner(pubdata_reader& in, const pubdata& p) {
  ASHLAR_TRY(const u64 tag, in.next_varint());
  slot_owner owner;
  if (tag == 0) {
    ASHLAR_TRY(owner.who, in.next_fixed<20>());
    if (is_created(p, owner.who)) return in.refuse(pubdata_error_code::bad_owner);
    return owner;
  }
  owner.by = static_cast<slot_owner::naming>((tag - 1) & 1);
  owner.index = (tag - 1) >> 1;
  if (owner.index >= u64{1} << 62) return in.refuse(pubdata_error_code::out_of_range);
  if (owner.by == slot_owner::naming::created && owner.index >= p.accounts.size())
    return in.refuse(pubdata_error_code::bad_owner);
  return owner;
}

status<pubdata_error> next_slot_run(pubdata_reader& in, new_slots& run) {
  ASHLAR_TRY(const std::size_t count, in.next_count(3));
  if (count == 0) return in.refuse(pubdata_error_code::empty_owner);
  run.slots.reserve(count);
  u256 next_slot;
  for (std::size_t i = 0; i < count; ++i) {
    ASHLAR_TRY(const u8 size, in.next_byte());
    ASHLAR_TRY(const u256 gap, in.next_magnitude(size));
    new_slot s;
    s.slot = next_slot + gap;
    // Behind the largest slot there is none: next_slot is zero again only there.
    if (s.slot < next_slot || (i != 0 && next_slot.is_zero()))
      return in.refuse(pubdata_error_code::out_of_range);
    next_slot = s.slot + u256{1};
    ASHLAR_TRY(const u8 head, in.next_byte());
    ASHLAR_TRY(s.change, in.next_change(head));
    const auto canonical = change_between(u256{}, apply(u256{}, s.change));
    if (!canonical) return in.refuse(pubdata_error_code::nothing_changed);
    if (*canonical != s.change) return in.refuse(pubdata_error_code::not_shortest);
    run.slots.push_back(s);
  }
  return nothing{};
}

status<pubdata_error> next_slots(pubdata_reader& in, pubdata& p) {
  ASHLAR_TRY(const std::size_t count, in.next_count(5));
  p.slots.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    new_slots run;
    ASHLAR_TRY(run.owner, next_owner(in, p));
    if (i != 0 && run.owner <= p.slots.back().owner)
      return in.refuse(pubdata_error_code::owners_unsorted);
    ASHLAR_CHECK(next_slot_run(in, run));
    p.slots.push_back(std::move(run));
  }
  return nothing{};
}

status<pubdata_error> next_logs(pubdata_reader& in, pubdata& p) {
  ASHLAR_TRY(const std::size_t count, in.next_count(23));
  p.logs.reserve(count);
  u64 txn_number = 0;
  for (std::size_t i = 0; i < count; ++i) {
    ASHLAR_TRY(const u8 kind, in.next_byte());
    if (kind > static_cast<u8>(log_kind::success)) return in.refuse(pubdata_error_code::bad_log);
    ASHLAR_TRY(const u64 gap, in.next_varint());
    if (gap > 0xffff - txn_number) return in.refuse(pubdata_error_code::out_of_range);
    txn_number += gap;
    l2_log log;
    log.txn_number = static_cast<u16>(txn_number);
    if (static_cast<log_kind>(kind) == log_kind::message) {
      log.sender = l1_messenger_address;
      ASHLAR_TRY(const address from, in.next_fixed<20>());
      std::memcpy(log.key.data() + 12, from.data(), from.size());
      ASHLAR_TRY(const std::size_t size, in.next_count(1));
      ASHLAR_TRY(const bytes_view message, in.next_bytes(size));
      log.value = crypto::keccak256(message);
      p.messages.push_back(to_bytes(message));
    } else {
      log.sender = bootloader_address;
      ASHLAR_TRY(log.key, in.next_fixed<32>());
      log.value[31] = static_cast<log_kind>(kind) == log_kind::success ? 1 : 0;
    }
    p.logs.push_back(log);
  }
  return nothing{};
}

}  // namespace

result<pubdata, pubdata_error> decode_pubdata(bytes_view raw) {
  pubdata_reader in{raw};
  if (raw.empty() || raw[0] != pubdata_version) return in.refuse(pubdata_error_code::bad_version);
  ASHLAR_CHECK(in.next_byte());
  pubdata p;
  ASHLAR_CHECK(next_blocks(in, p));
  ASHLAR_CHECK(next_codes(in, p));
  std::vector<bool> used(p.codes.size(), false);
  ASHLAR_CHECK(next_known(in, p, used));
  ASHLAR_CHECK(next_accounts(in, p, used));
  for (bool u : used)
    if (!u) return in.refuse(pubdata_error_code::code_unused);
  ASHLAR_CHECK(next_slots(in, p));
  ASHLAR_CHECK(next_logs(in, p));
  if (in.left() != 0) return in.refuse(pubdata_error_code::trailing_bytes);
  return p;
}

}  // namespace ashlar
