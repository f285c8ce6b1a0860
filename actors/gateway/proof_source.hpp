#pragma once

#include <span>

#include "net/rpc/backend.hpp"

namespace ashlar::gateway {

/// Leaf proofs of the state tree as the last sealed batch left it. Whoever owns the tree store
/// implements it, and sees to it that no batch is applied meanwhile.
class proof_source {
 public:
  virtual ~proof_source() = default;
  /// Batch, root, leaf count and proofs are filled in; the account and the slots' values are the
  /// caller's. One proof a slot, in order. Thread-safe.
  virtual rpc::answer<rpc::account_proof> prove(const address& who,
                                                std::span<const u256> slots) = 0;
};

}  // namespace ashlar::gateway
