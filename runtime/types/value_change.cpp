#include "runtime/types/value_change.hpp"

namespace ashlar {

unsigned magnitude_bytes(const u256& v) noexcept {
  unsigned top = 3;
  while (top != 0 && v.limb[top] == 0) --top;
  u32 rest = static_cast<u32>(v.limb[top] >> 32);
  unsigned bytes = 8 * top + (rest != 0 ? 4 : 0);
  if (rest == 0) rest = static_cast<u32>(v.limb[top]);
  for (; rest != 0; rest >>= 8) ++bytes;
  return bytes;
}

std::optional<value_change> change_between(const u256& before, const u256& after) noexcept {
  if (before == after) return std::nullopt;
  value_change best{change_op::add, after - before};
  const value_change less{change_op::subtract, before - after};
  const value_change full{change_op::full, after};
  unsigned bytes = magnitude_bytes(best.magnitude);
  if (const unsigned other = magnitude_bytes(less.magnitude); other < bytes) {
    best = less;
    bytes = other;
  }
  if (magnitude_bytes(full.magnitude) < bytes) best = full;
  return best;
}

u256 apply(const u256& before, const value_change& change) noexcept {
  switch (change.op) {
    case change_op::add:
      return before + change.magnitude;
    case change_op::subtract:
      return before - change.magnitude;
    case change_op::full:
      break;
  }
  return change.magnitude;
}

}  // namespace ashlar
