#pragma once

#include <utility>
#include <vector>

#include "runtime/stf/batch_run.hpp"

namespace ashlar::stf {

/// An account that is there from the first block on.
struct genesis_account {
  address who;
  u64 nonce = 0;
  u256 balance;
  bytes code;
  std::vector<std::pair<u256, u256>> storage;
};

/// The genesis state as a diff from nothing: the accounts given, and EIP-2935's history contract.
/// Precondition: no account twice, no slot of one account twice.
evm::state_diff genesis_diff(std::vector<genesis_account> accounts);

/// What batch 1 continues from.
batch_start genesis_start(const block_header& genesis, const tree::summary& planted);

}  // namespace ashlar::stf
