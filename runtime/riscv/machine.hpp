#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "runtime/base/result.hpp"
#include "runtime/riscv/ecall.hpp"
#include "runtime/riscv/program.hpp"

namespace ashlar::riscv {

/// Why a run ended without halting. Nothing can be proved of such a run.
enum class trap_code : u8 {
  illegal_instruction,
  bad_jump,       ///< to where no instruction stands, or past the last one
  misaligned,     ///< load or store not at a multiple of its size
  out_of_range,   ///< load, store or operand outside RAM
  unknown_ecall,  ///< a7 holds no known number
  bad_argument,   ///< of an ecall: a pointer that is no multiple of 4, a length out of bounds
  overlapping_operands,
  quotient_too_large,  ///< mod256_mul_add, mod384_mul_add
  input_exhausted,
  second_output,
  no_chip,  ///< of the machine that the trace is for: what it calls cannot be proved there
  cycle_limit,
};

struct trap {
  trap_code code;
  u32 pc;      ///< of the instruction; bad_jump: where it led
  u32 value;   ///< the address, the number of the ecall, or the argument that is at fault
  u64 cycles;  ///< executed before
};
/// A sentence for people.
std::string describe(const trap& t);

struct run_limits {
  u64 cycles_max = u64{1} << 36;
};

/// What a run that halted came to.
struct run_result {
  u32 exit_code = 0;
  std::optional<hash256> output;  ///< what `commit` gave: the bytes as they lie in RAM
  u64 cycles = 0;                 ///< instructions, each ecall being one
  std::array<u64, 32> ecalls{};   ///< how often each number was called
};

/// A witness for `read`: its length in bytes, then its bytes, little-endian, the last word filled
/// with zeros. Precondition: below 2^32 bytes.
std::vector<u32> input_words(bytes_view witness);

/// Changes the words of an advice before the program has them. A proof does not vouch for advice,
/// so this is what whoever proves can do; tests do it.
using advice_change = std::function<void(advice kind, std::span<u32> words)>;

/// Runs the program to its end, without a trace. `input` is what `read` gives.
result<run_result, trap> run(const program& p, std::span<const u32> input,
                             const run_limits& limits = {}, advice_change change = {});

}  // namespace ashlar::riscv
