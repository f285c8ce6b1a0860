#pragma once

#include <compare>
#include <functional>

#include "runtime/base/bytes.hpp"

namespace ashlar {

/// A u64 that does not convert to another kind of number. `Tag` names the kind.
template <class Tag>
struct strong_u64 {
  u64 value = 0;

  constexpr strong_u64() = default;
  constexpr explicit strong_u64(u64 v) noexcept : value(v) {}
  constexpr strong_u64 next() const noexcept { return strong_u64{value + 1}; }
  friend constexpr auto operator<=>(strong_u64, strong_u64) = default;

  template <class Inspector>
  friend auto inspect(Inspector& f, strong_u64& x) {
    return f(x.value);
  }
};

using block_number = strong_u64<struct block_number_tag>;
using batch_number = strong_u64<struct batch_number_tag>;
using chain_id = strong_u64<struct chain_id_tag>;
using job_id = strong_u64<struct job_id_tag>;
using epoch = strong_u64<struct epoch_tag>;
using priority_id = strong_u64<struct priority_id_tag>;
/// Seconds since the Unix epoch, as in a block header.
using unix_seconds = strong_u64<struct unix_seconds_tag>;

}  // namespace ashlar

template <class Tag>
struct std::hash<ashlar::strong_u64<Tag>> {
  std::size_t operator()(ashlar::strong_u64<Tag> x) const noexcept {
    return std::hash<ashlar::u64>{}(x.value);
  }
};
