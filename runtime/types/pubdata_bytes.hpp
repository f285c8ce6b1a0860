#pragma once

#include "runtime/base/result.hpp"
#include "runtime/base/u256.hpp"
#include "runtime/types/pubdata_error.hpp"
#include "runtime/types/value_change.hpp"

namespace ashlar {

/// LEB128, shortest form.
void put_varint(bytes& to, u64 value);
/// A magnitude's bytes, big-endian without leading zeros.
void put_magnitude(bytes& to, const u256& value);
/// One byte for op and magnitude size: 33 * op + size.
u8 change_head(const value_change& change) noexcept;
/// Heads end here; from 0x80 on a byte heads an account's change.
inline constexpr u8 change_heads = 99;

/// Reads pubdata's pieces. Each refuses what `put_...` would not have written. A view.
class pubdata_reader {
 public:
  explicit pubdata_reader(bytes_view all) noexcept : all_(all) {}

  u64 offset() const noexcept { return at_; }
  u64 left() const noexcept { return all_.size() - at_; }
  failure<pubdata_error> refuse(pubdata_error_code code) const noexcept {
    return fail(pubdata_error{code, at_});
  }

  result<u8, pubdata_error> next_byte() noexcept;
  result<bytes_view, pubdata_error> next_bytes(u64 count) noexcept;
  result<u64, pubdata_error> next_varint() noexcept;
  /// A number of items of at least `item_bytes` each: refused where so many cannot follow, so
  /// that memory is bounded by the input.
  result<std::size_t, pubdata_error> next_count(u64 item_bytes) noexcept;
  result<u256, pubdata_error> next_magnitude(u8 size) noexcept;
  /// The change behind a head below `change_heads`.
  result<value_change, pubdata_error> next_change(u8 head) noexcept;
  template <std::size_t N>
  result<fixed_bytes<N>, pubdata_error> next_fixed() noexcept {
    auto raw = next_bytes(N);
    if (!raw) return fail(raw.error());
    return fixed_bytes<N>::copy_of(raw->data());
  }

 private:
  bytes_view all_;
  std::size_t at_ = 0;
};

}  // namespace ashlar
