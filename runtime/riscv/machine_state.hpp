#pragma once

#include "runtime/riscv/machine.hpp"
#include "runtime/riscv/memory.hpp"

namespace ashlar::riscv {

/// A machine between two instructions. Internal to this folder.
struct machine_state {
  machine_state(const program& p, std::span<const u32> private_input);

  const u32 base, code_size, ram_bytes;
  /// The program, and behind it an `illegal` that tells its end.
  std::vector<instruction> code;
  zeroed_array<u8> ram;
  u32 x[register_count] = {};
  u32 next;  ///< index into code of the next instruction
  std::span<const u32> input;
  std::size_t input_used = 0;
  advice_change change_advice;
  run_result so_far;
  trap last_trap{};

  u32 pc_of(u32 index) const noexcept { return base + 4 * index; }
  u32 load_word(u32 address) const noexcept { return load_le32(ram.data() + address); }
  void store_word(u32 address, u32 value) noexcept { store_le32(ram.data() + address, value); }
};

enum class pause {
  budget,  ///< the cycles given are used, or the recorder is full
  halted,
  trapped,
};

}  // namespace ashlar::riscv
