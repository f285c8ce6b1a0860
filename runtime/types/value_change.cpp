#include "runtime/types/value_change.hpp"

namespace ashlar {

std::optional<value_change> change_between(const u256& before, const u256& after) noexcept {
  if (before == after) return std::nullopt;
  value_change best{change_op::add, after - before};
  const value_change less{change_op::subtract, before - after};
  const value_change full{change_op::full, after};
  if (less.magnitude.byte_length() < best.magnitude.byte_length()) best = less;
  if (full.magnitude.byte_length() < best.magnitude.byte_length()) best = full;
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
