#include "runtime/stf/fees.hpp"

namespace ashlar::stf {
namespace {

u256 step(const u256& fee, u64 gas, u64 target, u64 denominator) noexcept {
  if (gas == target) return fee;
  if (gas > target) {
    const u256 delta = fee * u256{gas - target} / u256{target} / u256{denominator};
    return fee + (delta.is_zero() ? u256{1} : delta);
  }
  return fee - fee * u256{target - gas} / u256{target} / u256{denominator};
}

}  // namespace

bytes header_extra(u64 window_gas, u64 pubdata_charged, const memory_use& memory) {
  const auto capped = [](u64 n) { return static_cast<u32>(std::min<u64>(n, ~u32{0})); };
  bytes out(header_extra_bytes);
  store_be64(out.data(), window_gas);
  store_be32(out.data() + 8, capped(pubdata_charged));
  store_be32(out.data() + 12, capped(memory.keys));
  store_be32(out.data() + 16, capped(memory.bytes));
  return out;
}

u64 window_gas_used(const block_header& header) noexcept {
  return header.extra_data.size() == header_extra_bytes ? load_be64(header.extra_data.data())
                                                        : header.gas_used;
}

std::optional<u64> pubdata_charged(const block_header& header) noexcept {
  if (header.extra_data.size() != header_extra_bytes) return std::nullopt;
  return load_be32(header.extra_data.data() + 8);
}

std::optional<memory_use> memory_used(const block_header& header) noexcept {
  if (header.extra_data.size() != header_extra_bytes) return std::nullopt;
  const u64 keys = load_be32(header.extra_data.data() + 12);
  return memory_use{keys, 2 * keys, load_be32(header.extra_data.data() + 16)};
}

u256 next_base_fee(const chain_config& config, const block_header& parent,
                   unix_seconds timestamp) noexcept {
  ensure(timestamp >= parent.timestamp);
  const u256 minimum{config.base_fee_min};
  u256 fee = parent.base_fee_per_gas.value_or(u256{config.base_fee_genesis});
  const u64 seconds = timestamp.value - parent.timestamp.value;
  if (seconds == 0) return fee;
  const u64 target = config.block_gas_limit / config.elasticity;
  const u64 gas = std::min(window_gas_used(parent), config.block_gas_limit);
  fee = step(fee, gas, target, config.base_fee_denominator);
  // An empty second takes an eighth: the loop ends at the minimum or where the fee is too small
  // for a step, after a few hundred rounds at the very most.
  for (u64 i = 1; i < seconds && fee > minimum; ++i) {
    const u256 next = step(fee, 0, target, config.base_fee_denominator);
    if (next == fee) break;
    fee = next;
  }
  return fee < minimum ? minimum : fee;
}

}  // namespace ashlar::stf
