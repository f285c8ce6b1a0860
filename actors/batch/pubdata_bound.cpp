#include "actors/batch/pubdata_bound.hpp"

#include "runtime/stf/publication.hpp"
#include "runtime/types/pubdata_limits.hpp"

namespace ashlar::batch {

u64 pubdata_bound::bytes(const stf::batch_run& run) const noexcept {
  return bytes_ + batch_pubdata_bytes_max(charged_since(run), run.block_count() - blocks_);
}

void pubdata_bound::measure(const stf::batch_run& run,
                            const std::function<std::optional<u64>(const hash256& key)>& index_of) {
  // An index into the batch's codes or new accounts can grow as more of them are sorted in.
  constexpr u64 growth_bytes_per_account = 3;
  const evm::state_diff diff = run.state().diff();
  bytes_ =
      stf::publish(run, diff, index_of).size() + growth_bytes_per_account * diff.accounts.size();
  charged_ = run.pubdata_bytes_charged();
  blocks_ = run.block_count();
}

}  // namespace ashlar::batch
