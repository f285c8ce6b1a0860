#pragma once

#include <string>

#include "runtime/riscv/trace.hpp"

namespace ashlar::test {

/// Judges a trace on its own, as the buses of a proof would: every access of a segment consumes
/// what the access before it to that cell left, boundaries link segment to segment, every instant
/// has one instruction, and each instruction follows from the one before. Empty when all of it
/// holds.
class trace_checker {
 public:
  explicit trace_checker(const riscv::program& p) : program_(p), pc_(p.entry) {}

  /// The segments in order; the first fault found, in words.
  std::string check(const riscv::segment& s);

 private:
  const riscv::program& program_;
  u32 pc_;
  u32 segments_ = 0;
  u32 registers_[riscv::register_count] = {};
  struct cell {
    u32 value, segment;
  };
  std::vector<std::pair<u32, cell>> memory_;  // by ascending address
};

}  // namespace ashlar::test
