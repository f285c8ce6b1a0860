#pragma once

#include <optional>
#include <vector>

#include "runtime/evm/account.hpp"
#include "runtime/tree/sort_updates.hpp"
#include "runtime/types/batch_diff.hpp"

namespace ashlar::stf {

/// The tree's leaf of an account: zero where it is absent or empty.
inline hash256 leaf_value(const account_fields& a) noexcept {
  if (a == account_fields{}) return {};
  return tree::account_value(a.nonce, a.balance, a.code_hash, a.code_size);
}
inline hash256 leaf_value(const std::optional<evm::account>& a) noexcept {
  if (!a || a->is_empty()) return {};
  return tree::account_value(a->nonce, a->balance, a->code_hash, a->code_size);
}

/// What a diff (evm::state_diff, batch_diff) writes into the tree, sorted by key. A slot or account
/// that is new and zero is left out by the tree.
template <class Diff>
std::vector<tree::update> tree_updates(const Diff& diff) {
  std::vector<tree::update> out;
  out.reserve(diff.accounts.size() + diff.slots.size());
  for (const auto& change : diff.accounts)
    out.push_back({tree::account_key(change.who), leaf_value(change.after)});
  for (const auto& change : diff.slots)
    out.push_back({tree::storage_key(change.who, change.slot), change.after.to_be()});
  tree::sort_updates(out);
  return out;
}

}  // namespace ashlar::stf
