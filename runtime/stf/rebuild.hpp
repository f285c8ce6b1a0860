#pragma once

#include <memory>
#include <unordered_map>

#include "runtime/stf/batch_run.hpp"
#include "runtime/tree/memory_tree.hpp"
#include "runtime/types/batch_diff.hpp"

namespace ashlar::stf {

enum class rebuild_error_code : u8 {
  wrong_number,      ///< the batch does not follow the last one
  wrong_commitment,  ///< the pubdata is not what the header commits to
  bad_pubdata,       ///< see `pubdata`
  wrong_header,      ///< the last block's header does not fit the batch header
  wrong_state_before,
  wrong_state_after,  ///< the rebuilt state is not what the batch claims
  tree_refused,       ///< see `tree`
};

struct rebuild_error {
  rebuild_error_code code{};
  batch_number batch;
  pubdata_error pubdata{};
  tree::tree_error tree{};
};

const char* to_text(rebuild_error_code code) noexcept;

/// A chain's state rebuilt from nothing but its genesis and what batches published on L1. Each
/// batch is checked against its header's commitments, so the result is right or there is none.
class rebuilt_chain {
 public:
  rebuilt_chain(const evm::state_diff& genesis, const block_header& genesis_block);

  /// The next batch in order. On an error the object stands where it stood.
  status<rebuild_error> apply(const public_input& header, bytes_view pubdata);

  const chain_state& state() const noexcept { return state_; }
  hash256 commitment() const noexcept { return state_commitment(state_); }
  /// What the next batch continues from.
  batch_start next() const;
  batch_number last_batch() const noexcept { return last_batch_; }
  std::size_t account_count() const noexcept { return accounts_.size(); }
  /// What all accounts hold together, in wei.
  u256 ether() const noexcept;
  /// What the next batch is executed on, and its witness made from. The reader must not outlive the
  /// object, nor any change of it.
  std::unique_ptr<evm::state_reader> reader() const;
  const tree::memory_tree& tree() const noexcept { return tree_; }

 private:
  class leaves;
  class state_view;
  status<rebuild_error> fail_with(rebuild_error_code code) const;
  std::vector<hash256> recent_block_hashes(const block_header& last, const batch_diff& diff) const;
  result<tree::summary, tree::tree_error> root_after(
      const std::vector<tree::update>& updates) const;
  void plant(const batch_diff& diff);

  tree::memory_tree tree_;
  std::vector<std::optional<leaf_content>> contents_;  ///< by leaf index
  std::unordered_map<address, u64> accounts_;          ///< leaf of each account
  std::unordered_map<hash256, u64> slots_;             ///< leaf by tree key
  std::unordered_map<hash256, bytes> codes_;
  block_header last_header_;
  std::vector<hash256> hashes_;
  chain_state state_;
  batch_number last_batch_;
  hash256 priority_hash_;
  u64 priority_next_ = 0;
};

}  // namespace ashlar::stf
