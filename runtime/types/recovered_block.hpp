#pragma once

#include <vector>

#include "runtime/types/block.hpp"

namespace ashlar {

/// A block with what would cost a hash or a recovery to compute again.
struct recovered_block {
  ashlar::block block;
  hash256 hash;
  std::vector<address> senders;     ///< one a transaction
  std::vector<hash256> txn_hashes;  ///< one a transaction
};

}  // namespace ashlar
