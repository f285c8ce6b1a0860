#include "runtime/evm/state.hpp"

// What a transaction's net changes are charged for. An estimate, on the dear side, of what they
// add to version 1 pubdata, from the transaction alone: the batch nets across transactions and
// shares dictionaries, so what is published is less. Deterministic: sequencer and proof agree.

namespace ashlar::evm {

namespace {

/// Delta-coded leaf index and the head byte of a value diff.
constexpr u64 known_key_bytes = 4;
/// Address-dictionary index, slot in full, head byte.
constexpr u64 new_slot_bytes = 36;
/// Address in full and head byte.
constexpr u64 new_account_bytes = 22;

/// Shortest of the value in full, what was added, and what was taken away.
u64 value_bytes(const u256& before, const u256& after) noexcept {
  return std::min(
      {after.byte_length(), (after - before).byte_length(), (before - after).byte_length()});
}

}  // namespace

u64 state::pubdata_bytes() {
  u64 bytes = 0;
  for (std::size_t i = 0; i < journal_.size(); ++i) {
    const journal_entry& j = journal_[i];
    const bool field = j.kind == change::storage || j.kind == change::balance ||
                       j.kind == change::nonce || j.kind == change::code;
    if (!field) continue;
    if (j.kind == change::storage) {
      slot_entry& s = slots_[j.index];
      if (s.charged_txn == txn_) continue;
      s.charged_txn = txn_;
      if (s.now == s.original) continue;
      bytes += s.original.is_zero() ? new_slot_bytes + s.now.byte_length()
                                    : known_key_bytes + value_bytes(s.original, s.now);
      continue;
    }
    // The first entry of a field in the journal holds the field at the transaction's start.
    account_entry& e = accounts_[j.index];
    const u32 bit = j.kind == change::balance ? 1 : j.kind == change::nonce ? 2 : 4;
    if (e.charged_txn != txn_) {
      e.charged_txn = txn_;
      e.charged_fields = 0;
      bytes += (j.extra & existed_bit) != 0 ? known_key_bytes : new_account_bytes;
    }
    if ((e.charged_fields & bit) != 0) continue;
    e.charged_fields |= bit;
    if (j.kind == change::balance)
      bytes += value_bytes(j.value, e.now.balance);
    else if (j.kind == change::nonce)
      bytes += value_bytes(j.value, e.now.nonce);
    else if (u256::from_be(e.now.code_hash) != j.value)
      bytes += e.now.code_size + 3;
  }
  return bytes;
}

}  // namespace ashlar::evm
