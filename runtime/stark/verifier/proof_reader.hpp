#pragma once

#include "runtime/stark/field/gl3.hpp"
#include "runtime/stark/merkle/merkle_proof.hpp"

namespace ashlar::stark {

/// A cursor over the bytes of a proof. Reads what the shape demands; a short proof or a field
/// element out of range makes it bad for good, and everything read after that is zero.
class proof_reader final : public sibling_reader {
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
  hash256 digest() noexcept {
    const bytes_view b = take(32);
    return b.empty() ? hash256{} : hash256::copy_of(b.data());
  }
  u64 number() noexcept {
    const bytes_view b = take(8);
    return b.empty() ? 0 : load_le64(b.data());
  }
  gl3 extension() noexcept {
    const bytes_view b = take(gl3::encoded_bytes);
    if (b.empty()) return {};
    const auto e = gl3::decode(b.data());
    if (!e) not_canonical_ = true;
    return e.value_or(gl3());
  }
  const u8* next() override {
    const bytes_view b = take(32);
    return b.empty() ? nullptr : b.data();
  }

  void mark_not_canonical() noexcept { not_canonical_ = true; }
  bool truncated() const noexcept { return truncated_; }
  bool not_canonical() const noexcept { return not_canonical_; }
  bool at_end() const noexcept { return rest_.empty(); }

 private:
  bytes_view rest_;
  bool truncated_ = false, not_canonical_ = false;
};

}  // namespace ashlar::stark
