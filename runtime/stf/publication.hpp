#pragma once

#include <optional>

#include "runtime/stf/batch_run.hpp"
#include "runtime/types/batch_diff.hpp"

namespace ashlar::stf {

inline account_fields published(const std::optional<evm::account>& a) {
  return a ? account_fields{a->nonce, a->balance, a->code_hash, a->code_size} : account_fields{};
}

/// A run's diff as pubdata wants it. `index_of(key)` gives the index of the key's leaf before the
/// batch, or none.
template <class IndexOf>
batch_diff published_diff(const batch_run& run, const evm::state_diff& diff, IndexOf&& index_of) {
  batch_diff out;
  out.accounts.reserve(diff.accounts.size());
  // Filled where they are: a struct with gaps that is put together elsewhere is copied by bytes.
  for (const auto& c : diff.accounts) {
    account_diff& a = out.accounts.emplace_back();
    a.who = c.who;
    a.leaf_index = index_of(tree::account_key(c.who));
    a.before = published(c.before);
    a.after = published(c.after);
  }
  out.slots.reserve(diff.slots.size());
  std::size_t account = 0;
  for (const auto& c : diff.slots) {
    slot_diff& s = out.slots.emplace_back();
    s.who = c.who;
    s.slot = c.slot;
    s.leaf_index = index_of(tree::storage_key(c.who, c.slot));
    s.before = c.before;
    s.after = c.after;
    if (s.leaf_index) continue;
    // Both lists ascend by address: one walk finds the owners that did not change themselves.
    while (account < diff.accounts.size() && diff.accounts[account].who < c.who) ++account;
    if (account < diff.accounts.size() && diff.accounts[account].who == c.who) continue;
    if (!out.owners.empty() && out.owners.back().first == c.who) continue;
    if (const auto leaf = index_of(tree::account_key(c.who))) out.owners.emplace_back(c.who, *leaf);
  }
  out.codes = diff.codes;
  out.logs = run.logs();
  out.messages = run.messages();
  out.timestamps = run.timestamps();
  out.last_header = run.last_header();
  return out;
}

/// The batch's pubdata.
template <class IndexOf>
bytes publish(const batch_run& run, const evm::state_diff& diff, IndexOf&& index_of) {
  return encode_pubdata(make_pubdata(published_diff(run, diff, index_of)));
}

}  // namespace ashlar::stf
