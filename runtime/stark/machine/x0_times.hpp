#pragma once

#include <vector>

#include "runtime/riscv/trace.hpp"

namespace ashlar::stark {

/// A load's row has no place for the read of x0 that the trace notes as its rs2. This takes those
/// reads out of x0's chain of accesses.
class x0_times {
 public:
  explicit x0_times(const riscv::segment& s, const riscv::program& p);

  /// The time of the access before, where the trace says `time`.
  u32 before(u32 time) const noexcept {
    while ((time & 3) == 1 && dropped_[time >> 2] != 0) time = dropped_[time >> 2] - 1;
    return time;
  }
  u32 before(u32 reg, u32 time) const noexcept { return reg == 0 ? before(time) : time; }

 private:
  std::vector<u32> dropped_;  // by time / 4: previous time + 1 of a read that was dropped, or 0
};

inline bool is_load(riscv::operation op) noexcept {
  using enum riscv::operation;
  return op == lw || op == lb || op == lh || op == lbu || op == lhu;
}

}  // namespace ashlar::stark
