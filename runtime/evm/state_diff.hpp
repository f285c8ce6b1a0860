#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "runtime/evm/account.hpp"

namespace ashlar::evm {

struct account_change {
  address who;
  std::optional<account> before, after;  ///< none: the account does not exist
  friend bool operator==(const account_change&, const account_change&) = default;
};

struct storage_change {
  address who;
  u256 slot;
  u256 before, after;
  friend bool operator==(const storage_change&, const storage_change&) = default;
};

/// What differs from the reader, netted: a value that came back to its first is not listed.
/// Accounts are sorted by address, slots by address and then slot, codes by hash. `codes` holds
/// every code that an account of `accounts` has after and had not before.
struct state_diff {
  std::vector<account_change> accounts;
  std::vector<storage_change> slots;
  std::vector<std::pair<hash256, bytes>> codes;
  friend bool operator==(const state_diff&, const state_diff&) = default;
};

}  // namespace ashlar::evm
