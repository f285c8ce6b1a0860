#pragma once

#include <memory>
#include <vector>

#include "runtime/evm/state_diff.hpp"
#include "runtime/types/block.hpp"
#include "runtime/types/receipt.hpp"

namespace ashlar::store {

/// A block as readers want it: with what would cost a hash or a recovery to compute again.
struct stored_block {
  ashlar::block block;
  hash256 hash;
  std::vector<address> senders;     ///< one a transaction
  std::vector<hash256> txn_hashes;  ///< one a transaction
};

/// A block with everything that its execution gave. Immutable once it is shared.
struct executed_block : stored_block {
  std::vector<receipt> receipts;  ///< one a transaction
  evm::state_diff diff;
};

using stored_block_ptr = std::shared_ptr<const stored_block>;
using executed_block_ptr = std::shared_ptr<const executed_block>;
using receipts_ptr = std::shared_ptr<const std::vector<receipt>>;

}  // namespace ashlar::store
