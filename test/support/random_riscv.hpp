#pragma once

#include <random>

#include "test/support/riscv_assembler.hpp"

namespace ashlar::test {

/// What a random program is made of.
struct random_riscv_options {
  std::size_t instructions = 400;  ///< about so many before the end
  bool precompiles = false;        ///< also `read` and the calls that runs of batches make
  bool recursion = false;          ///< also `read` and the calls that the recursion machine knows
};

/// A program that halts with code 0, the same one for the same seed: every instruction of RV32IM
/// with corner and random operands, forward jumps, short loops, loads and stores. Its public output
/// digests the registers. Its input, where it reads, is `random_riscv_input`.
assembly random_riscv(u64 seed, const random_riscv_options& options = {});

/// Enough words for any program of that seed.
std::vector<u32> random_riscv_input(u64 seed);

/// 0, 1, -1, the signed ends, powers of two and their neighbours, or any number.
u32 corner_word(std::mt19937_64& random);

}  // namespace ashlar::test
