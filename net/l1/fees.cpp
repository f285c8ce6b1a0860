#include "net/l1/fees.hpp"

namespace ashlar::l1 {
namespace {

u256 raised(const u256& fee, u32 percent) noexcept {
  return fee + fee * u256{percent} / u256{100} + u256{1};
}

u256 larger(const u256& a, const u256& b) noexcept {
  return a < b ? b : a;
}
u256 smaller(const u256& a, const u256& b) noexcept {
  return a < b ? a : b;
}

}  // namespace

std::optional<fee_offer> first_offer(const fee_policy_config& config,
                                     const u256& base_fee) noexcept {
  if (base_fee + config.tip > config.fee_per_gas_max) return std::nullopt;
  const u256 wanted = base_fee * u256{config.base_fee_multiplier} + config.tip;
  return fee_offer{smaller(wanted, config.fee_per_gas_max), config.tip};
}

std::optional<fee_offer> bumped_offer(const fee_policy_config& config, const fee_offer& before,
                                      const u256& base_fee) noexcept {
  const auto fresh = first_offer(config, base_fee);
  if (!fresh) return std::nullopt;
  const fee_offer bumped{
      larger(raised(before.max_fee_per_gas, config.bump_percent), fresh->max_fee_per_gas),
      larger(raised(before.max_priority_fee_per_gas, config.bump_percent),
             fresh->max_priority_fee_per_gas)};
  if (bumped.max_fee_per_gas > config.fee_per_gas_max) return std::nullopt;
  return bumped;
}

}  // namespace ashlar::l1
