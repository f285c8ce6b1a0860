#pragma once

#include <deque>
#include <vector>

#include "runtime/evm/transition.hpp"
#include "runtime/types/batch.hpp"

namespace ashlar::stf {

/// The hashes of the last 256 blocks up to the newest: BLOCKHASH's source, and what the state
/// commitment digests.
class recent_hashes final : public evm::block_hashes {
 public:
  recent_hashes() = default;
  /// `oldest_first` ends with block `newest`. Precondition: at most 256, and no more than
  /// newest + 1.
  recent_hashes(std::vector<hash256> oldest_first, block_number newest);

  /// The next block's hash.
  void push(const hash256& hash);

  hash256 hash_of(u64 number) override;
  const hash256& newest_hash() const noexcept { return hashes_.back(); }
  block_number newest() const noexcept { return newest_; }
  std::vector<hash256> oldest_first() const { return {hashes_.begin(), hashes_.end()}; }
  hash256 digest() const;

 private:
  std::deque<hash256> hashes_;
  block_number newest_;
};

}  // namespace ashlar::stf
