#pragma once

#include <map>
#include <optional>
#include <span>

#include "test/support/riscv_assembler.hpp"

namespace ashlar::test {

/// A second RV32IM machine, written from the manual's text over raw instruction bits, byte by byte,
/// with nothing in common with runtime/riscv but the names of the calls. Slow and simple.
class riscv_oracle {
 public:
  explicit riscv_oracle(const assembly& a, std::span<const u32> input = {});

  enum class state { running, halted, stuck };
  /// One instruction. `stuck` is every kind of trap.
  state step();
  /// Until it halts or is stuck, or after so many instructions.
  state run(u64 steps_max);

  u32 x[32] = {};
  u32 pc;
  u64 steps = 0;
  std::map<u32, u8> memory;
  std::optional<hash256> output;

 private:
  bool in_ram(u64 address, u64 size) const { return address + size <= ram_bytes_; }
  u32 read(u32 address, unsigned size);
  void write(u32 address, unsigned size, u32 value);
  state load_or_store(u32 word);
  state call();
  bool precompile(u32 number);
  bool hash(u32 number);
  u64 element(u32 at);
  void put_element(u32 at, u64 v);
  u64 input_element();
  bool operand(u32 address, unsigned words) const {
    return address % 4 == 0 && in_ram(address, 4 * words);
  }

  const std::vector<u32> code_;
  const u32 base_;
  const u64 ram_bytes_;
  std::span<const u32> input_;
};

}  // namespace ashlar::test
