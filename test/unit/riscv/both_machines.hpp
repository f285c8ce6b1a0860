#pragma once

#include <catch2/catch.hpp>

#include "runtime/riscv/tracer.hpp"
#include "test/support/riscv_oracle.hpp"
#include "test/support/trace_checker.hpp"

namespace ashlar::test {

/// Runs `a` on the oracle, on the plain machine and on the tracing one, and requires that all end
/// alike: cycles, output, every register, every byte of RAM, and a trace that the checker takes.
inline void require_same_run(const assembly& a, std::span<const u32> input = {},
                             const riscv::segment_limits& limits = {}) {
  riscv_oracle oracle(a, input);
  REQUIRE(oracle.run(10'000'000) == riscv_oracle::state::halted);

  const riscv::program p = a.assemble();
  const auto plain = riscv::run(p, input);
  if (!plain) FAIL(describe(plain.error()));
  REQUIRE(plain->cycles == oracle.steps);
  REQUIRE(plain->exit_code == oracle.x[10]);
  REQUIRE(plain->output == oracle.output);

  riscv::tracer t(p, input, limits);
  trace_checker checker(p);
  riscv::segment s;
  u64 cycles = 0;
  do {
    const auto given = t.next(s);
    if (!given) FAIL(describe(given.error()));
    REQUIRE(checker.check(s) == "");
    REQUIRE(s.cycles <= limits.cycles);
    REQUIRE(s.memory.size() <= limits.memory_words);
    cycles += s.cycles;
  } while (!s.last);
  REQUIRE(cycles == oracle.steps);
  REQUIRE(t.result().ecalls == plain->ecalls);
  REQUIRE(t.result().output == plain->output);
  for (u32 r = 0; r < 32; ++r) {
    CAPTURE(r);
    REQUIRE(s.registers[r].final == oracle.x[r]);
  }
  std::size_t bytes = 0;
  for (const auto& b : t.touched_memory())
    for (u32 i = 0; i < 4; ++i) {
      const auto at = oracle.memory.find(b.address + i);
      const u8 expected = at == oracle.memory.end() ? 0 : at->second;
      if (static_cast<u8>(b.final >> (8 * i)) != expected) FAIL("RAM differs at " << b.address + i);
      ++bytes;
    }
  // What the oracle has beyond that is the image's or zero.
  REQUIRE(bytes <= a.ram_bytes);
}

}  // namespace ashlar::test
