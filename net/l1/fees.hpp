#pragma once

#include <optional>

#include "runtime/base/u256.hpp"

namespace ashlar::l1 {

struct fee_policy_config {
  u256 tip{1'000'000'000};                ///< wei a gas, offered at first
  u256 fee_per_gas_max{500'000'000'000};  ///< the operator's cap, wei a gas
  u32 base_fee_multiplier = 2;            ///< head-room: max fee = base fee * this + tip
  u32 bump_percent = 13;  ///< a replacement needs 10 % and more (geth: 10, others 12.5)
};

struct fee_offer {
  u256 max_fee_per_gas;
  u256 max_priority_fee_per_gas;
  friend bool operator==(const fee_offer&, const fee_offer&) = default;
};

/// The first offer at this base fee; nothing where even base fee + tip is over the cap.
std::optional<fee_offer> first_offer(const fee_policy_config& config,
                                     const u256& base_fee) noexcept;

/// A replacement for `before` that nodes accept, at least as good as a first offer now; nothing
/// where it would be over the cap.
std::optional<fee_offer> bumped_offer(const fee_policy_config& config, const fee_offer& before,
                                      const u256& base_fee) noexcept;

}  // namespace ashlar::l1
