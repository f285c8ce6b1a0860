#include "runtime/types/batch_diff.hpp"

#include <algorithm>

namespace ashlar {
namespace {

using code_list = std::vector<std::pair<hash256, bytes>>;

bool is_empty(const account_fields& a) noexcept {
  return a == account_fields{};
}

/// Position of the pair with this key in a sorted list of pairs.
template <class Pairs, class Key>
std::optional<std::size_t> find_pair(const Pairs& pairs, const Key& key) {
  const auto at = std::lower_bound(pairs.begin(), pairs.end(), key,
                                   [](const auto& p, const Key& k) { return p.first < k; });
  if (at == pairs.end() || at->first != key) return std::nullopt;
  return static_cast<std::size_t>(at - pairs.begin());
}

/// The entry of an address in a list sorted by `who`.
template <class Entry>
const Entry* find_account(const std::vector<Entry>& sorted, const address& who) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), who,
                                   [](const Entry& a, const address& b) { return a.who < b; });
  return at != sorted.end() && at->who == who ? &*at : nullptr;
}

account_change change_between(const account_fields& before, const account_fields& after,
                              const code_list& codes) {
  account_change change;
  change.nonce_added = after.nonce - before.nonce;
  change.balance = ashlar::change_between(before.balance, after.balance);
  if (after.code_hash == before.code_hash) return change;
  if (after.code_hash == no_code_hash) {
    change.code = 0;
    return change;
  }
  const auto code = find_pair(codes, after.code_hash);
  ensure(code.has_value());
  change.code = *code + 1;
  return change;
}

/// The codes that accounts got, out of those given.
code_list codes_needed(const batch_diff& diff) {
  std::vector<bool> needed(diff.codes.size(), false);
  for (const account_diff& a : diff.accounts) {
    if (a.after.code_hash == a.before.code_hash || a.after.code_hash == no_code_hash) continue;
    const auto code = find_pair(diff.codes, a.after.code_hash);
    ensure(code.has_value());
    needed[*code] = true;
  }
  code_list out;
  for (std::size_t i = 0; i < needed.size(); ++i)
    if (needed[i]) out.push_back(diff.codes[i]);
  return out;
}

/// The shortest name of the owner of new slots.
slot_owner owner_of(const batch_diff& diff, const pubdata& p, const address& who) {
  slot_owner owner;
  if (const new_account* created = find_account(p.accounts, who)) {
    owner.by = slot_owner::naming::created;
    owner.index = static_cast<u64>(created - p.accounts.data());
    return owner;
  }
  std::optional<u64> leaf;
  if (const account_diff* account = find_account(diff.accounts, who))
    leaf = account->leaf_index;
  else if (const auto listed = find_pair(diff.owners, who))
    leaf = diff.owners[*listed].second;
  if (!leaf) {
    owner.who = who;
    return owner;
  }
  owner.by = slot_owner::naming::leaf;
  owner.index = *leaf;
  return owner;
}

void add_slots(const batch_diff& diff, pubdata& p) {
  const address* previous = nullptr;
  bool open = false;  // whether the last run belongs to *previous
  for (const slot_diff& s : diff.slots) {
    if (previous == nullptr || *previous != s.who) open = false;
    previous = &s.who;
    const auto change = change_between(s.before, s.after);
    if (!change) continue;
    if (s.leaf_index) {
      p.known.push_back({*s.leaf_index, *change});
      continue;
    }
    if (!open) p.slots.push_back({owner_of(diff, p, s.who), {}});
    open = true;
    p.slots.back().slots.push_back({s.slot, *change});
  }
  std::sort(p.slots.begin(), p.slots.end(),
            [](const new_slots& a, const new_slots& b) { return a.owner < b.owner; });
}

}  // namespace

pubdata make_pubdata(const batch_diff& diff) {
  pubdata p;
  p.timestamps = diff.timestamps;
  p.last_header = diff.last_header;
  p.logs = diff.logs;
  p.messages = diff.messages;
  p.codes = codes_needed(diff);
  for (const account_diff& a : diff.accounts) {
    ensure(a.leaf_index || is_empty(a.before));
    account_change change = change_between(a.before, a.after, p.codes);
    if (change.is_nothing()) continue;
    if (a.leaf_index)
      p.known.push_back({*a.leaf_index, std::move(change)});
    else
      p.accounts.push_back({a.who, std::move(change)});
  }
  add_slots(diff, p);
  std::sort(p.known.begin(), p.known.end(),
            [](const known_leaf_change& a, const known_leaf_change& b) {
              return a.leaf_index < b.leaf_index;
            });
  return p;
}

namespace {

failure<pubdata_error> refuse(pubdata_error_code code, u64 at) {
  return fail(pubdata_error{code, at});
}

/// Precondition: the code reference is in range.
account_fields apply_change(account_fields fields, const account_change& change,
                            const code_list& codes) {
  fields.nonce += change.nonce_added;
  if (change.balance) fields.balance = apply(fields.balance, *change.balance);
  if (change.code && *change.code == 0) {
    fields.code_hash = no_code_hash;
    fields.code_size = 0;
  } else if (change.code) {
    const auto& [hash, code] = codes[static_cast<std::size_t>(*change.code - 1)];
    fields.code_hash = hash;
    fields.code_size = static_cast<u32>(code.size());
  }
  return fields;
}

status<pubdata_error> resolve_known(const pubdata& p, leaf_source& state, batch_diff& diff) {
  for (const known_leaf_change& k : p.known) {
    const auto leaf = state.at(k.leaf_index);
    if (!leaf) return refuse(pubdata_error_code::unknown_leaf, k.leaf_index);
    const auto* fields = std::get_if<account_fields>(&leaf->content);
    const auto* account = std::get_if<account_change>(&k.change);
    if ((fields != nullptr) != (account != nullptr))
      return refuse(pubdata_error_code::wrong_leaf_kind, k.leaf_index);
    if (account != nullptr) {
      const account_fields after = apply_change(*fields, *account, p.codes);
      if (change_between(*fields, after, p.codes) != *account)
        return refuse(pubdata_error_code::not_shortest, k.leaf_index);
      diff.accounts.push_back({leaf->who, k.leaf_index, *fields, after});
      continue;
    }
    const auto& change = *std::get_if<value_change>(&k.change);
    const auto& [slot, before] = *std::get_if<std::pair<u256, u256>>(&leaf->content);
    const u256 after = apply(before, change);
    if (change_between(before, after) != change)
      return refuse(pubdata_error_code::not_shortest, k.leaf_index);
    diff.slots.push_back({leaf->who, slot, k.leaf_index, before, after});
  }
  return nothing{};
}

status<pubdata_error> resolve_accounts(const pubdata& p, leaf_source& state, batch_diff& diff) {
  for (std::size_t i = 0; i < p.accounts.size(); ++i) {
    const new_account& a = p.accounts[i];
    if (state.account_leaf(a.who)) return refuse(pubdata_error_code::already_exists, i);
    diff.accounts.push_back({a.who, std::nullopt, {}, apply_change({}, a.change, p.codes)});
  }
  return nothing{};
}

result<address, pubdata_error> resolve_owner(const pubdata& p, const slot_owner& owner,
                                             leaf_source& state, u64 at) {
  if (owner.by == slot_owner::naming::spelled) {
    if (state.account_leaf(owner.who)) return refuse(pubdata_error_code::bad_owner, at);
    return owner.who;
  }
  if (owner.by == slot_owner::naming::created)
    return p.accounts[static_cast<std::size_t>(owner.index)].who;
  const auto leaf = state.at(owner.index);
  if (!leaf) return refuse(pubdata_error_code::unknown_leaf, owner.index);
  if (!std::get_if<account_fields>(&leaf->content))
    return refuse(pubdata_error_code::wrong_leaf_kind, owner.index);
  return leaf->who;
}

status<pubdata_error> resolve_slots(const pubdata& p, leaf_source& state, batch_diff& diff) {
  for (std::size_t i = 0; i < p.slots.size(); ++i) {
    const new_slots& run = p.slots[i];
    ASHLAR_TRY(const address who, resolve_owner(p, run.owner, state, i));
    if (run.owner.by == slot_owner::naming::leaf) diff.owners.emplace_back(who, run.owner.index);
    for (const new_slot& s : run.slots) {
      if (state.slot_leaf(who, s.slot)) return refuse(pubdata_error_code::already_exists, i);
      diff.slots.push_back({who, s.slot, std::nullopt, u256{}, apply(u256{}, s.change)});
    }
  }
  return nothing{};
}

}  // namespace

result<batch_diff, pubdata_error> resolve(const pubdata& p, leaf_source& before) {
  batch_diff diff;
  diff.timestamps = p.timestamps;
  diff.last_header = p.last_header;
  diff.logs = p.logs;
  diff.messages = p.messages;
  diff.codes = p.codes;
  ASHLAR_CHECK(resolve_known(p, before, diff));
  ASHLAR_CHECK(resolve_accounts(p, before, diff));
  ASHLAR_CHECK(resolve_slots(p, before, diff));
  std::sort(diff.accounts.begin(), diff.accounts.end(),
            [](const account_diff& a, const account_diff& b) { return a.who < b.who; });
  std::sort(diff.slots.begin(), diff.slots.end(), [](const slot_diff& a, const slot_diff& b) {
    return a.who != b.who ? a.who < b.who : a.slot < b.slot;
  });
  std::sort(diff.owners.begin(), diff.owners.end());
  // An owner whose own account changed is named there already.
  std::erase_if(diff.owners, [&](const std::pair<address, u64>& owner) {
    return find_account(diff.accounts, owner.first) != nullptr;
  });
  return diff;
}

}  // namespace ashlar
