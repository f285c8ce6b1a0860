#pragma once

#include "runtime/riscv/program.hpp"

namespace ashlar::riscv {

/// What names a program: BLAKE3 over little-endian words: "ASHP", format 1, base, entry, ram_bytes,
/// the number of instructions, then op | rd << 8 | rs1 << 16 | rs2 << 24 and imm of each, the
/// number of image words, then address and value of each.
hash256 commitment(const program& p);

}  // namespace ashlar::riscv
