#pragma once

#include "runtime/evm/state_reader.hpp"
#include "runtime/stf/batch_error.hpp"
#include "runtime/stf/batch_witness.hpp"
#include "runtime/tree/witness_tree.hpp"

namespace ashlar::stf {

/// The state before a batch as its witness proves it. A reader cannot answer with an error, so
/// the first read that is not proved is remembered: the answer is then meaningless, and the batch
/// must be refused (`failure()`).
class witness_reader final : public evm::state_reader {
 public:
  /// Checks that accounts and codes are sorted and that every account given is in the tree.
  /// `w` and `tree` outlive the reader.
  static result<witness_reader, batch_error> open(const batch_witness& w,
                                                  const tree::witness_tree& tree);

  std::optional<evm::account> get_account(const address& who) override;
  u256 get_storage(const address& who, const u256& slot) override;
  bytes_view get_code(const hash256& code_hash) override;

  const std::optional<batch_error>& failure() const noexcept { return failure_; }

 private:
  witness_reader(const batch_witness& w, const tree::witness_tree& tree)
      : tree_(&tree), accounts_(&w.accounts) {}
  void refuse(batch_error_code code, tree::tree_error cause = {});

  const tree::witness_tree* tree_;
  // Both sorted by key, as the witness must have them: found by halving, so that nobody can choose
  // keys that make it slow.
  const std::vector<std::pair<address, evm::account>>* accounts_;
  std::vector<std::pair<hash256, bytes_view>> codes_;
  std::optional<batch_error> failure_;
};

}  // namespace ashlar::stf
