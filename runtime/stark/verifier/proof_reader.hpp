#pragma once

#include "runtime/base/bytes.hpp"

namespace ashlar::stark {

/// A cursor over bytes. Once more is asked for than there is, it is truncated for good, and
/// everything read is empty or zero.
class proof_reader {
 public:
  explicit proof_reader(bytes_view data) noexcept : rest_(data) {}

  /// n bytes, or an empty view.
  bytes_view take(std::size_t n) noexcept {
    if (truncated_ || rest_.size() < n) {
      truncated_ = true;
      return {};
    }
    const bytes_view out = rest_.first(n);
    rest_ = rest_.subspan(n);
    return out;
  }
  u64 number() noexcept {
    const bytes_view b = take(8);
    return b.empty() ? 0 : load_le64(b.data());
  }

  bytes_view rest() const noexcept { return rest_; }
  bool truncated() const noexcept { return truncated_; }
  bool at_end() const noexcept { return rest_.empty(); }

 private:
  bytes_view rest_;
  bool truncated_ = false;
};

}  // namespace ashlar::stark
