#include "runtime/evm/state.hpp"
#include "runtime/types/value_change.hpp"

// What a transaction's net changes are charged for. An estimate, on the dear side, of what they
// add to version 1 pubdata, from the transaction alone: the batch nets across transactions and
// shares dictionaries, so what is published is less. Deterministic: sequencer and proof agree.
// types/pubdata_limits.hpp says by how much what is published can exceed it.

namespace ashlar::evm {

namespace {

/// Delta-coded leaf index and the head byte of a value diff.
constexpr u64 known_key_bytes = 4;
/// Address-dictionary index, slot in full, head byte.
constexpr u64 new_slot_bytes = 36;
/// Address in full and head byte.
constexpr u64 new_account_bytes = 22;

u256 distance(const u256& a, const u256& b) noexcept {
  // As balances move.
  if (((a.limb[1] ^ b.limb[1]) | (a.limb[2] ^ b.limb[2]) | (a.limb[3] ^ b.limb[3])) == 0)
    return a.low() < b.low() ? b.low() - a.low() : a.low() - b.low();
  u256 out;
  u64 borrow = 0;
  for (int i = 0; i < 4; ++i) out.limb[i] = sub_borrow(a.limb[i], b.limb[i], borrow);
  return borrow != 0 ? -out : out;
}

/// Shortest of the value in full and its distance from the one before. Never by way of 2^256, or
/// charges of several transactions would not add up to more than their net change.
u64 value_bytes(const u256& before, const u256& after) noexcept {
  return std::min(magnitude_bytes(after), magnitude_bytes(distance(before, after)));
}

/// The same for whatever value from `low` to `high` it will be in the end.
u64 value_bytes(const u256& before, const u256& low, const u256& high) noexcept {
  const unsigned farthest =
      std::max(magnitude_bytes(distance(before, low)), magnitude_bytes(distance(before, high)));
  return std::min(magnitude_bytes(high), farthest);
}

/// As pubdata has a nonce: in the head byte, or a varint.
u64 nonce_bytes(u64 before, u64 after) noexcept {
  const u64 added = after - before;
  u64 bytes = 1;
  for (u64 rest = added < 3 ? 0 : added - 3; rest >= 128; rest >>= 7) ++bytes;
  return bytes;
}

}  // namespace

u64 state::pubdata_bytes(const later_payment& later) {
  ++charge_;
  u64 bytes = 0;
  const auto charge_account = [&](account_entry& e, bool existed) {
    if (e.charged == charge_) return;
    e.charged = charge_;
    e.charged_fields = 0;
    bytes += existed ? known_key_bytes : new_account_bytes;
  };
  const auto balance_bytes = [&](const account_entry& e, const u256& before) {
    if (&e != later.to) return value_bytes(before, e.now.balance);
    return value_bytes(before, e.now.balance,
                       checked_add(e.now.balance, later.most).value_or(u256::max()));
  };
  for (std::size_t i = 0; i < journal_.size(); ++i) {
    const journal_entry& j = journal_[i];
    const bool field = j.kind == change::storage || j.kind == change::balance ||
                       j.kind == change::nonce || j.kind == change::code;
    if (!field) continue;
    if (j.kind == change::storage) {
      slot_entry& s = slots_[j.index];
      if (s.charged == charge_) continue;
      s.charged = charge_;
      if (s.now == s.original) continue;
      bytes += s.original.is_zero() ? new_slot_bytes + s.now.byte_length()
                                    : known_key_bytes + value_bytes(s.original, s.now);
      continue;
    }
    // The first entry of a field in the journal holds the field at the transaction's start.
    account_entry& e = accounts_[j.index];
    charge_account(e, (j.extra & existed_bit) != 0);
    const u32 bit = j.kind == change::balance ? 1 : j.kind == change::nonce ? 2 : 4;
    if ((e.charged_fields & bit) != 0) continue;
    e.charged_fields |= bit;
    if (j.kind == change::balance)
      bytes += balance_bytes(e, j.value);
    else if (j.kind == change::nonce)
      bytes += nonce_bytes(j.value.low(), e.now.nonce);
    else if (u256::from_be(e.now.code_hash) != j.value)
      bytes += e.now.code_size + 3;
  }
  if (later.to != nullptr && !later.most.is_zero()) {
    charge_account(*later.to, later.to->exists);
    if ((later.to->charged_fields & 1) == 0)
      bytes += balance_bytes(*later.to, later.to->now.balance);
  }
  return bytes;
}

}  // namespace ashlar::evm
