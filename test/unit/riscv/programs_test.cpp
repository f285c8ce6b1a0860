#include "runtime/riscv/ecall.hpp"
#include "test/support/random_riscv.hpp"
#include "test/unit/riscv/both_machines.hpp"

using namespace ashlar;
using namespace ashlar::test;

TEST_CASE("random programs run as on the oracle", "[riscv]") {
  for (u64 seed = 0; seed < 300; ++seed) {
    CAPTURE(seed);
    require_same_run(random_riscv(seed));
  }
}

TEST_CASE("random programs with precompiles run as on the oracle", "[riscv]") {
  for (u64 seed = 1000; seed < 1150; ++seed) {
    CAPTURE(seed);
    require_same_run(random_riscv(seed, {1500, true, seed % 2 == 0}), random_riscv_input(seed));
  }
}

TEST_CASE("random programs of the recursion machine's calls run as on the oracle", "[riscv]") {
  for (u64 seed = 3000; seed < 3100; ++seed) {
    CAPTURE(seed);
    require_same_run(random_riscv(seed, {1500, false, true}), random_riscv_input(seed));
  }
}

TEST_CASE("an execution cut anywhere is the same execution", "[riscv]") {
  for (u64 seed = 2000; seed < 2040; ++seed) {
    CAPTURE(seed);
    riscv::segment_limits limits;
    limits.cycles = 1 + seed % 97;
    limits.blake3 = limits.keccak = limits.mod256 = limits.mod384 = limits.ext3 = 1 + seed % 3;
    limits.read_words = limits.copied_words = riscv::ecall_words_max + seed % 5;
    limits.permutations = riscv::ecall_words_max + seed % 7;
    limits.hash_operands = 32 + seed % 30;
    if (seed % 2 != 0) {
      limits.cycles = 1000;
      limits.add = 1 + seed % 11;
      limits.word = limits.compare = limits.bitwise = 1 + seed % 7;
      limits.shift = limits.sub_word = limits.mul_div = limits.calls = 1 + seed % 5;
    }
    require_same_run(random_riscv(seed, {1200, true, seed % 2 == 0}), random_riscv_input(seed),
                     limits);
  }
}

TEST_CASE("a segment ends before it touches more words than its limit", "[riscv]") {
  // given: a loop that touches a word an iteration, 10,000 of them
  assembly a;
  a.load_immediate(5, 0x1000).load_immediate(6, 0x1000 + 4 * 10'000);
  a.emit({rv::sw(6, 5, 0), rv::addi(5, 5, 4), rv::b_type(static_cast<u32>(-8), 6, 5, 1)});
  a.halt();
  riscv::segment_limits limits;
  limits.memory_words = 4 * riscv::ecall_words_max;
  require_same_run(a, {}, limits);
  // then: it takes more than one segment
  const auto p = a.assemble();
  riscv::tracer t(p, {}, limits);
  riscv::segment s;
  REQUIRE(t.next(s).ok());
  REQUIRE_FALSE(s.last);
}

TEST_CASE("the trace of a small program is what the manual's text gives", "[riscv]") {
  // given: x5 = 7, stored at 64, read back into x0, halt(0)
  assembly a;
  a.emit({rv::addi(5, 0, 7), rv::sw(5, 0, 64), rv::lw(0, 0, 64), rv::addi(17, 0, 0),
          rv::addi(10, 0, 0), rv::ecall});
  const auto p = a.assemble();
  riscv::tracer t(p, {});
  riscv::segment s;
  REQUIRE(t.next(s).ok());
  REQUIRE(s.last);
  REQUIRE(s.cycles == 6);
  REQUIRE(s.start_pc == a.base);
  REQUIRE(s.end_pc == a.base + 20);
  REQUIRE(s.add.size() == 3);
  REQUIRE(s.add[0].time == 4);
  REQUIRE(s.add[0].rs2.time == 4);  // x0 was rs1 one instant before
  REQUIRE(s.add[0].rd == riscv::write_access{0, 7, 0});
  REQUIRE(s.word.size() == 2);
  REQUIRE(s.word[0].rs2 == riscv::read_access{7, 7});  // written at 4 + 3
  REQUIRE(s.word[0].ram == riscv::write_access{0, 7, 0});
  REQUIRE(s.word[1].ram == riscv::write_access{7, 7, 10});
  REQUIRE(s.word[1].rd == riscv::write_access{0, 7, 0});
  REQUIRE(s.system.size() == 1);
  REQUIRE(s.registers[riscv::sink_register].final == 7);
  REQUIRE(s.registers[riscv::sink_register].last_time == 15);
  REQUIRE(s.registers[0].final == 0);
  REQUIRE(s.memory.size() == 1);
  REQUIRE(s.memory[0].address == 64);
  REQUIRE(s.memory[0].last_time == 14);
}
