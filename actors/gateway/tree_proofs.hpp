#pragma once

#include <shared_mutex>

#include "actors/gateway/leaf_proof.hpp"
#include "actors/gateway/proof_source.hpp"
#include "runtime/store/tree_store.hpp"

namespace ashlar::gateway {

/// Proofs out of the tree that the batch role keeps in this process. The batch role holds
/// `changing` alone while it applies or rolls back a batch; a proof holds it shared.
class tree_proofs final : public proof_source {
 public:
  /// Both outlive this.
  tree_proofs(const store::tree_store& tree, std::shared_mutex& changing)
      : tree_(tree), changing_(changing) {}

  rpc::answer<rpc::account_proof> prove(const address& who, std::span<const u256> slots) override {
    std::shared_lock lock{changing_};
    const auto height = tree_.height();
    if (!height)
      return fail(rpc::backend_error{rpc::backend_errc::unavailable, "the state tree is empty"});
    return prove_account(tree_, *height, who, slots);
  }

 private:
  const store::tree_store& tree_;
  std::shared_mutex& changing_;
};

}  // namespace ashlar::gateway
