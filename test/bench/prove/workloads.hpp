#pragma once

#include <string>
#include <vector>

#include "runtime/riscv/tracer.hpp"

namespace ashlar::bench {

/// What is proved: a program on an input, cut into segments by these limits.
struct workload {
  std::string name;
  riscv::program program;
  std::vector<u32> input;
  riscv::segment_limits segments;
  hash256 output;
  double khz_required;
};

/// Fibonacci numbers modulo 2^32, `count` of them: five instructions each.
riscv::program fibonacci(u32 count);

/// One segment of nearly so many cycles: that loop, or every family of instructions.
workload fibonacci_work(u32 cycles);
workload mixed_work(u32 cycles);

/// The state-transition program on batches of 100 transfers, in segments as a node cuts them where
/// no circuit verifies them. The output is the native function's.
workload ether_work();
workload token_work();

}  // namespace ashlar::bench
