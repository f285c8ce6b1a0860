#pragma once

#include <memory>
#include <vector>

#include "runtime/evm/state_diff.hpp"
#include "runtime/types/receipt.hpp"
#include "runtime/types/recovered_block.hpp"

namespace ashlar::store {

/// A block as readers want it.
using stored_block = recovered_block;

/// A block with everything that its execution gave. Immutable once it is shared.
struct executed_block : stored_block {
  std::vector<receipt> receipts;  ///< one a transaction
  evm::state_diff diff;
};

using stored_block_ptr = std::shared_ptr<const stored_block>;
using executed_block_ptr = std::shared_ptr<const executed_block>;
using receipts_ptr = std::shared_ptr<const std::vector<receipt>>;

}  // namespace ashlar::store
