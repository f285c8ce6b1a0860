#include "runtime/stf/hashes.hpp"

namespace ashlar::stf {

recent_hashes::recent_hashes(std::vector<hash256> oldest_first, block_number newest)
    : hashes_(oldest_first.begin(), oldest_first.end()), newest_(newest) {
  ensure(hashes_.size() <= block_hash_window && hashes_.size() <= newest.value + 1);
}

void recent_hashes::push(const hash256& hash) {
  newest_ = hashes_.empty() ? newest_ : newest_.next();
  hashes_.push_back(hash);
  if (hashes_.size() > block_hash_window) hashes_.pop_front();
}

hash256 recent_hashes::hash_of(u64 number) {
  if (hashes_.empty() || number > newest_.value) return {};
  const u64 back = newest_.value - number;
  return back < hashes_.size() ? hashes_[hashes_.size() - 1 - static_cast<std::size_t>(back)]
                               : hash256{};
}

hash256 recent_hashes::digest() const {
  return block_hashes_digest(oldest_first());
}

}  // namespace ashlar::stf
